//! Two system users with a key each walk a four-eyes gate to its end, by request and answer: the journal is never shared.
//!
//! The second user is real where the test may make one (as root, with `useradd`); elsewhere the same is walked with two homes
//! by one user, in `hostile`, and it is said that this part was skipped.

use crate::home::{Home, came};
use crate::sign::{key, short};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A user of the system, gone again with the test.
struct User {
    name: String,
    home: PathBuf,
}

impl User {
    /// `None` where users cannot be made.
    fn make(home: &Path) -> Option<Self> {
        if !rustix_is_root() {
            return None;
        }
        let name = format!("gonogo-t{}", std::process::id() % 100_000);
        let home = home.join("second");
        let mut add = Command::new("useradd");
        add.args(["--system", "--create-home", "--shell", "/bin/sh", "--home-dir"]).arg(&home).arg(&name);
        let added = add.output().ok()?;
        added.status.success().then_some(User { name, home })
    }

    /// Runs a command line as this user, with an environment of its own.
    fn run(&self, line: &str) -> Output {
        let gonogo = env!("CARGO_BIN_EXE_gonogo");
        let mut command = Command::new("runuser");
        command.args([
            "-u",
            &self.name,
            "--",
            "env",
            "-i",
            "PATH=/usr/local/bin:/usr/bin:/bin",
            &format!("GONOGO={gonogo}"),
        ]);
        command.arg(format!("HOME={}", self.home.display())).arg("GONOGO_SIGNER=bob@example.org");
        command.args(["sh", "-c", &format!("cd && {line}")]).output().unwrap()
    }

    fn owns(&self, file: &Path) -> bool {
        fs::metadata(file).unwrap().uid() == fs::metadata(&self.home).unwrap().uid()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = Command::new("userdel").args(["--remove", &self.name]).output();
    }
}

fn rustix_is_root() -> bool {
    let uid = Command::new("id").arg("-u").output().unwrap();
    uid.stdout == b"0\n"
}

/// Whether somebody else may run the program under test, which lies in a folder of the developer's.
fn is_reachable(user: &User) -> bool {
    user.run("\"$GONOGO\" --version").status.success()
}

const GATED: &str = "# Cut-over\n\n## Prepare {gate={role: dba, not: performer}}\n\n- [ ] Check\n  ```sh\n  date\n  ```\n\n## Switch\n\n- [ ] Flip the switch\n";

#[test]
fn two_system_users_release_a_gate_without_sharing_the_journal() {
    let home = Home::new();
    // Whoever is made has to come through to their own home; the journal stays closed.
    fs::set_permissions(home.path(""), fs::Permissions::from_mode(0o711)).unwrap();
    let Some(bob) = User::make(&home.path("")) else {
        println!("skipped: 1 (no second system user can be made here)");
        return;
    };
    if !is_reachable(&bob) {
        println!("skipped: 1 (the second user cannot reach the program)");
        return;
    }
    home.write("cut.md", GATED);
    key(&home, "dana");
    let walk = |keys: &str| came(home.command(&["--plain", "cut.md"]).write_stdin(keys.to_owned()));
    assert_eq!(walk("r\nq\n").exit, Some(4));
    let run = short(&home);
    walk("y\ng 2.1\nt\nq\n");
    assert_eq!(home.call(&["status", &run]).exit, Some(4), "the gate is shut");
    assert_eq!(home.call(&["sign", &run, "prepare", "--request", "ask.txt"]).exit, Some(0));
    let exchange = bob.home.join("ask.txt");
    fs::copy(home.path("ask.txt"), &exchange).unwrap();
    fs::set_permissions(&exchange, fs::Permissions::from_mode(0o644)).unwrap();
    // The second user cannot even look at the journal of the first.
    let journal = home.journal();
    let looked = bob.run(&format!("\"$GONOGO\" runs --journal {0} || cat {0}", journal.display()));
    assert!(!looked.status.success(), "{looked:?}");
    let answered = bob.run(
        "ssh-keygen -q -t ed25519 -N '' -C bob -f id && \"$GONOGO\" sign ask.txt --reply answer.txt --key id --operator bob --role dba",
    );
    assert!(answered.status.success(), "{answered:?}");
    let answer = bob.home.join("answer.txt");
    assert!(bob.owns(&answer) && !bob.home.join(".local/state/gonogo").exists(), "nothing is recorded there");
    fs::copy(&answer, home.path("answer.txt")).unwrap();
    let public = fs::read_to_string(bob.home.join("id.pub")).unwrap();
    let words: Vec<&str> = public.split(' ').take(2).collect();
    let dana = fs::read_to_string(home.path("dana.pub")).unwrap();
    let dana: Vec<&str> = dana.split(' ').take(2).collect();
    let namespaces = "namespaces=\"gonogo-v1,gonogo-export-v1\"";
    let lines = [("bob", words), ("dana", dana)]
        .map(|(who, key)| format!("{who}@example.org {namespaces} {}\n", key.join(" ")));
    home.write("signers", lines.concat());
    // Tampered with on the way, it is not taken.
    let text = fs::read_to_string(&answer).unwrap();
    home.write("forged.txt", text.replace("meaning: released", "meaning: rejected"));
    assert_eq!(home.call(&["sign", "forged.txt", "--signers", "signers"]).exit, Some(4));
    let recorded = home.call(&["sign", "answer.txt", "--signers", "signers"]);
    assert_eq!(recorded.exit, Some(0), "{recorded:?}");
    assert_eq!(walk("y\nt\nq\n").exit, Some(0), "the gate is open, and the last step is done");
    close_and_verify(&home, &bob, &run);
    println!("four eyes: two system users, two keys, one bundle, sealed; skipped: 0");
}

/// The first user seals it; the second verifies what they have signed, with nothing but the bundle.
fn close_and_verify(home: &Home, bob: &User, run: &str) {
    let signed = |arguments: &[&str]| {
        let mut command = home.command(&[arguments, &["--key", "dana"]].concat());
        let came = came(command.env("GONOGO_SIGNER", "dana@example.org"));
        assert_eq!(came.exit, Some(0), "{came:?}");
    };
    signed(&["close", run]);
    signed(&["export", run, "--format", "bundle", "-o", "b"]);
    let demands = ["--sealed", "--require", "2", "--signers", "signers"];
    let found = home.call(&[&["verify", "b"], &demands[..]].concat());
    assert_eq!(found.exit, Some(0), "{found:?}");
    assert!(found.out.contains("bob <bob@example.org>") && found.out.contains("sealed   yes, dana"), "{found:?}");
    let copied = Command::new("cp").arg("-r").arg(home.path("b")).arg(&bob.home).status().unwrap();
    assert!(copied.success());
    fs::copy(home.path("signers"), bob.home.join("signers")).unwrap();
    let open =
        Command::new("chmod").args(["-R", "a+rX"]).arg(bob.home.join("b")).arg(bob.home.join("signers")).status();
    assert!(open.unwrap().success());
    let verified = bob.run("python3 -B b/verify.py b --sealed --require 2 --signers signers");
    assert!(verified.status.success(), "{verified:?}");
    let record = home.call(&["export", run, "--format", "json"]).json();
    assert_eq!(record["sign_offs"][0]["by"]["name"], "bob");
}
