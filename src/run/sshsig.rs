//! SSH signatures (`SSHSIG`, the form of `ssh-keygen -Y`; `PROTOCOL.sshsig` of OpenSSH) as far as they can be read without
//! any key: which key, which namespace, whether the form is exactly the one that was specified.
//!
//! Whether the signature fits a text is not decided here; `ssh-keygen` is asked for that. OpenSSH accepts a signature whose
//! version was turned from 1 to 0, because the version is not signed: here it is refused, like bytes after the end.

use super::base64;
use crate::runbook::Digest;

/// Namespace of statements.
pub const STATEMENT: &str = "gonogo-v1";
/// Namespace of the list of a bundle's files.
pub const EXPORT: &str = "gonogo-export-v1";

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";

/// What a signature says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sshsig {
    /// The public key, or certificate, in the wire form of RFC 4253.
    pub key: Vec<u8>,
    /// `ssh-ed25519`, `sk-ssh-ed25519@openssh.com`, `ssh-ed25519-cert-v01@openssh.com` …
    pub kind: String,
    pub namespace: String,
    /// What a security key vouches for; `None` for other keys.
    pub presence: Option<Presence>,
}

/// What a security key says about the person before it, inside of what it signed (`PROTOCOL.u2f` of OpenSSH).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It signs without being touched: nobody need have been there.
    None,
    Touched,
    /// It asked for a PIN or a finger first.
    Verified,
}

impl Presence {
    /// For whoever reads the signature: `security key, touched`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Presence::None => "security key, not touched",
            Presence::Touched => "security key, touched",
            Presence::Verified => "security key, its owner verified",
        }
    }
}

impl Sshsig {
    /// Reads an armoured signature, demanding version 1, a known hash, and nothing after the end.
    ///
    /// # Errors
    /// What is wrong with it, in a clause.
    pub fn read(armor: &str) -> Result<Self, String> {
        let inner = armor.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END));
        let lines: String = inner.ok_or("it is not armoured as an SSH signature")?.lines().collect();
        let bytes = base64::decode(&lines).ok_or("its bytes are no base 64")?;
        let mut rest = bytes.strip_prefix(b"SSHSIG").ok_or("it is no SSH signature")?;
        if number(&mut rest).ok_or("it is cut off")? != 1 {
            return Err("its format version is not 1".to_owned());
        }
        let mut next = || string(&mut rest).ok_or("it is cut off");
        let (key, namespace, reserved, hash, signature) = (next()?, next()?, next()?, next()?, next()?);
        if !rest.is_empty() {
            return Err("bytes follow its end".to_owned());
        }
        if !reserved.is_empty() {
            return Err("its reserved field is not empty".to_owned());
        }
        if !matches!(hash, b"sha256" | b"sha512") {
            return Err("its hash is neither sha256 nor sha512".to_owned());
        }
        if signature.is_empty() {
            return Err("it is empty".to_owned());
        }
        let mut inside = key;
        let kind = string(&mut inside).and_then(|kind| std::str::from_utf8(kind).ok()).ok_or("its key has no kind")?;
        let namespace = std::str::from_utf8(namespace).map_err(|_| "its namespace is no text")?;
        let presence = presence(signature)?;
        Ok(Sshsig { key: key.to_owned(), kind: kind.to_owned(), namespace: namespace.to_owned(), presence })
    }

    /// `SHA256:…` as `ssh-keygen -l` prints it; a certificate has that of the key it is about.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }

    /// `ssh-ed25519 AAAA…`: the key as a line of a file of public keys.
    #[must_use]
    pub fn public(&self) -> String {
        format!("{} {}", self.kind, base64::encode(&self.key))
    }
}

/// What stands behind the signature of a security key: a byte of flags and a counter, both signed.
fn presence(signature: &[u8]) -> Result<Option<Presence>, String> {
    const TOUCHED: u8 = 1;
    const VERIFIED: u8 = 4;
    let mut rest = signature;
    let kind = string(&mut rest).ok_or("it is cut off")?;
    if !matches!(kind, b"sk-ssh-ed25519@openssh.com" | b"sk-ecdsa-sha2-nistp256@openssh.com") {
        return Ok(None);
    }
    string(&mut rest).ok_or("it is cut off")?;
    let Ok([flags, _, _, _, _]) = <[u8; 5]>::try_from(rest) else {
        return Err("flags and counter of its security key are not what belongs there".to_owned());
    };
    Ok(Some(match (flags & TOUCHED != 0, flags & VERIFIED != 0) {
        (_, true) => Presence::Verified,
        (true, false) => Presence::Touched,
        (false, false) => Presence::None,
    }))
}

/// The fingerprint of a public key, or of the key in a certificate, in wire form.
///
/// One key has one fingerprint, however it is written: OpenSSH reads numbers with zeros in front of them (RFC 4251 §5 wants
/// none), and whoever could pass for two keys that way would pass for two persons.
#[must_use]
pub fn fingerprint(key: &[u8]) -> String {
    let bare = bare(key);
    let key = bare.as_deref().unwrap_or(key);
    format!("SHA256:{}", base64::encode(&Digest::of(key).0).trim_end_matches('='))
}

/// What follows the name of a key that certificates have in their names (`PROTOCOL.certkeys` of OpenSSH).
const CERTIFICATE: &str = "-cert-v01@openssh.com";

/// The key itself in its one form; `None` for kinds that are not known here.
fn bare(key: &[u8]) -> Option<Vec<u8>> {
    let mut rest = key;
    let kind = std::str::from_utf8(string(&mut rest)?).ok()?;
    let kind = match kind.strip_suffix(CERTIFICATE) {
        Some(of) => {
            let _nonce = string(&mut rest)?;
            if of.starts_with("sk-") { format!("{of}@openssh.com") } else { of.to_owned() }
        }
        None => kind.to_owned(),
    };
    let fields = match kind.as_str() {
        "ssh-ed25519" => 1,
        "ssh-rsa"
        | "sk-ssh-ed25519@openssh.com"
        | "ecdsa-sha2-nistp256"
        | "ecdsa-sha2-nistp384"
        | "ecdsa-sha2-nistp521" => 2,
        "sk-ecdsa-sha2-nistp256@openssh.com" => 3,
        _ => return None,
    };
    let mut bare = Vec::new();
    write(&mut bare, kind.as_bytes())?;
    for _ in 0..fields {
        let field = string(&mut rest)?;
        if kind != "ssh-rsa" {
            write(&mut bare, field)?;
            continue;
        }
        let zeros = field.iter().take_while(|byte| **byte == 0).count();
        let positive = field.get(zeros).is_some_and(|byte| *byte >= 0x80);
        write(&mut bare, &field[if positive && zeros > 0 { zeros - 1 } else { zeros }..])?;
    }
    Some(bare)
}

fn write(into: &mut Vec<u8>, field: &[u8]) -> Option<()> {
    into.extend(u32::try_from(field.len()).ok()?.to_be_bytes());
    into.extend(field);
    Some(())
}

/// The fingerprint of a line of a file of public keys (`ssh-ed25519 AAAA… comment`).
#[must_use]
pub fn fingerprint_of_line(line: &str) -> Option<String> {
    base64::decode(line.split_ascii_whitespace().nth(1)?).map(|key| fingerprint(&key))
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_be_bytes(*bytes))
}

fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(number(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(fields: &[&[u8]]) -> Vec<u8> {
        let mut blob = Vec::new();
        for field in fields {
            write(&mut blob, field).unwrap();
        }
        blob
    }

    #[test]
    fn a_security_key_tells_whether_somebody_was_there() {
        let of = |kind: &[u8], rest: &[u8]| presence(&[wire(&[kind, &[7; 64]]).as_slice(), rest].concat());
        let ed = b"sk-ssh-ed25519@openssh.com".as_slice();
        assert_eq!(of(ed, &[0, 0, 0, 0, 9]), Ok(Some(Presence::None)));
        assert_eq!(of(ed, &[1, 0, 0, 0, 9]), Ok(Some(Presence::Touched)));
        assert_eq!(of(b"sk-ecdsa-sha2-nistp256@openssh.com", &[5, 0, 0, 0, 9]), Ok(Some(Presence::Verified)));
        assert_eq!(of(b"ssh-ed25519", &[]), Ok(None));
        for odd in [&[][..], &[1], &[1, 0, 0, 0], &[1, 0, 0, 0, 9, 9]] {
            assert!(of(ed, odd).unwrap_err().contains("flags and counter"), "{odd:?}");
        }
    }

    #[test]
    fn one_key_has_one_fingerprint() {
        let plain = fingerprint(&wire(&[b"ssh-ed25519", &[7; 32]]));
        let certificate = wire(&[b"ssh-ed25519-cert-v01@openssh.com", b"nonce", &[7; 32], b"and so on"]);
        assert_eq!(fingerprint(&certificate), plain);
        assert_ne!(fingerprint(&wire(&[b"ssh-ed25519", &[8; 32]])), plain);
        let rsa = |e: &[u8], n: &[u8]| fingerprint(&wire(&[b"ssh-rsa", e, n]));
        let usual = rsa(&[1, 0, 1], &[0, 0xc0, 1]);
        for (e, n) in [(&[0, 1, 0, 1][..], &[0, 0xc0, 1][..]), (&[1, 0, 1], &[0, 0, 0, 0xc0, 1])] {
            assert_eq!(rsa(e, n), usual);
        }
        assert_ne!(rsa(&[3], &[0, 0xc0, 1]), usual);
        let hardware = wire(&[b"sk-ssh-ed25519@openssh.com", &[7; 32], b"ssh:"]);
        let its_certificate = wire(&[b"sk-ssh-ed25519-cert-v01@openssh.com", b"n", &[7; 32], b"ssh:", b"rest"]);
        assert_eq!(fingerprint(&its_certificate), fingerprint(&hardware));
        assert_ne!(fingerprint(b"no key"), fingerprint(b"no other"));
    }
}
