//! Nothing leaks, wherever a stream is cut, and no other byte changes.

use gonogo::exec::redact::{self, Redactor};
use gonogo::exec::{Printed, Secret};
use proptest::prelude::*;

fn secret(value: &str) -> Secret {
    Secret { name: "S".into(), value: value.into() }
}

fn redacted(secrets: &[Secret], printed: Printed, pieces: &[&[u8]]) -> Vec<u8> {
    let mut redactor = Redactor::new(secrets, printed);
    let mut out = Vec::new();
    for piece in pieces {
        redactor.feed(piece, &mut out);
    }
    redactor.finish(&mut out);
    out
}

fn text(secrets: &[Secret], text: &str) -> String {
    String::from_utf8(redacted(secrets, Printed::Ordinary, &[text.as_bytes()])).expect("text")
}

fn base64(bytes: &[u8]) -> String {
    let mut child = std::process::Command::new("base64")
        .arg("-w0")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("base64");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), bytes).expect("written");
    String::from_utf8(child.wait_with_output().expect("ended").stdout).expect("text")
}

#[test]
fn a_value_is_found_in_all_its_forms() {
    let value = "p@ss \"w0rd\"/x";
    let secrets = [secret(value)];
    for form in [
        value.to_owned(),
        "p@ss \\\"w0rd\\\"/x".to_owned(),
        "p%40ss%20%22w0rd%22%2Fx".to_owned(),
        "p%40ss+%22w0rd%22%2Fx".to_owned(),
        "70407373202277307264222f78".to_owned(),
        "70407373202277307264222F78".to_owned(),
        "p@ss &quot;w0rd&quot;/x".to_owned(),
    ] {
        assert_eq!(text(&secrets, &format!("<{form}>\n")), "<[redacted:S]>\n", "{form}");
    }
}

#[test]
fn base64_is_found_wherever_the_value_stands_in_the_encoded_text() {
    let value = "correct horse battery";
    for before in 0..12 {
        for after in 0..12 {
            let encoded = base64(format!("{}{value}{}", "x".repeat(before), "y".repeat(after)).as_bytes());
            let out = text(&[secret(value)], &encoded);
            assert!(out.contains("[redacted:S]") && out.len() < encoded.len(), "{before} {after}: {out}");
        }
    }
}

#[test]
fn wrapped_base64_carriage_returns_and_colours_do_not_hide_it() {
    let value = "correct horse battery staple";
    for width in [64, 76] {
        for before in 0..80 {
            let encoded = base64(format!("{}{value}", "x".repeat(before)).as_bytes());
            let wrapped: Vec<String> =
                encoded.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            let out = text(&[secret(value)], &(wrapped.join("\n") + "\n"));
            assert!(out.contains("[redacted:S]"), "{width} {before}: {out}");
        }
    }
    let secrets = [secret("hunter2!"), secret("first line\nsecond line")];
    assert_eq!(text(&secrets, "a \x1b[31mhun\x1b[1mter2!\x1b[0m b"), "a \x1b[31m[redacted:S]\x1b[1m\x1b[0m b");
    assert_eq!(text(&secrets, "first line\r\nsecond line\r\n"), "[redacted:S]\r\n");
    assert_eq!(text(&secrets, "only the second line\n"), "only the [redacted:S]\n");
}

#[test]
fn overlapping_secrets_are_masked_as_one() {
    let secrets = [secret("abcdef"), secret("defxyz"), secret("abcdefgh")];
    assert_eq!(text(&secrets, "1abcdefxyz2"), "1[redacted:S]2");
    assert_eq!(text(&secrets, "1abcdefgh2 abcdefg"), "1[redacted:S]2 [redacted:S]g");
}

#[test]
fn values_of_four_characters_are_found_and_shorter_ones_leave_text_alone() {
    assert!(redact::is_too_short("123") && !redact::is_too_short("1234"));
    assert_eq!(text(&[secret("123")], "123\n"), "123\n");
    assert_eq!(
        text(&[secret("1234")], "is 1234, MTIzNA==, 31323334\n"),
        "is [redacted:S], [redacted:S], [redacted:S]\n"
    );
    assert_eq!(text(&[secret("12345"), secret("a much longer one")], "12345\n"), "[redacted:S]\n");
}

#[test]
fn names_that_mean_secrets() {
    for name in ["DB_PASSWORD", "API_TOKEN", "AWS_SECRET_ACCESS_KEY", "apikey", "PASSPHRASE"] {
        assert!(redact::is_secret_name(name), "{name}");
    }
    for name in ["PATH", "HOME", "SSH_KEY_FILE", "SSH_ASKPASS", "TOKENIZER_PATH", "KEYMAP"] {
        assert!(!redact::is_secret_name(name), "{name}");
    }
}

fn tokens() -> Vec<(String, &'static str, String)> {
    let body = |n: usize| "aB3dE5fG7h".repeat(n.div_ceil(10))[..n].to_owned();
    let plain = |name, token: String| (token.clone(), name, token);
    vec![
        plain("aws key id", "AKIAIOSFODNN7EXAMPLE".into()),
        plain("github token", format!("ghp_{}", body(36))),
        plain("github token", format!("github_pat_{}", body(60))),
        plain("slack token", format!("xoxb-{}", body(40))),
        plain("web token", format!("eyJ{}.eyJ{}.{}", body(30), body(50), body(43))),
        ("Bearer ".to_owned() + &body(40), "bearer token", body(40)),
        ("postgres://app:s3cr3t-pw@db/x".into(), "password", "s3cr3t-pw".into()),
        ("Bearer ".to_owned() + &body(9000), "bearer token", body(9000)),
        (
            format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n{}\n-----END RSA PRIVATE KEY-----", body(64), body(64)),
            "private key",
            body(64),
        ),
    ]
}

#[test]
fn known_tokens_are_found_wherever_the_stream_is_cut() {
    for (written, name, hidden) in tokens() {
        let whole = format!("before e {written} after: x\n");
        let step = if whole.len() > 1000 { 97 } else { 1 };
        for cut in (0..whole.len()).step_by(step) {
            let (one, two) = whole.as_bytes().split_at(cut);
            let out = String::from_utf8(redacted(&[], Printed::Ordinary, &[one, two])).expect("text");
            assert!(out.contains(&format!("[redacted:{name}]")), "{cut}: {out}");
            assert!(!out.contains(&hidden) && !out.contains(&hidden[hidden.len() / 2..]), "{cut}: {out}");
            assert!(out.starts_with("before e ") && out.ends_with(" after: x\n"), "{cut}: {out}");
        }
    }
}

#[test]
fn what_only_resembles_a_token_stays() {
    let ordinary = "AKIA short, ghp_short eyJ.a Bearer of news, http://host:80/a@b https://user@host/ -----BEGIN CERTIFICATE-----\n\
                    MIIB\n-----END CERTIFICATE-----\nxAKIAIOSFODNN7EXAMPLE AKIAIOSFODNN7EXAMPLEX ://\n";
    assert_eq!(text(&[], ordinary), ordinary);
}

#[test]
fn a_prompt_appears_at_once() {
    for prompt in ["Password:", "Your name: ", "Continu", "token ey", "\x1b[1mproceed? [y/N]\x1b[0m ", "sudo: ghp_"] {
        let mut redactor = Redactor::new(&[secret("zz-top-secret")], Printed::Ordinary);
        let mut out = Vec::new();
        redactor.feed(prompt.as_bytes(), &mut out);
        let shown = String::from_utf8_lossy(&out).into_owned();
        assert!(shown == prompt || prompt.ends_with("ghp_"), "{shown:?}");
        redactor.feed(b" more\n", &mut out);
        redactor.finish(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), format!("{prompt} more\n"));
    }
}

#[test]
fn generated_lines_are_held_back_for_the_operator() {
    let printed = "making one\naB3dE5fG7hIjKlMnOpQr\nshort\n3f0e7a2c-1b2d-4c3e-9f00-000000000001";
    for cut in 0..printed.len() {
        let mut redactor = Redactor::new(&[], Printed::Generated);
        let mut out = Vec::new();
        let mut count = redactor.feed(&printed.as_bytes()[..cut], &mut out);
        count += redactor.feed(&printed.as_bytes()[cut..], &mut out);
        count += redactor.finish(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), "making one\n[redacted:generated]\nshort\n[redacted:generated]");
        assert_eq!(count, 2);
        assert_eq!(redactor.take_generated(), ["aB3dE5fG7hIjKlMnOpQr", "3f0e7a2c-1b2d-4c3e-9f00-000000000001"]);
    }
}

#[test]
fn every_cut_at_two_places_gives_the_same() {
    let secrets = [secret("s3cret-value"), secret("s3cret-other\nlines of it")];
    let stream =
        "x s3cret-value s3cret-o s3cret-other\r\nlines of it czNjcmV0LXZhbHVl \x1b[3ms3cret\x1b[0m-value s3cret-valu"
            .as_bytes();
    let whole = redacted(&secrets, Printed::Ordinary, &[stream]);
    assert_eq!(
        String::from_utf8_lossy(&whole),
        "x [redacted:S] s3cret-o [redacted:S] [redacted:S] \x1b[3m[redacted:S]\x1b[0m s3cret-valu"
    );
    for one in 0..stream.len() {
        for two in one..stream.len() {
            let pieces = [&stream[..one], &stream[one..two], &stream[two..]];
            assert_eq!(redacted(&secrets, Printed::Ordinary, &pieces), whole, "{one} {two}");
        }
    }
    let cuts = stream.len() * (stream.len() + 1) / 2;
    println!("{cuts} pairs of cuts through {} bytes with 4 secrets in them: 0 leaks, 0 other changes", stream.len());
}

proptest! {
    /// Secrets of printable characters, in a text of other letters, cut anywhere up to three times.
    #[test]
    fn nothing_leaks_and_nothing_else_changes(
        values in prop::collection::vec("[!-~]{6,40}", 1..4),
        gaps in prop::collection::vec("[ \\n\\r\u{e9}]{1,20}", 5),
        order in prop::collection::vec(0_usize..4, 4),
        cuts in prop::collection::vec(0.0_f64..1.0, 3),
    ) {
        let secrets: Vec<Secret> = values.iter().map(|value| secret(value)).collect();
        let mut stream = gaps[0].clone();
        let mut expected = gaps[0].clone();
        for (gap, pick) in gaps[1..].iter().zip(&order) {
            stream += &values[pick % values.len()];
            stream += gap;
            expected += "[redacted:S]";
            expected += gap;
        }
        let bytes = stream.as_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place within the text")]
        let mut places: Vec<usize> = cuts.iter().map(|cut| (cut * bytes.len() as f64) as usize).collect();
        places.sort_unstable();
        let pieces = [&bytes[..places[0]], &bytes[places[0]..places[1]], &bytes[places[1]..places[2]], &bytes[places[2]..]];
        let out = redacted(&secrets, Printed::Ordinary, &pieces);
        prop_assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    /// Any bytes at all, without secrets in them, pass unchanged.
    #[test]
    fn bytes_pass_unchanged(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
        let (one, two) = bytes.split_at(cut.min(bytes.len()));
        let out = redacted(&[secret("\u{1}never\u{2}printed\u{3}")], Printed::Ordinary, &[one, two]);
        prop_assert_eq!(out, bytes);
    }
}
