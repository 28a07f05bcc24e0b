/*
 * A security key without hardware, for the tests: a library that ssh-keygen loads in place of its own driver
 * (SSH_SK_PROVIDER; PROTOCOL.u2f and sk-api.h of OpenSSH, version 10 of the interface).
 *
 * The private key is the key handle itself, so that nothing is stored anywhere. What a person does with a real one is
 * done by files and settings of the environment:
 *
 *   SOFTWARE_KEY_TOUCH    the touch is the moment this file appears; without the setting it is touched at once
 *   SOFTWARE_KEY_PIN      the PIN it was given; a key that wants one refuses any other
 *
 * It keeps no secret from anybody and is of no use as a key.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define INTERFACE 0x000a0000
#define ECDSA 0
#define ED25519 1
#define PRESENT 0x01
#define VERIFIED 0x04
#define FAILED (-1)
#define WRONG_PIN (-3)

struct sk_option { char *name; char *value; uint8_t required; };

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key; size_t public_key_len;
    uint8_t *key_handle; size_t key_handle_len;
    uint8_t *signature; size_t signature_len;
    uint8_t *attestation_cert; size_t attestation_cert_len;
    uint8_t *authdata; size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r; size_t sig_r_len;
    uint8_t *sig_s; size_t sig_s_len;
};

struct sk_resident_key;

uint32_t sk_api_version(void) { return INTERFACE; }

/* Waits for the touch, at most half a minute. */
static int touched(void)
{
    const char *file = getenv("SOFTWARE_KEY_TOUCH");
    struct timespec pause = { 0, 20000000 };
    for (int round = 0; file != NULL && access(file, F_OK) != 0; round++) {
        if (round == 1500) return 0;
        nanosleep(&pause, NULL);
    }
    return 1;
}

static int pin_fits(const char *pin)
{
    const char *wanted = getenv("SOFTWARE_KEY_PIN");
    return wanted != NULL && pin != NULL && strcmp(pin, wanted) == 0;
}

static int copied(uint8_t **into, size_t *length, const uint8_t *from, size_t size)
{
    *into = malloc(size > 0 ? size : 1);
    if (*into == NULL) return 0;
    memcpy(*into, from, size);
    *length = size;
    return 1;
}

static EVP_PKEY *generated(uint32_t kind)
{
    return kind == ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen("P-256");
}

static int public_half(EVP_PKEY *key, uint32_t kind, struct sk_enroll_response *response)
{
    uint8_t bytes[128];
    size_t size = sizeof bytes;
    if (kind == ED25519 ? EVP_PKEY_get_raw_public_key(key, bytes, &size) != 1
                        : EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof bytes, &size) != 1)
        return 0;
    return copied(&response->public_key, &response->public_key_len, bytes, size);
}

int sk_enroll(uint32_t kind, const uint8_t *challenge, size_t challenge_len, const char *application, uint8_t flags,
              const char *pin, struct sk_option **options, struct sk_enroll_response **enrolled)
{
    (void)challenge; (void)challenge_len; (void)application; (void)options;
    if (kind != ECDSA && kind != ED25519) return FAILED;
    if ((flags & VERIFIED) && !pin_fits(pin)) return WRONG_PIN;
    EVP_PKEY *key = generated(kind);
    struct sk_enroll_response *response = calloc(1, sizeof *response);
    uint8_t *handle = NULL;
    int size = key == NULL ? -1 : i2d_PrivateKey(key, &handle);
    int done = response != NULL && size > 0 && public_half(key, kind, response)
        && copied(&response->key_handle, &response->key_handle_len, handle, (size_t)size)
        && copied(&response->signature, &response->signature_len, (const uint8_t *)"", 0)
        && copied(&response->attestation_cert, &response->attestation_cert_len, (const uint8_t *)"", 0)
        && copied(&response->authdata, &response->authdata_len, (const uint8_t *)"", 0);
    OPENSSL_free(handle);
    EVP_PKEY_free(key);
    if (!done) return FAILED; /* the process ends with it */
    response->flags = flags;
    *enrolled = response;
    return 0;
}

static int signature_of(EVP_PKEY *key, uint32_t kind, const uint8_t *bytes, size_t size, struct sk_sign_response *response)
{
    uint8_t raw[256], half[32];
    size_t length = sizeof raw;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context != NULL
        && EVP_DigestSignInit(context, NULL, kind == ED25519 ? NULL : EVP_sha256(), NULL, key) == 1
        && EVP_DigestSign(context, raw, &length, bytes, size) == 1;
    EVP_MD_CTX_free(context);
    if (!done) return 0;
    if (kind == ED25519) return copied(&response->sig_r, &response->sig_r_len, raw, length);
    const uint8_t *read = raw;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &read, (long)length);
    if (pair == NULL) return 0;
    done = BN_bn2binpad(ECDSA_SIG_get0_r(pair), half, sizeof half) > 0
        && copied(&response->sig_r, &response->sig_r_len, half, sizeof half)
        && BN_bn2binpad(ECDSA_SIG_get0_s(pair), half, sizeof half) > 0
        && copied(&response->sig_s, &response->sig_s_len, half, sizeof half);
    ECDSA_SIG_free(pair);
    return done;
}

int sk_sign(uint32_t kind, const uint8_t *data, size_t data_len, const char *application, const uint8_t *handle,
            size_t handle_len, uint8_t flags, const char *pin, struct sk_option **options,
            struct sk_sign_response **signed_)
{
    (void)options;
    if ((flags & VERIFIED) && !pin_fits(pin)) return WRONG_PIN;
    if ((flags & PRESENT) && !touched()) return FAILED;
    const uint8_t *read = handle;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &read, (long)handle_len);
    struct sk_sign_response *response = calloc(1, sizeof *response);
    if (key == NULL || response == NULL) return FAILED;
    response->flags = flags & (PRESENT | VERIFIED);
    response->counter = (uint32_t)time(NULL);
    /* What is signed: digest of the application, flags, counter, digest of the message. */
    uint8_t bytes[32 + 1 + 4 + 32];
    SHA256((const uint8_t *)application, strlen(application), bytes);
    bytes[32] = response->flags;
    for (int at = 0; at < 4; at++) bytes[33 + at] = (uint8_t)(response->counter >> (24 - 8 * at));
    SHA256(data, data_len, bytes + 37);
    int done = signature_of(key, kind, bytes, sizeof bytes, response);
    EVP_PKEY_free(key);
    if (!done) return FAILED;
    *signed_ = response;
    return 0;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, struct sk_resident_key ***keys, size_t *count)
{
    (void)pin; (void)options; (void)keys;
    *count = 0;
    return FAILED;
}
