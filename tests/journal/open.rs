//! Opening: whose file it is, what it is, and that looking leaves nothing behind.

use crate::share::{again, worker};
use crate::skip::skip;
use crate::*;
use gonogo::journal::{Access, Cause, WhyReadOnly};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Output};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn refusal(path: &Path) -> Cause {
    let cause = Journal::open(path, Mode::ReadWrite).unwrap_err().cause;
    assert_eq!(Journal::create_or_open(path).unwrap_err().cause, cause);
    cause
}

#[test]
fn looking_creates_nothing() {
    let (folder, path) = folder();
    assert!(Journal::open(&path, Mode::ReadOnly).unwrap().is_none());
    assert!(Journal::open(&path, Mode::ReadWrite).unwrap().is_none());
    assert!(Journal::open(&folder.path().join("no/such/folder/journal.db"), Mode::ReadOnly).unwrap().is_none());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    fs::write(&path, b"").unwrap();
    assert!(Journal::open(&path, Mode::ReadOnly).unwrap().is_none(), "a crash right after creation");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    filled(&path, 1, b"ok\n");
    assert!(verify(&path).is_intact());
}

#[test]
fn a_reader_cannot_record() {
    let (_folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    let mut journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    assert_eq!(journal.access(), Access::ReadOnly(WhyReadOnly::Asked));
    let run = run_id(1);
    let refused = Cause::ReadOnly(WhyReadOnly::Asked);
    assert_eq!(journal.append(&run, 4, Needs::Nothing, &stamp(), &note("x")).unwrap_err().cause, refused);
    assert_eq!(journal.take_lease(&run, &me()).unwrap_err().cause, refused);
    assert_eq!(journal.output_writer(&run, AttemptId(1), Keep::default()).unwrap_err().cause, refused);
    assert_eq!(journal.entries(&run).unwrap().len(), 4);
}

#[test]
fn files_are_for_their_user_alone_whatever_the_umask() {
    let test = "open::files_are_for_their_user_alone_whatever_the_umask";
    if let Some((_, path)) = worker() {
        let _journal = filled(&path, 1, b"ok\n");
        for file in ["journal.db", "journal.db-wal", "journal.db-shm", "journal.db-ballast"] {
            assert_eq!(mode(&path.with_file_name(file)), 0o600, "{file}");
        }
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        return;
    }
    for umask in ["000", "022", "777"] {
        let (folder, _) = folder();
        let path = folder.path().join("state").join("journal.db");
        let worker = again(test, "worker", &path);
        let mut shell = Command::new("sh");
        shell.args(["-c", "umask $0; exec \"$@\"", umask]).arg(worker.get_program()).args(worker.get_args());
        shell.envs(worker.get_envs().map(|(name, value)| (name, value.unwrap())));
        assert!(shell.status().unwrap().success(), "umask {umask}");
    }
}

#[test]
fn what_others_can_change_is_refused() {
    let (folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    for bits in [0o620, 0o602] {
        chmod(&path, bits);
        assert_eq!(refusal(&path), Cause::Writable(bits));
    }
    chmod(&path, 0o644);
    drop(Journal::create_or_open(&path).unwrap());
    assert_eq!(mode(&path), 0o600, "what others could only read is closed to them");

    chmod(folder.path(), 0o770);
    assert_eq!(refusal(&path), Cause::Writable(0o770));
    fs::remove_file(&path).unwrap();
    let fresh = Journal::create_or_open(&path).unwrap_err();
    assert_eq!((fresh.cause, fresh.path.as_path()), (Cause::Writable(0o770), folder.path()));
    assert!(!path.exists());
}

#[test]
fn a_journal_of_another_user_can_be_read_but_not_written() {
    if !rustix::process::geteuid().is_root() {
        return skip("a_journal_of_another_user_can_be_read_but_not_written", "only root can give files away");
    }
    let (_folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    std::os::unix::fs::chown(&path, Some(4321), None).unwrap();
    assert_eq!(refusal(&path), Cause::Owner(4321));
    assert!(verify(&path).is_intact());
}

#[test]
fn links_are_not_followed() {
    let (folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    let link = folder.path().join("link.db");
    symlink(&path, &link).unwrap();
    assert_eq!(refusal(&link), Cause::Symlink);
    assert_eq!(Journal::open(&link, Mode::ReadOnly).unwrap_err().cause, Cause::Symlink);
    let dangling = folder.path().join("dangling.db");
    symlink(folder.path().join("nowhere"), &dangling).unwrap();
    assert_eq!(refusal(&dangling), Cause::Symlink);
    assert!(!folder.path().join("nowhere").exists());
    symlink("/dev/null", folder.path().join("journal.db-wal")).unwrap();
    assert_eq!(refusal(&path), Cause::Symlink);
    fs::remove_file(folder.path().join("journal.db-wal")).unwrap();

    // The folder may be reached by a link; what counts is where it is.
    let other = tempfile::tempdir().unwrap();
    symlink(folder.path(), other.path().join("state")).unwrap();
    Journal::create_or_open(&other.path().join("state/journal.db")).unwrap();
    assert_eq!(refusal(other.path()), Cause::NotAFile);
}

#[test]
fn on_a_network_share_there_is_never_a_write_ahead_log() {
    let (folder, path) = folder();
    let names = || -> Vec<String> {
        let files = fs::read_dir(folder.path()).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    };
    let no_log = |when: &str| {
        assert!(!names().iter().any(|name| name.ends_with("-wal") || name.ends_with("-shm")), "{when}: {:?}", names());
        let mode: String = stranger(&path).query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_ne!(mode, "wal", "{when}");
    };
    let share = || Journal::create_or_open_on(&path, gonogo::journal::Storage::Network).unwrap();
    let mut journal = share();
    assert_eq!(journal.storage(), gonogo::journal::Storage::Network);
    no_log("created");
    let (_, lease) = begin(&mut journal, &run_id(1));
    no_log("begun");
    journal.append(&run_id(1), 1, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap();
    let mut writer = journal.output_writer(&run_id(1), AttemptId(1), Keep { head: 10_000, tail: 7_000 }).unwrap();
    writer.write(&b"a line of output\n".repeat(400_000));
    let kept = writer.finish(0);
    no_log("output committed by its own connection");
    journal.end_attempt(&run_id(1), 2, &stamp(), &ended(1), &kept).unwrap();
    drop(journal);
    let mut again = share();
    add(&mut again, &run_id(1), &note("from another process"));
    again.reopen().unwrap();
    add(&mut again, &run_id(1), &note("after a failed write"));
    no_log("opened again");
    assert!(verify(&path).is_intact());
    drop(again);
    // A log that a local disk once had is gone with the first opening on the share.
    drop(Journal::create_or_open(&path).unwrap());
    drop(share());
    no_log("moved from a local disk");
}

/// SQLite alone would go on writing: into a file that nobody finds again, or into the log of another one.
#[test]
fn a_journal_that_was_moved_or_replaced_while_in_use_takes_nothing_more() {
    let (folder, path) = folder();
    let run = run_id(1);
    let mut journal = filled(&path, 1, b"ok\n");
    let reader = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    let aside = folder.path().join("aside.db");
    let refused = |journal: &mut Journal, when: &str| {
        let fault = journal.append(&run, 4, Needs::Nothing, &stamp(), &note("x")).unwrap_err();
        assert_eq!(fault.cause, Cause::Replaced, "{when}");
        assert_eq!(journal.output_writer(&run, AttemptId(1), Keep::default()).unwrap_err().cause, Cause::Replaced);
        assert_eq!(journal.changed().unwrap_err().cause, Cause::Replaced, "{when}");
        assert_eq!(journal.reopen().unwrap_err().cause, Cause::Replaced, "{when}");
    };
    fs::rename(&path, &aside).unwrap();
    refused(&mut journal, "moved away");
    assert_eq!(reader.changed().unwrap_err().cause, Cause::Replaced, "whoever looks on is told");
    fs::copy(&aside, &path).unwrap();
    refused(&mut journal, "a copy in its place");
    fs::remove_file(&path).unwrap();
    refused(&mut journal, "removed");
    fs::rename(&aside, &path).unwrap();
    assert_eq!(add(&mut journal, &run, &note("it is back")), 5);
    assert!(verify(&path).is_intact());
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    let (folder, path) = folder();
    for (name, bytes) in
        [("text", b"# Not a database, only a page of text that is long enough\n".repeat(40)), ("short", b"x".to_vec())]
    {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(refusal(&path), Cause::NotAJournal, "{name}");
        assert_eq!(Journal::open(&path, Mode::ReadOnly).unwrap_err().cause, Cause::NotAJournal, "{name}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
    let other = folder.path().join("places.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE moz_places(url)").unwrap();
    let before = fs::read(&other).unwrap();
    assert_eq!(refusal(&other), Cause::NotAJournal);
    assert_eq!(fs::read(&other).unwrap(), before);
    let message = Journal::create_or_open(&other).unwrap_err().to_string();
    assert_eq!(
        message,
        format!(
            "{}: is not a gonogo journal: name another file with --journal, or move this one away",
            other.display()
        )
    );
}

#[test]
fn a_journal_of_a_newer_version_is_opened_for_reading() {
    let (_folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    stranger(&path).execute_batch("PRAGMA user_version = 9; CREATE TABLE signature(x)").unwrap();
    let mut journal = Journal::create_or_open(&path).unwrap();
    assert_eq!(journal.access(), Access::ReadOnly(WhyReadOnly::Newer(9)));
    assert_eq!(journal.entries(&run_id(1)).unwrap().len(), 4);
    assert!(journal.verify_all().unwrap().is_intact());
    let refused = journal.append(&run_id(1), 4, Needs::Nothing, &stamp(), &note("x")).unwrap_err().to_string();
    assert!(
        refused.ends_with("can only be read: a newer gonogo wrote it (schema 9); use that version to record something")
    );
}

/// What version 1 wrote, in SQL: a released schema is never changed, so this file must open for ever.
#[test]
fn a_journal_of_version_1_opens() {
    let (_folder, path) = folder();
    fs::write(&path, b"").unwrap();
    chmod(&path, 0o600);
    Connection::open(&path).unwrap().execute_batch(include_str!("journal-v1.sql")).unwrap();
    let looked_at = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    assert_eq!(looked_at.verify_all().unwrap().findings, [], "whoever only looks leaves it at its version");
    drop(looked_at);
    let mut journal = Journal::create_or_open(&path).unwrap();
    let report = journal.verify_all().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!((report.runs, report.events, report.outputs), (2, 9, 2));
    assert_eq!(journal.entries(&run_id(1)).unwrap()[1].event, note("uploads are frozen"));
    assert_eq!(add(&mut journal, &run_id(2), &note("still open")), 5);
    assert!(journal.verify_all().unwrap().is_intact());
}

/// Runs this test again inside a mount namespace of its own, where `$DIR` may be mounted over; `None` where that is not
/// possible.
pub fn in_namespace(test: &str, path: &Path, script: &str) -> Option<()> {
    let output = in_namespace_as(test, "worker", path, script)?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    Some(())
}

/// The same as a worker that plays some role, whatever comes of it.
pub fn in_namespace_as(test: &str, role: &str, path: &Path, script: &str) -> Option<Output> {
    let unshare = |script: &str| {
        let worker = again(test, role, path);
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh"]);
        command.arg(worker.get_program()).args(worker.get_args());
        command.envs(worker.get_envs().map(|(name, value)| (name, value.unwrap())));
        command.env("DIR", path.parent().unwrap());
        command.output().ok()
    };
    if !unshare("mount -t tmpfs none \"$DIR\"").is_some_and(|output| output.status.success()) {
        skip(test, "mount namespaces are not to be had here");
        return None;
    }
    unshare(script)
}

#[test]
fn a_journal_on_read_only_media_can_be_read() {
    let test = "open::a_journal_on_read_only_media_can_be_read";
    if let Some((_, path)) = worker() {
        let Ok(journal) = Journal::create_or_open(&path) else {
            let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
            assert_eq!(journal.entries(&run_id(1)).unwrap().len(), 4);
            assert!(journal.verify_all().unwrap().is_intact());
            assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 2, "journal and ballast, no side files");
            return;
        };
        drop(journal);
        filled(&path, 1, b"ok\n");
        return;
    }
    let (_folder, path) = folder();
    in_namespace(
        test,
        &path,
        "mount -t tmpfs -o mode=700 none \"$DIR\"; \"$@\"; mount -o remount,ro none \"$DIR\"; \"$@\"",
    );
}

#[test]
fn changes_that_wait_in_a_log_on_read_only_media_are_not_passed_over() {
    let test = "open::changes_that_wait_in_a_log_on_read_only_media_are_not_passed_over";
    if let Some((_, path)) = worker() {
        if path.exists() {
            let refused = Journal::open(&path, Mode::ReadOnly);
            // Either SQLite can read the log without its index, or we refuse; never the old state alone.
            match refused {
                Ok(journal) => assert_eq!(journal.unwrap().entries(&run_id(1)).unwrap().len(), 4),
                Err(fault) => assert_eq!(fault.cause, Cause::UnreadableWal),
            }
            return;
        }
        let journal = filled(&path, 1, b"ok\n");
        // Ends without closing, as a killed process does.
        std::mem::forget(journal);
        return;
    }
    let (_folder, path) = folder();
    let script = "mount -t tmpfs -o mode=700 none \"$DIR\"; \"$@\"; test -s \"$DIR/journal.db-wal\"; rm -f \"$DIR/journal.db-shm\"; mount -o remount,ro none \"$DIR\"; \"$@\"";
    in_namespace(test, &path, script);
}
