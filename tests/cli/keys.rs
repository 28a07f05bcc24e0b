//! Signatures in the wrong place or by the wrong key, a hundred of each kind; and every pair of fifty statements.
//!
//! Slow, so it is asked for: `cargo test --test cli keys:: -- --ignored --nocapture`.

use crate::home::Home;
use chrono::{DateTime, Utc};
use gonogo::exec::sign::{Key, Signers, allowed, holds, sign};
use gonogo::run::base64;
use gonogo::run::event::{Meaning, RunId, Scope};
use gonogo::run::sshsig::STATEMENT;
use gonogo::run::statement::Statement;
use gonogo::runbook::{Digest, StepId};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn statement(number: usize) -> Statement {
    Statement {
        run: RunId(format!("01KAK4Q3W0Z3V9T5B7N2M8{number:04}")),
        runbook: Digest::of(b"runbook"),
        scope: Scope::Step(StepId(format!("step-{number}"))),
        title: format!("1.{number} Step"),
        head: (7, Digest::of(b"head")),
        previous: None,
        meaning: Meaning::Released,
        closing: None,
        signer: "alice@example.org".into(),
        name: "Alice".into(),
        role: None,
        time: at(),
        reason: None,
    }
}

fn at() -> DateTime<Utc> {
    "2026-11-21T02:14:07Z".parse().unwrap()
}

fn keygen(home: &Home, arguments: &[&str]) {
    let made = Command::new("ssh-keygen").args(arguments).current_dir(home.path("")).output().unwrap();
    assert!(made.status.success(), "{arguments:?} {made:?}");
}

fn made(home: &Home, name: &str) -> (Key, String) {
    keygen(home, &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
    let public = fs::read_to_string(home.path(name).with_extension("pub")).unwrap();
    let words: Vec<&str> = public.split(' ').take(2).collect();
    (Key::read(&home.path(name)).unwrap(), words.join(" "))
}

fn listed(home: &Home, name: &str, lines: &str) -> Signers {
    let path: PathBuf = home.write(name, lines);
    Signers { allowed: path, revoked: None }
}

/// The same armour around changed bytes.
pub fn bent(armor: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let inner: String = armor.lines().filter(|line| !line.starts_with('-')).collect();
    let mut bytes = base64::decode(&inner).unwrap();
    change(&mut bytes);
    let text: Vec<char> = base64::encode(&bytes).chars().collect();
    let lines: String = text.chunks(70).map(|line| line.iter().collect::<String>() + "\n").collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{lines}-----END SSH SIGNATURE-----\n")
}

const ALICE: &str = "alice@example.org";

/// Keys, and lists of whom somebody trusts.
struct Desk {
    alice: Key,
    bob: Key,
    /// The bare key of a certificate, and the certificate, which has expired.
    certified: Key,
    certificate: Key,
    good: Signers,
    both: Signers,
    exports: Signers,
    expired: Signers,
    early: Signers,
    revoked: Signers,
    authority: Signers,
}

impl Desk {
    fn new(home: &Home) -> Self {
        let (alice, of_alice) = made(home, "alice");
        let (bob, of_bob) = made(home, "bob");
        let (certified, _) = made(home, "carol");
        let (_, of_authority) = made(home, "authority");
        let only = format!("{ALICE} namespaces=\"gonogo-v1\" {of_alice}\n");
        let good = listed(home, "good", &only);
        let trusts = format!("{ALICE} cert-authority,namespaces=\"gonogo-v1\" {of_authority}\n");
        keygen(home, &["-q", "-s", "authority", "-I", "c", "-n", ALICE, "-V", "20190101:20200101", "carol.pub"]);
        Desk {
            both: listed(home, "both", &format!("{only}bob@example.org namespaces=\"gonogo-v1\" {of_bob}\n")),
            exports: listed(home, "exports", &only.replace("gonogo-v1", "gonogo-export-v1")),
            expired: listed(home, "expired", &only.replace(" namesp", " valid-before=\"20200101\",namesp")),
            early: listed(home, "early", &only.replace(" namesp", " valid-after=\"20990101\",namesp")),
            revoked: Signers { revoked: Some(home.write("revoked", format!("{of_alice}\n"))), ..good.clone() },
            authority: listed(home, "authorities", &trusts),
            certificate: Key::read(&home.path("carol-cert.pub")).unwrap(),
            alice,
            bob,
            certified,
            good,
        }
    }
}

fn by(key: &Key, namespace: &str, said: &Statement) -> String {
    sign(key, namespace, said.text().as_bytes()).unwrap()
}

fn taken(signature: &str, said: &Statement, signers: &Signers) -> bool {
    allowed((signature, STATEMENT, said.text().as_bytes()), signers, ALICE, at()).is_ok()
}

type Try = fn(&Desk, usize) -> bool;

const KINDS: &[(&str, Try)] = &[
    ("another namespace", |desk, n| {
        let namespace = ["file", "git", "gonogo-export-v1", "gonogo"][n % 4];
        taken(&by(&desk.alice, namespace, &statement(n)), &statement(n), &desk.good)
    }),
    ("another signer's name", |desk, n| taken(&by(&desk.bob, STATEMENT, &statement(n)), &statement(n), &desk.both)),
    ("a key that nobody lists", |desk, n| taken(&by(&desk.bob, STATEMENT, &statement(n)), &statement(n), &desk.good)),
    ("listed for exports", |desk, n| taken(&by(&desk.alice, STATEMENT, &statement(n)), &statement(n), &desk.exports)),
    ("expired, or not valid yet", |desk, n| {
        let signers = if n % 2 == 0 { &desk.expired } else { &desk.early };
        taken(&by(&desk.alice, STATEMENT, &statement(n)), &statement(n), signers)
    }),
    ("revoked", |desk, n| taken(&by(&desk.alice, STATEMENT, &statement(n)), &statement(n), &desk.revoked)),
    ("an expired certificate", |desk, n| {
        taken(&by(&desk.certificate, STATEMENT, &statement(n)), &statement(n), &desk.authority)
    }),
    ("the bare key of a certificate", |desk, n| {
        taken(&by(&desk.certified, STATEMENT, &statement(n)), &statement(n), &desk.authority)
    }),
    ("of another run", |desk, n| {
        let other = Statement { run: RunId("01KAK".into()), ..statement(n) };
        taken(&by(&desk.alice, STATEMENT, &other), &statement(n), &desk.good)
    }),
    ("of another step", |desk, n| {
        let other = Statement { scope: Scope::Step(StepId(format!("step-{}", n + 1))), ..statement(n) };
        taken(&by(&desk.alice, STATEMENT, &other), &statement(n), &desk.good)
    }),
    ("of a version that is not 1", |desk, n| {
        let version = u8::try_from(if n == 0 { 0 } else { n + 1 }).unwrap();
        let signature = bent(&by(&desk.alice, STATEMENT, &statement(n)), |bytes| bytes[9] = version);
        taken(&signature, &statement(n), &desk.good)
    }),
    ("with bytes behind it", |desk, n| {
        let signature = bent(&by(&desk.alice, STATEMENT, &statement(n)), |bytes| bytes.extend(vec![0; n + 1]));
        taken(&signature, &statement(n), &desk.good)
    }),
];

#[test]
#[ignore = "takes some minutes; run it with --ignored --nocapture and read the figures"]
fn a_hundred_bad_signatures_of_each_kind() {
    let home = Home::new();
    let desk = Desk::new(&home);
    // First what has to be taken, so that a refusal says something.
    assert!(taken(&by(&desk.alice, STATEMENT, &statement(0)), &statement(0), &desk.good));
    let mut accepted = 0;
    for (what, attempt) in KINDS {
        let count = (0..100).filter(|n| attempt(&desk, *n)).count();
        println!("A4   {what:<32} 100 tried, {count} accepted");
        accepted += count;
    }
    println!("A4   {} tried, {accepted} accepted", KINDS.len() * 100);
    assert_eq!(accepted, 0);
}

#[test]
#[ignore = "takes some minutes; run it with --ignored --nocapture and read the figures"]
fn no_signature_fits_another_statement() {
    let home = Home::new();
    let (alice, _) = made(&home, "alice");
    let texts: Vec<String> = (0..50).map(|n| statement(n).text()).collect();
    let signatures: Vec<String> = texts.iter().map(|text| sign(&alice, STATEMENT, text.as_bytes()).unwrap()).collect();
    let (mut own, mut moved, mut accepted) = (0, 0, 0);
    for (at, text) in texts.iter().enumerate() {
        for (from, signature) in signatures.iter().enumerate() {
            let holds = holds(signature, STATEMENT, text.as_bytes()).is_ok();
            if at == from {
                own += u32::from(holds);
            } else {
                moved += 1;
                accepted += u32::from(holds);
            }
        }
    }
    println!("A11  50 statements, {own} hold where they belong; {moved} moved, {accepted} accepted");
    assert_eq!((own, moved, accepted), (50, 2450, 0));
}
