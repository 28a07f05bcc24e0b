//! Sign-offs by security keys: real ones of OpenSSH's two kinds, made and touched by a program instead of a hand
//! (`tests/common/software_key.c`), and a kept statement that is verified wherever there is an ssh-keygen.

use crate::bundle::python;
use crate::home::{Came, Home, came};
use crate::keys::bent;
use crate::sign::{key, walked};
use crate::skip::skip;
use crate::terminal::Terminal;
use gonogo::exec::sign::{Key, Signers, allowed, holds, sign};
use gonogo::run::sshsig::{Presence, STATEMENT, Sshsig};
use std::fs;
use std::path::Path;
use std::process::Command;

const PIN: &str = "471100";

/// What is set for ssh-keygen to find the key, and for the key to be touched.
struct Token {
    environment: Vec<(String, String)>,
}

impl Token {
    /// Builds the key's driver; `None`, and a line in the list of skips, where that cannot be.
    fn new(home: &Home, test: &str) -> Option<Self> {
        let library = home.path("software_key.so").to_string_lossy().into_owned();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/common/software_key.c");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o", &library, source, "-lcrypto"]).output();
        match built {
            Ok(built) if built.status.success() => {}
            Ok(built) => {
                let said = String::from_utf8_lossy(&built.stderr).into_owned();
                skip(test, &format!("the driver cannot be built: {}", said.lines().next().unwrap_or_default()));
                return None;
            }
            Err(error) => {
                skip(test, &format!("there is no C compiler: {error}"));
                return None;
            }
        }
        let ask = home.write("ask", format!("#!/bin/sh\necho {PIN}\n"));
        assert!(Command::new("chmod").arg("755").arg(&ask).status().unwrap().success());
        let set = [("SSH_SK_PROVIDER", library.as_str()), ("SOFTWARE_KEY_PIN", PIN)];
        let token = Token { environment: set.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec() };
        match token.enroll(home, "probe", "ed25519-sk", &[]) {
            Ok(()) => Some(token),
            Err(said) => {
                skip(test, &format!("this ssh-keygen makes no security keys: {said}"));
                None
            }
        }
    }

    fn enroll(&self, home: &Home, name: &str, kind: &str, options: &[&str]) -> Result<(), String> {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", kind, "-N", "", "-C", name, "-f", name]).current_dir(home.path(""));
        for option in options {
            command.args(["-O", option]);
        }
        let ask = home.path("ask");
        let output = command
            .envs(self.environment.iter().cloned())
            .env("SSH_ASKPASS", ask)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(said.lines().last().unwrap_or_default().to_owned()) }
    }

    fn call(&self, home: &Home, arguments: &[&str]) -> Came {
        came(home.command(arguments).envs(self.environment.iter().cloned()))
    }

    /// The program on a terminal, where ssh-keygen may ask.
    fn at_terminal(&self, home: &Home, arguments: &[&str], more: &[(&str, &str)]) -> Terminal {
        let folder = home.path("");
        let (state, home) = (home.path("state").to_string_lossy().into_owned(), folder.to_string_lossy().into_owned());
        let own =
            [("XDG_STATE_HOME", state.as_str()), ("HOME", &home), ("SSH_AUTH_SOCK", ""), ("GONOGO_OPERATOR", "dana")];
        let ours = self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<(&str, &str)> = own.into_iter().chain(ours).chain(more.iter().copied()).collect();
        Terminal::start_with(&folder, (110, 40), arguments, &all)
    }
}

fn words(home: &Home, name: &str) -> String {
    let public = fs::read_to_string(home.path(name).with_extension("pub")).unwrap();
    public.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// As a stranger asks: ssh-keygen alone.
fn stranger(folder: &Path, signers: &Path, principal: &str, (text, signature): (&str, &str)) -> bool {
    fs::write(folder.join("their.sig"), signature).unwrap();
    fs::write(folder.join("their.txt"), text).unwrap();
    let ask = "ssh-keygen -q -Y verify -f \"$1\" -I \"$2\" -n gonogo-v1 -s their.sig < their.txt";
    let mut command = Command::new("sh");
    command.args(["-c", ask, "sh"]).arg(signers).arg(principal).current_dir(folder);
    command.output().unwrap().status.success()
}

#[test]
fn both_kinds_of_security_keys_release_a_gate_that_anybody_can_check() {
    let called = "security_key::both_kinds_of_security_keys_release_a_gate_that_anybody_can_check";
    let home = Home::new();
    let Some(token) = Token::new(&home, called) else { return };
    let run = walked(&home);
    let mut listed = String::new();
    for (name, kind) in [("alice", "ed25519-sk"), ("bob", "ecdsa-sk")] {
        token.enroll(&home, name, kind, &[]).unwrap();
        listed += &format!("{name}@example.org namespaces=\"gonogo-v1\" {}\n", words(&home, name));
        let sign = ["sign", &run, "prepare", "--operator", name, "--role", "dba", "--key", name];
        let mut command = home.command(&sign);
        command.envs(token.environment.iter().cloned()).env("GONOGO_SIGNER", format!("{name}@example.org"));
        let found = came(&mut command);
        assert_eq!(found.exit, Some(0), "{found:?}");
        assert!(found.out.contains("(security key, touched) as released"), "{found:?}");
        assert!(found.err.contains("touch the security key SHA256:"), "it says what it waits for: {found:?}");
    }
    let gate = &home.call(&["export", &run, "--format", "json"]).json()["gates"][0];
    assert_eq!(gate["state"], "released");
    let signers = home.write("signers", &listed);
    let demands = ["--signers", signers.to_str().unwrap(), "--require", "2"];
    let verified = home.call(&[&["verify", &run], &demands[..]].concat());
    assert_eq!(verified.exit, Some(0), "{verified:?}");
    assert_eq!(verified.out.matches("security key, touched; listed in your signers").count(), 2, "{verified:?}");
    // The bundle is signed by a security key as well, and read by those who have none.
    let export = token.call(&home, &["export", &run, "--format", "bundle", "-o", "b", "--key", "alice"]);
    assert!(export.exit == Some(0) && export.out.contains("its list of files is signed with SHA256:"), "{export:?}");
    assert_eq!(home.call(&[&["verify", "b"], &demands[..]].concat()).exit, Some(0));
    let (exit, said) = python(&home.path("b"), &demands);
    assert_eq!(exit, Some(0), "{said}");
    let mut checked = 0;
    for entry in fs::read_dir(home.path("b/statements")).unwrap() {
        let path = entry.unwrap().path();
        let Some(text) = path.to_str().and_then(|name| name.strip_suffix(".sig")) else { continue };
        let (text, signature) = (fs::read_to_string(text).unwrap(), fs::read_to_string(&path).unwrap());
        let principal = text.lines().find_map(|line| line.strip_prefix("signer: ")).unwrap();
        assert!(stranger(&home.path(""), &signers, principal, (&text, &signature)));
        let other = if principal.starts_with("alice") { "bob@example.org" } else { "alice@example.org" };
        assert!(!stranger(&home.path(""), &signers, other, (&text, &signature)));
        checked += 1;
    }
    assert_eq!(checked, 2);
}

#[test]
fn the_operator_is_told_to_touch_the_key_and_asked_for_its_pin() {
    let called = "security_key::the_operator_is_told_to_touch_the_key_and_asked_for_its_pin";
    let home = Home::new();
    let Some(token) = Token::new(&home, called) else { return };
    let run = walked(&home);
    token.enroll(&home, "touch", "ed25519-sk", &[]).unwrap();
    token.enroll(&home, "verify", "ecdsa-sk", &["verify-required"]).unwrap();
    let touched = home.path("touched").to_string_lossy().into_owned();
    let waits = [("SOFTWARE_KEY_TOUCH", touched.as_str())];
    let entries = || home.call(&["show", &run, "--events"]).out;
    // Another terminal: a statement, a question, the touch.
    let sign = ["sign", &run, "prepare", "--operator", "alice", "--role", "dba", "--key", "touch"];
    let mut terminal = token.at_terminal(&home, &sign, &waits);
    terminal.wait_for("y or n >");
    terminal.keys("y\r");
    terminal.wait_for("Confirm user presence for key ED25519-SK SHA256:");
    assert!(!entries().contains("signed_off"), "nothing before the touch");
    home.write("touched", "");
    assert_eq!(terminal.wait_end(), Some(0), "{}", terminal.text());
    assert!(terminal.text().contains("(security key, touched)"), "{}", terminal.text());
    // A key that wants its PIN: a wrong one signs nothing.
    let sign = ["sign", &run, "prepare", "--operator", "bob", "--role", "dba", "--key", "verify"];
    let before = entries();
    for (pin, exit) in [("000000\r", Some(6)), ("471100\r", Some(0))] {
        let mut terminal = token.at_terminal(&home, &sign, &[]);
        terminal.wait_for("y or n >");
        terminal.keys("y\r");
        terminal.wait_for("Enter PIN");
        terminal.keys(pin);
        assert_eq!(terminal.wait_end(), exit, "{}", terminal.text());
        assert!(!String::from_utf8_lossy(&terminal.raw()).contains(PIN), "it is not echoed");
        assert_eq!(entries() == before, exit == Some(6));
    }
    let verified = home.call(&["verify", &run]);
    assert!(verified.exit == Some(0) && verified.out.contains("security key, its owner verified"), "{verified:?}");
    let journal = fs::read(home.journal()).unwrap();
    assert!(!journal.windows(PIN.len()).any(|some| some == PIN.as_bytes()));
}

#[test]
fn the_screen_gives_way_to_the_touch_and_comes_back() {
    let called = "security_key::the_screen_gives_way_to_the_touch_and_comes_back";
    let home = Home::new();
    let Some(token) = Token::new(&home, called) else { return };
    home.write("one.md", "# One\n\n## Prepare {gate=dba}\n\n- [ ] Look\n\n## Go\n\n- [ ] On\n");
    token.enroll(&home, "touch", "ecdsa-sk", &[]).unwrap();
    let touched = home.path("touched").to_string_lossy().into_owned();
    let arguments = ["one.md", "--key", "touch", "--role", "dba"];
    let mut screen = token.at_terminal(&home, &arguments, &[("SOFTWARE_KEY_TOUCH", touched.as_str())]);
    screen.wait_for("Look");
    screen.keys(" ");
    screen.wait_for("1 passed");
    screen.keys("k");
    screen.wait_for("Gate held 0/1");
    screen.keys("s");
    screen.wait_for("(•) released");
    screen.keys("\r");
    screen.wait_for("Read what you sign");
    screen.keys("y");
    screen.wait_for("Confirm user presence for key ECDSA-SK SHA256:");
    assert!(!home.call(&["show", &crate::sign::short(&home), "--events"]).out.contains("signed_off"));
    home.write("touched", "");
    screen.wait_until("the screen is back", |text| text.contains("Look") && !text.contains("Confirm user presence"));
    screen.keys("q");
    screen.wait_end();
    let verified = home.call(&["verify", &crate::sign::short(&home)]);
    assert!(verified.exit == Some(0) && verified.out.contains("released, dana <"), "{verified:?}");
    assert!(verified.out.contains("security key, touched"), "{verified:?}");
}

#[test]
fn a_key_that_wants_no_touch_is_said_to_have_got_none() {
    let called = "security_key::a_key_that_wants_no_touch_is_said_to_have_got_none";
    let home = Home::new();
    let Some(token) = Token::new(&home, called) else { return };
    let run = walked(&home);
    token.enroll(&home, "quiet", "ed25519-sk", &["no-touch-required"]).unwrap();
    let sign = ["sign", &run, "prepare", "--operator", "alice", "--role", "dba", "--key", "quiet"];
    let found = token.call(&home, &sign);
    assert!(found.exit == Some(0) && found.out.contains("(security key, not touched)"), "{found:?}");
    assert!(home.call(&["verify", &run]).out.contains("security key, not touched"));
    // Without its driver, and with the key of another kind under its name, nothing is signed.
    let (before, other) = (home.call(&["show", &run, "--events"]).out, key(&home, "other"));
    let gone = home.call(&sign);
    assert!(gone.exit == Some(6) && gone.err.contains("nothing was recorded"), "{gone:?}");
    fs::copy(other.with_extension("pub"), home.path("quiet.pub")).unwrap();
    let mixed = token.call(&home, &sign);
    assert!(mixed.exit == Some(6), "{mixed:?}");
    assert_eq!(home.call(&["show", &run, "--events"]).out, before);
}

/// What is signed is the application, the flags and the counter as well: nobody says afterwards that there was a touch.
#[test]
fn flags_counter_and_application_cannot_be_changed() {
    let called = "security_key::flags_counter_and_application_cannot_be_changed";
    let home = Home::new();
    let Some(token) = Token::new(&home, called) else { return };
    for (kind, option) in [("ed25519-sk", None), ("ed25519-sk", Some("no-touch-required")), ("ecdsa-sk", None)] {
        let name = format!("{kind}{}", option.is_some());
        token.enroll(&home, &name, kind, &option.into_iter().collect::<Vec<_>>()).unwrap();
        let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/security_key/statement.txt"));
        let text = text.unwrap();
        home.write("statement", &text);
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-Y", "sign", "-f", &name, "-n", STATEMENT, "statement"]).current_dir(home.path(""));
        assert!(command.envs(token.environment.iter().cloned()).output().unwrap().status.success());
        let signature = fs::read_to_string(home.path("statement.sig")).unwrap();
        fs::remove_file(home.path("statement.sig")).unwrap();
        let list = home.write("list", format!("alice@example.org namespaces=\"gonogo-v1\" {}\n", words(&home, &name)));
        attacked(&home, &list, (&text, &signature));
    }
}

/// What is done to a signature whose application begins at that byte.
type Change = (&'static str, fn(&mut Vec<u8>, usize));

/// Every change is refused by all who verify, and what was not changed is taken.
fn attacked(home: &Home, list: &Path, (text, signature): (&str, &str)) {
    let signers = Signers { allowed: list.to_owned(), revoked: None };
    let at = "2026-11-21T02:14:07Z".parse().unwrap();
    let taken = |signature: &str| {
        let ours = allowed((signature, STATEMENT, text.as_bytes()), &signers, "alice@example.org", at).is_ok();
        let theirs = stranger(&home.path(""), list, "alice@example.org", (text, signature));
        (ours, theirs)
    };
    assert_eq!(taken(signature), (true, true));
    let read = Sshsig::read(signature).unwrap();
    assert!(read.presence.is_some(), "{read:?}");
    let application = |bytes: &[u8]| bytes.windows(8).position(|some| some == b"\0\0\0\x04ssh:").unwrap() + 4;
    let changes: [Change; 7] = [
        ("touched or not", |bytes, _| {
            let at = bytes.len() - 5;
            bytes[at] ^= 1;
        }),
        ("the owner verified", |bytes, _| {
            let at = bytes.len() - 5;
            bytes[at] ^= 4;
        }),
        ("all flags cleared", |bytes, _| {
            let at = bytes.len() - 5;
            bytes[at] = if bytes[at] == 0 { 0x80 } else { 0 };
        }),
        ("the counter", |bytes, _| *bytes.last_mut().unwrap() ^= 1),
        ("the counter's first byte", |bytes, _| {
            let at = bytes.len() - 4;
            bytes[at] ^= 1;
        }),
        ("the application", |bytes, at| bytes[at] = b'S'),
        ("a bit of the signature", |bytes, _| {
            let at = bytes.len() - 9;
            bytes[at] ^= 1;
        }),
    ];
    for (what, change) in changes {
        let other = bent(signature, |bytes| {
            let at = application(bytes);
            change(bytes, at);
        });
        assert_ne!(other, signature, "{what}");
        assert_eq!(taken(&other), (false, false), "{what}");
        assert!(holds(&other, STATEMENT, text.as_bytes()).is_err(), "{what}");
    }
    assert!(holds(signature, STATEMENT, text.replacen("released", "rejected", 1).as_bytes()).is_err());
}

/// Kept signatures: whoever has no C compiler still sees that security keys are verified.
#[test]
fn kept_signatures_of_security_keys_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/security_key");
    let read = |name: &str| fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let (home, text) = (Home::new(), read("statement.txt"));
    for (name, presence) in [
        ("ed25519", Presence::Touched),
        ("ecdsa", Presence::Touched),
        ("verified", Presence::Verified),
        ("untouched", Presence::None),
    ] {
        let (signature, public) = (read(&format!("{name}.sig")), read(&format!("{name}.pub")));
        let found = holds(&signature, STATEMENT, text.as_bytes()).unwrap();
        let key = Key::read(Path::new(&format!("{folder}/{name}.pub"))).unwrap();
        assert_eq!(
            (found.presence, found.fingerprint(), key.is_hardware),
            (Some(presence), key.fingerprint.clone(), true)
        );
        let list = home.write("list", format!("alice@example.org namespaces=\"gonogo-v1\" {public}"));
        attacked(&home, &list, (&text, &signature));
        // The public half alone signs nothing.
        assert!(sign(&key, STATEMENT, b"x").is_err());
    }
}
