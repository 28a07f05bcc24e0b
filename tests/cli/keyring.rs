//! Where keys come from, and who they are: an agent, a file that wants its passphrase, a certificate; expired and revoked
//! ones. Security keys have tests of their own.

use crate::home::{Came, Home, came};
use crate::sign::{key, walked};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A real agent with these keys; it ends with the test.
struct Agent {
    child: Child,
    socket: String,
}

impl Agent {
    fn with(home: &Home, keys: &[&str]) -> Self {
        let socket = home.path("agent.sock").to_string_lossy().into_owned();
        let child = Command::new("ssh-agent").args(["-D", "-a", &socket]).stdout(Stdio::null()).spawn().unwrap();
        for _ in 0..200 {
            if Path::new(&socket).exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        for name in keys {
            let mut add = Command::new("ssh-add");
            let added = add.arg("-q").arg(home.path(name)).env("SSH_AUTH_SOCK", &socket).status();
            assert!(added.unwrap().success());
        }
        Agent { child, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keygen(home: &Home, arguments: &[&str]) -> String {
    let output = Command::new("ssh-keygen").args(arguments).current_dir(home.path("")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// `SHA256:…` as ssh-keygen tells it.
fn fingerprint(home: &Home, file: &str) -> String {
    keygen(home, &["-l", "-f", file]).split(' ').nth(1).unwrap().to_owned()
}

fn words(home: &Home, name: &str) -> String {
    let public = fs::read_to_string(home.path(name).with_extension("pub")).unwrap();
    public.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn sign_as(home: &Home, name: &str, run: &str, rest: &[&str]) -> Came {
    let mut command = home.command(&[&["sign", run, "prepare", "--operator", name, "--role", "dba"], rest].concat());
    came(command.env("GONOGO_SIGNER", format!("{name}@example.org")))
}

#[test]
fn the_agent_signs_with_keys_whose_files_are_gone() {
    let home = Home::new();
    let run = walked(&home);
    key(&home, "alice");
    key(&home, "bob");
    let agent = Agent::with(&home, &["alice", "bob"]);
    for name in ["alice", "bob"] {
        fs::remove_file(home.path(name)).unwrap();
    }
    let sign = |name: &str, rest: &[&str]| {
        let mut command =
            home.command(&[&["sign", &run, "prepare", "--operator", name, "--role", "dba"], rest].concat());
        came(command.env("SSH_AUTH_SOCK", &agent.socket))
    };
    // Nobody names a key: it is the agent's first.
    let first = sign("alice", &[]);
    assert!(first.exit == Some(0) && first.out.contains(&fingerprint(&home, "alice.pub")), "{first:?}");
    // The public half names another of the agent's.
    let second = sign("bob", &["--key", "bob.pub"]);
    assert!(second.exit == Some(0) && second.out.contains(&fingerprint(&home, "bob.pub")), "{second:?}");
    let verified = home.call(&["verify", &run, "--require", "2"]);
    assert_eq!(verified.exit, Some(4), "one account has one address, so it is one signer: {verified:?}");
    drop(agent);
    let gone = home.call(&["sign", &run, "prepare", "--operator", "bob", "--role", "dba", "--key", "bob.pub"]);
    assert!(gone.exit == Some(6) && gone.err.contains("nothing was recorded"), "{gone:?}");
}

#[test]
fn the_configuration_names_the_key_and_whose_keys_count() {
    let home = Home::new();
    let run = walked(&home);
    key(&home, "alice");
    fs::create_dir_all(home.path("config/gonogo")).unwrap();
    for name in ["alice", "alice.pub"] {
        fs::rename(home.path(name), home.path("config/gonogo").join(name)).unwrap();
    }
    let configured = |text: &str| home.write("config/gonogo/config.yaml", text);
    configured("operator: {key: alice, signer: alice@example.org, signers: list}\n");
    let listed = words(&home, "config/gonogo/alice");
    home.write("config/gonogo/list", format!("alice@example.org namespaces=\"gonogo-v1\" {listed}\n"));
    let signed = home.call(&["sign", &run, "prepare", "--operator", "alice", "--role", "dba"]);
    assert!(signed.exit == Some(0) && signed.out.contains("signer: alice@example.org"), "{signed:?}");
    assert!(signed.out.contains("signed with SHA256:"), "{signed:?}");
    let verified = home.call(&["verify", &run]);
    assert!(verified.exit == Some(0) && verified.out.contains("listed in your signers"), "{verified:?}");
    configured("operator: {key: ~/config/gonogo/alice, signers: nowhere}\n");
    assert_eq!(home.call(&["sign", &run, "1.1", "--meaning", "witnessed"]).exit, Some(0));
    home.call(&["verify", &run]).refuses(6, &["nowhere", "allowed signers"]);
    configured("operator: {key: none}\n");
    let unsigned = home.call(&["sign", &run, "1.1", "--meaning", "witnessed"]);
    assert!(unsigned.exit == Some(0) && unsigned.out.contains("recorded as witnessed"), "{unsigned:?}");
}

#[test]
fn a_certificate_is_known_by_its_authority_and_is_the_same_key() {
    let home = Home::new();
    let run = walked(&home);
    for name in ["authority", "alice", "other"] {
        key(&home, name);
    }
    keygen(&home, &["-q", "-s", "authority", "-I", "alice", "-n", "alice@example.org", "-V", "-1h:+1h", "alice.pub"]);
    assert_eq!(sign_as(&home, "alice", &run, &["--key", "alice-cert.pub"]).exit, Some(0));
    // The bare key under another name is the key that the certificate is about: no second person.
    let twice = sign_as(&home, "carol", &run, &["--key", "alice"]);
    twice.refuses(4, &["that key has signed as alice"]);
    let signers = |name: &str, authority: &str| {
        let line = format!("*@example.org cert-authority,namespaces=\"gonogo-v1\" {}\n", words(&home, authority));
        home.write(name, line).to_string_lossy().into_owned()
    };
    let (ours, theirs) = (signers("ours", "authority"), signers("theirs", "other"));
    let verified = home.call(&["verify", &run, "--signers", &ours, "--require", "1"]);
    assert!(verified.exit == Some(0) && verified.out.contains(&fingerprint(&home, "alice.pub")), "{verified:?}");
    assert_eq!(home.call(&["verify", &run, "--signers", &theirs]).exit, Some(4), "another authority");
    let bundle = home.call(&["export", &run, "--format", "bundle", "-o", "b", "--key", "none"]);
    assert_eq!(bundle.exit, Some(0), "{bundle:?}");
    for (signers, exit) in [(&ours, 0), (&theirs, 4)] {
        assert_eq!(home.call(&["verify", "b", "--signers", signers]).exit, Some(exit));
        let mut python = Command::new("python3");
        let python = python.args(["-B", "verify.py", ".", "--signers", signers]).current_dir(home.path("b")).output();
        let python = python.unwrap();
        assert_eq!(python.status.code(), Some(exit), "{python:?}");
        assert!(String::from_utf8_lossy(&python.stdout).contains(&fingerprint(&home, "alice.pub")), "{python:?}");
    }
}

#[test]
fn expired_and_revoked_keys_do_not_count() {
    let home = Home::new();
    let run = walked(&home);
    for name in ["alice", "bob"] {
        key(&home, name);
        assert_eq!(sign_as(&home, name, &run, &["--key", name]).exit, Some(0));
    }
    assert_eq!(home.call(&["export", &run, "--format", "bundle", "-o", "b", "--key", "none"]).exit, Some(0));
    let line = |name: &str, option: &str| {
        format!("{name}@example.org {option}namespaces=\"gonogo-v1\" {}\n", words(&home, name))
    };
    let list = |bob: &str| home.write("list", line("alice", "") + &line("bob", bob));
    let both = |demands: &[&str]| {
        let found = home.call(&[&["verify", "b", "--signers", "list"], demands].concat());
        let mut python = Command::new("python3");
        python.args(["-B", "b/verify.py", "b", "--signers", "list"]).args(demands).current_dir(home.path(""));
        let said = python.output().unwrap();
        assert_eq!(said.status.code(), found.exit, "{said:?} {found:?}");
        found
    };
    list("");
    assert_eq!(both(&["--require", "2"]).exit, Some(0));
    list("valid-before=\"20200101\",");
    let expired = both(&[]);
    assert!(expired.exit == Some(4) && expired.out.contains("expired"), "{expired:?}");
    list("valid-after=\"20990101\",");
    assert_eq!(both(&[]).exit, Some(4));
    // It was valid when it was signed: the time in the statement is what is asked about.
    list("valid-before=\"20990101\",");
    assert_eq!(both(&["--require", "2"]).exit, Some(0));
    list("");
    keygen(&home, &["-q", "-k", "-f", "krl", "bob.pub"]);
    let revoked = both(&["--revoked", "krl"]);
    assert!(revoked.exit == Some(4) && revoked.out.contains("revoked"), "{revoked:?}");
    assert_eq!(both(&["--revoked", "krl", "--require", "2"]).exit, Some(4));
    fs::copy(home.path("bob.pub"), home.path("keys")).unwrap();
    assert_eq!(both(&["--revoked", "keys"]).exit, Some(4), "a list of public keys");
    home.call(&["verify", "b", "--signers", "list", "--revoked", "nowhere"]).refuses(6, &["nowhere", "revoked keys"]);
    home.call(&["verify", "b", "--revoked", "krl"]).refuses(2, &["--signers FILE"]);
}

#[test]
fn an_answer_by_an_expired_or_revoked_key_is_kept_out() {
    let home = Home::new();
    let run = walked(&home);
    key(&home, "bob");
    assert_eq!(home.call(&["sign", &run, "prepare", "--request", "ask.txt"]).exit, Some(0));
    let reply = ["sign", "ask.txt", "--reply", "answer.txt", "--key", "bob", "--operator", "bob", "--role", "dba"];
    assert_eq!(came(home.command(&reply).env("GONOGO_SIGNER", "bob@example.org")).exit, Some(0));
    let before = home.call(&["show", &run, "--events"]).out;
    let bob = words(&home, "bob");
    home.write("late", format!("bob@example.org valid-before=\"20200101\" {bob}\n"));
    home.write("list", format!("bob@example.org {bob}\n"));
    keygen(&home, &["-q", "-k", "-f", "krl", "bob.pub"]);
    home.call(&["sign", "answer.txt", "--signers", "late"]).refuses_loudly(4, "expired");
    home.call(&["sign", "answer.txt", "--signers", "list", "--revoked", "krl"]).refuses_loudly(4, "revoked");
    assert_eq!(home.call(&["show", &run, "--events"]).out, before, "nothing was recorded");
    assert_eq!(home.call(&["sign", "answer.txt", "--signers", "list"]).exit, Some(0));
}
