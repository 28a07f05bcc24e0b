//! Keys and signatures, by `ssh-keygen -Y` (ssh-keygen(1)): no private key is ever read or held here.
//!
//! What an agent or an unlocked key answers is asked for without a terminal. A key that wants a passphrase, a PIN or a touch
//! gets the operator's terminal, unrecorded. It judges nobody: who may sign what is decided elsewhere.

use super::probe::{self, Answer, GitUser, which};
use crate::run::sshsig::{Sshsig, fingerprint_of_line};
use chrono::{DateTime, Utc};
use rustix::process::Signal;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A touch of a hardware key may take a while.
const PATIENCE: Duration = Duration::from_mins(1);
/// Checking needs no person.
const CHECK: Duration = Duration::from_secs(20);
/// What the names of kinds of keys begin with that lie in a security key.
const HARDWARE: &str = "sk-";
/// Largest file that is looked at for a public key, in bytes.
const LARGEST: u64 = 1 << 20;

/// A key that signs, by the file that `ssh-keygen -f` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub file: PathBuf,
    /// `SHA256:…`
    pub fingerprint: String,
    /// It lies in a security key (`PROTOCOL.u2f` of OpenSSH), which wants a touch, and perhaps a PIN.
    pub is_hardware: bool,
    /// A public key the agent showed and no file holds; it is written to a file for as long as it is needed.
    line: Option<String>,
}

/// Where ssh-keygen may ask for a passphrase, a PIN or a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Nobody reads what it asks. A security key is waited for all the same: somebody may touch it.
    Nowhere,
    /// There is a terminal, but it is in use: whatever wants a person is left until it is free.
    Later,
    /// At the terminal of this process, which is in its ordinary mode.
    Terminal,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The key wants something from a person at a terminal.
    #[error("the key is locked: ssh-keygen has to ask for it at a terminal, or add it to the agent with ssh-add")]
    Locked,
    #[error("ssh-keygen did not sign: {0}")]
    Failed(String),
}

impl Key {
    /// The key in a file: a public key, or a private key with its public half beside it.
    ///
    /// # Errors
    /// When there is none, in one sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let beside = || {
            let mut name = path.as_os_str().to_owned();
            name.push(".pub");
            PathBuf::from(name)
        };
        let read = |path: &Path| {
            fs::metadata(path).ok().filter(|meta| meta.is_file() && meta.len() < LARGEST)?;
            let text = fs::read_to_string(path).ok()?;
            let line = text.lines().next()?;
            Some((fingerprint_of_line(line)?, line.starts_with(HARDWARE)))
        };
        let found = read(path).or_else(|| read(&beside()));
        let (fingerprint, is_hardware) = found.ok_or_else(|| {
            format!("{shown} is no SSH key: name the file of a public key, or of a private one with its .pub beside it")
        })?;
        Ok(Key { file: path.to_owned(), fingerprint, is_hardware, line: None })
    }

    /// The key an operator signs with: the file they named (`none` is none), else the one that git signs with, else the
    /// first key of the agent.
    ///
    /// # Errors
    /// When the file they named is no key.
    pub fn find(named: Option<&str>, git: &GitUser) -> Result<Option<Self>, String> {
        match named {
            Some("none") => Ok(None),
            Some(file) => Key::read(Path::new(file)).map(Some),
            None => Ok(Key::of_git(git).or_else(Key::of_agent)),
        }
    }

    /// The first key of the agent, if one answers. Without a socket in `SSH_AUTH_SOCK` (ssh-add(1)) there is none to ask.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "ssh-add will read it from the same place at the same moment")]
    pub fn of_agent() -> Option<Self> {
        std::env::var_os("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty())?;
        let listed = probe::ask("ssh-add", &["-L"], Duration::from_secs(3)).ok()?.text()?;
        listed.lines().find_map(Key::of_line)
    }

    /// A public key as git spells it in `user.signingkey`: a path, or `key::ssh-ed25519 AAAA…`.
    #[must_use]
    pub fn of_git(git: &GitUser) -> Option<Self> {
        let said = git.signing_key.as_deref()?;
        if let Some(line) = said.strip_prefix("key::").or_else(|| said.starts_with("ssh-").then_some(said)) {
            return Key::of_line(line);
        }
        let path = probe::ask("git", &["config", "--type=path", "--get", "user.signingkey"], Duration::from_secs(2));
        Key::read(Path::new(&path.ok()?.text()?)).ok()
    }

    fn of_line(line: &str) -> Option<Self> {
        let fingerprint = fingerprint_of_line(line)?;
        // The agent asks for the touch by its own means.
        Some(Key { file: PathBuf::from("key.pub"), fingerprint, is_hardware: false, line: Some(line.to_owned()) })
    }
}

/// Signs, and asks a person where that is possible.
///
/// # Errors
/// [`NotSigned::Locked`] when a person has to be asked elsewhere or later.
pub fn sign_asking(key: &Key, namespace: &str, bytes: &[u8], asking: Asking) -> Result<String, NotSigned> {
    match asking {
        // ssh-keygen says that it waits for a touch to whoever reads its standard error: it must be the terminal.
        Asking::Later if key.is_hardware => Err(NotSigned::Locked),
        Asking::Terminal if key.is_hardware => sign_at_terminal(key, namespace, bytes),
        Asking::Nowhere | Asking::Later => sign(key, namespace, bytes),
        Asking::Terminal => match sign(key, namespace, bytes) {
            Err(NotSigned::Locked) => sign_at_terminal(key, namespace, bytes),
            done => done,
        },
    }
}

/// Signs without a terminal: by the agent, or with a key that needs no passphrase.
///
/// # Errors
/// [`NotSigned::Locked`] when a person has to be asked.
pub fn sign(key: &Key, namespace: &str, bytes: &[u8]) -> Result<String, NotSigned> {
    let scratch = Scratch::new()?;
    let file = scratch.key(key)?;
    let arguments: [&OsStr; 6] =
        ["-Y".as_ref(), "sign".as_ref(), "-f".as_ref(), file.as_os_str(), "-n".as_ref(), namespace.as_ref()];
    let answer = keygen(&arguments, bytes, PATIENCE).map_err(NotSigned::Failed)?;
    let said = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
    match answer.code {
        Some(0) => checked(String::from_utf8_lossy(&answer.stdout).into_owned(), namespace, bytes),
        Some(_) if said.contains("passphrase") || said.contains("PIN") => Err(NotSigned::Locked),
        Some(_) | None => Err(NotSigned::Failed(last_line(&said))),
    }
}

/// Signs while ssh-keygen has the terminal of this process. The terminal must be in its ordinary mode.
///
/// # Errors
/// When it was not signed.
pub fn sign_at_terminal(key: &Key, namespace: &str, bytes: &[u8]) -> Result<String, NotSigned> {
    let scratch = Scratch::new()?;
    let file = scratch.key(key)?;
    let text = scratch.write("statement", bytes)?;
    let arguments: [&OsStr; 7] = [
        "-Y".as_ref(),
        "sign".as_ref(),
        "-f".as_ref(),
        file.as_os_str(),
        "-n".as_ref(),
        namespace.as_ref(),
        text.as_os_str(),
    ];
    let program = which("ssh-keygen").ok_or_else(missing).map_err(NotSigned::Failed)?;
    let ended = duct::cmd(program, arguments).unchecked().run();
    match ended {
        Ok(output) if output.status.success() => {
            let signature = fs::read_to_string(scratch.folder.join("statement.sig"));
            checked(signature.map_err(|error| NotSigned::Failed(error.to_string()))?, namespace, bytes)
        }
        Ok(output) => Err(NotSigned::Failed(format!("it ended with {}", output.status))),
        Err(error) => Err(NotSigned::Failed(error.to_string())),
    }
}

/// What was signed just now has to hold.
fn checked(signature: String, namespace: &str, bytes: &[u8]) -> Result<String, NotSigned> {
    holds(&signature, namespace, bytes).map_err(NotSigned::Failed)?;
    Ok(signature)
}

/// Whether a signature fits the bytes, whoever made it: which key that was is in the signature itself.
///
/// # Errors
/// Why not, in a clause.
pub fn holds(signature: &str, namespace: &str, bytes: &[u8]) -> Result<Sshsig, String> {
    let read = Sshsig::read(signature)?;
    if read.namespace != namespace {
        return Err(format!("it is for “{}”, not for “{namespace}”", read.namespace));
    }
    let scratch = Scratch::new().map_err(|error| error.to_string())?;
    let file = scratch.write("signature", signature.as_bytes()).map_err(|error| error.to_string())?;
    // Its answer says that key, namespace and bytes fit together; whose key it is, it does not say.
    let arguments: [&OsStr; 6] = [
        "-Y".as_ref(),
        "check-novalidate".as_ref(),
        "-n".as_ref(),
        namespace.as_ref(),
        "-s".as_ref(),
        file.as_os_str(),
    ];
    let answer = keygen(&arguments, bytes, CHECK)?;
    if answer.code == Some(0) { Ok(read) } else { Err("it does not fit the text".to_owned()) }
}

/// Whose keys count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signers {
    /// A file of allowed signers: ssh-keygen(1), ALLOWED SIGNERS.
    pub allowed: PathBuf,
    /// Keys that do not count any more, whenever they signed: a list of public keys, or a key revocation list.
    pub revoked: Option<PathBuf>,
}

/// Whether a file of allowed signers lists the key of a signature, or the authority that certified it, under `principal` for
/// this namespace at this time, it is not revoked, and the signature fits the bytes.
///
/// # Errors
/// Why not, in a clause.
pub fn allowed(
    (signature, namespace, bytes): (&str, &str, &[u8]),
    signers: &Signers,
    principal: &str,
    time: DateTime<Utc>,
) -> Result<(), String> {
    // ssh-keygen takes a version that was turned to 0, because it is not signed.
    Sshsig::read(signature)?;
    let scratch = Scratch::new().map_err(|error| error.to_string())?;
    let file = scratch.write("signature", signature.as_bytes()).map_err(|error| error.to_string())?;
    let at = format!("-Overify-time={}", time.format("%Y%m%d%H%M%SZ"));
    let mut arguments: Vec<&OsStr> = vec![
        "-Y".as_ref(),
        "verify".as_ref(),
        "-f".as_ref(),
        signers.allowed.as_os_str(),
        "-I".as_ref(),
        principal.as_ref(),
        "-n".as_ref(),
        namespace.as_ref(),
        "-s".as_ref(),
        file.as_os_str(),
        at.as_ref(),
    ];
    if let Some(revoked) = &signers.revoked {
        arguments.extend(["-r".as_ref(), revoked.as_os_str()]);
    }
    let answer = keygen(&arguments, bytes, CHECK)?;
    if answer.code == Some(0) {
        return Ok(());
    }
    if let Some(revoked) = &signers.revoked {
        // ssh-keygen does not say why; without the list it would have been another answer.
        let listed = Signers { allowed: signers.allowed.clone(), revoked: None };
        if allowed((signature, namespace, bytes), &listed, principal, time).is_ok() {
            return Err(format!("its key is revoked in {}, or that file cannot be read", revoked.display()));
        }
    }
    let said = String::from_utf8_lossy(&answer.stderr);
    Err(format!("its key is not one of {principal} in {} ({})", signers.allowed.display(), reason(&said)))
}

/// The line that says most: the last one only says that it did not verify.
fn reason(said: &str) -> String {
    let telling = said.lines().rev().find(|line| !line.contains("ould not verify") && !line.trim().is_empty());
    telling.map_or_else(|| "it is not listed there".to_owned(), |line| line.trim().to_owned())
}

fn last_line(said: &str) -> String {
    said.lines().last().unwrap_or("it said nothing").trim().to_owned()
}

/// Whether signatures can be made and checked here at all.
///
/// # Errors
/// What is missing.
pub fn is_there() -> Result<(), String> {
    which("ssh-keygen").map(|_| ()).ok_or_else(missing)
}

fn missing() -> String {
    "ssh-keygen was not found on the PATH; install the OpenSSH client".to_owned()
}

/// Asks ssh-keygen where it can ask nobody.
fn keygen(arguments: &[&OsStr], input: &[u8], limit: Duration) -> Result<Answer, String> {
    let program = which("ssh-keygen").ok_or_else(missing)?;
    let (program, mut all): (PathBuf, Vec<OsString>) = match which("setsid") {
        Some(setsid) => (setsid, vec!["--wait".into(), program.into_os_string()]),
        None => (program, Vec::new()),
    };
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let handle = duct::cmd(program, all)
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("LC_ALL", "C")
        .stdin_bytes(input)
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start()
        .map_err(|error| error.to_string())?;
    let ended = probe::wait(&handle, limit).map_err(|error| error.to_string())?;
    if let Some(output) = ended {
        return Ok(Answer { code: output.status.code(), stdout: output.stdout.clone(), stderr: output.stderr.clone() });
    }
    for pid in handle.pids() {
        super::process::signal_group(pid, Signal::KILL);
    }
    handle.kill().map_err(|error| error.to_string())?;
    Err(format!("ssh-keygen gave no answer within {} s", limit.as_secs()))
}

/// A folder that only this user can look into, gone when it is dropped.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, NotSigned> {
        let failed = |error: String| NotSigned::Failed(format!("no temporary folder: {error}"));
        let mut random = [0_u8; 12];
        getrandom::fill(&mut random).map_err(|error| failed(error.to_string()))?;
        let name = random.iter().fold("gonogo-sign-".to_owned(), |name, byte| format!("{name}{byte:02x}"));
        let folder = std::env::temp_dir().join(name);
        DirBuilder::new().mode(0o700).create(&folder).map_err(|error| failed(error.to_string()))?;
        Ok(Scratch { folder })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, NotSigned> {
        let path = self.folder.join(name);
        let written: io::Result<()> = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut f| f.write_all(bytes));
        written.map_err(|error| NotSigned::Failed(format!("cannot write {}: {error}", path.display())))?;
        Ok(path)
    }

    fn key(&self, key: &Key) -> Result<PathBuf, NotSigned> {
        match &key.line {
            Some(line) => self.write("key.pub", format!("{line}\n").as_bytes()),
            None => Ok(key.file.clone()),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing secret is in it; who cannot remove it leaves a folder behind.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::sshsig::STATEMENT;

    fn key(folder: &Path, name: &str, kind: &str, passphrase: &str) -> Key {
        let file = folder.join(name);
        let path = file.to_string_lossy().into_owned();
        let bits = if kind == "rsa" { "3072" } else { "256" };
        let made = probe::ask(
            "ssh-keygen",
            &["-q", "-t", kind, "-b", bits, "-N", passphrase, "-C", name, "-f", &path],
            Duration::from_mins(1),
        );
        assert_eq!(made.unwrap().code, Some(0));
        Key::read(&file).unwrap()
    }

    #[test]
    fn every_kind_of_key_signs_and_a_changed_word_does_not_hold() {
        let folder = tempfile::tempdir().unwrap();
        for kind in ["ed25519", "ecdsa", "rsa"] {
            let key = key(folder.path(), kind, kind, "");
            let signature = sign(&key, STATEMENT, b"yes\n").unwrap();
            let read = holds(&signature, STATEMENT, b"yes\n").unwrap();
            assert_eq!(read.fingerprint(), key.fingerprint);
            assert!(holds(&signature, STATEMENT, b"yes").is_err(), "a line end is signed too");
            assert!(holds(&signature, "gonogo-export-v1", b"yes\n").unwrap_err().contains("gonogo-v1"));
        }
    }

    #[test]
    fn a_locked_key_says_so_at_once_and_an_unknown_file_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let locked = key(folder.path(), "locked", "ed25519", "open sesame");
        assert_eq!(sign(&locked, STATEMENT, b"x"), Err(NotSigned::Locked));
        let none = Key::read(&folder.path().join("none")).unwrap_err();
        assert!(none.contains("is no SSH key"), "{none}");
    }

    #[test]
    fn only_listed_keys_are_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let (alice, bob) = (key(folder.path(), "alice", "ed25519", ""), key(folder.path(), "bob", "ed25519", ""));
        let public = |key: &Key| fs::read_to_string(key.file.with_extension("pub")).unwrap();
        let words = |key: &Key| public(key).split(' ').take(2).collect::<Vec<_>>().join(" ");
        let allowed_file = folder.path().join("signers");
        let list = format!(
            "alice@example.org namespaces=\"gonogo-v1\" {}\nbob@example.org valid-before=\"20200101Z\" {}\n",
            words(&alice),
            words(&bob)
        );
        fs::write(&allowed_file, list).unwrap();
        let signers = Signers { allowed: allowed_file, revoked: None };
        let now: DateTime<Utc> = "2026-11-21T02:14:07Z".parse().unwrap();
        let (by_alice, by_bob) = (sign(&alice, STATEMENT, b"x").unwrap(), sign(&bob, STATEMENT, b"x").unwrap());
        let ask = |signature: &str, who: &str, at| allowed((signature, STATEMENT, b"x"), &signers, who, at);
        assert_eq!(ask(&by_alice, "alice@example.org", now), Ok(()));
        assert!(ask(&by_alice, "bob@example.org", now).is_err(), "another person");
        assert!(ask(&by_bob, "alice@example.org", now).is_err(), "another key");
        assert!(ask(&by_bob, "bob@example.org", now).unwrap_err().contains("expired"));
        assert_eq!(ask(&by_bob, "bob@example.org", "2019-06-01T00:00:00Z".parse().unwrap()), Ok(()));
        let exported = sign(&alice, "gonogo-export-v1", b"x").unwrap();
        let wrong = allowed((&exported, "gonogo-export-v1", b"x"), &signers, "alice@example.org", now);
        assert!(wrong.is_err(), "the key is listed for statements only");
    }

    #[test]
    fn no_flipped_bit_of_text_or_signature_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let key = key(folder.path(), "k", "ed25519", "");
        let armor = sign(&key, STATEMENT, b"go").unwrap();
        // The version alone is not signed and OpenSSH takes 0 for 1: every flip of the head is refused before it is asked.
        let body: String = armor.lines().filter(|line| !line.starts_with('-')).collect();
        let bytes = crate::run::base64::decode(&body).unwrap();
        for bit in 0..10 * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let armor = format!(
                "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
                crate::run::base64::encode(&flipped)
            );
            assert!(Sshsig::read(&armor).is_err(), "bit {bit}");
        }
        let mut longer = bytes;
        longer.push(0);
        let armor = format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            crate::run::base64::encode(&longer)
        );
        assert_eq!(Sshsig::read(&armor).unwrap_err(), "bytes follow its end");
    }
}
