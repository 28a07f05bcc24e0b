//! Opening: to look (which creates nothing) or to record, and the checks that come before either.

use crate::journal::file::{self, Kept, Location};
use crate::journal::schema::{self, Identity};
use crate::journal::{Access, Cause, Fault, Health, Journal, Storage, WhyReadOnly};
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// What a journal is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    ReadWrite,
    ReadOnly,
}

/// How SQLite is told to open the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Write,
    Read,
    /// Nobody can change the file, so no locks and no side files: read-only media.
    Frozen,
}

impl Journal {
    /// Opens the journal at `path`, or says that there is none. A journal written by a newer gonogo is opened for reading,
    /// see [`Journal::access`].
    ///
    /// # Errors
    /// When the file is not a journal, not the user's own, open to others, a symbolic link, or cannot be read.
    pub fn open(path: &Path, mode: Mode) -> Result<Option<Self>, Fault> {
        let Some(path) = file::find(path)? else {
            return Ok(None);
        };
        let opened = match mode {
            Mode::ReadWrite => {
                file::claim(&path)?;
                write(Location::file(path.clone())).map(Some)
            }
            Mode::ReadOnly => look(Location::file(path.clone()), WhyReadOnly::Asked),
        };
        opened.map_err(|cause| cause.at(&path))
    }

    /// Opens the journal at `path` for recording, and makes file and folder (for this user alone) if they are not there.
    ///
    /// # Errors
    /// As for [`Journal::open`], and when it cannot be created.
    pub fn create_or_open(path: &Path) -> Result<Self, Fault> {
        let path = prepared(path)?;
        write(Location::file(path.clone())).map_err(|cause| cause.at(&path))
    }

    /// The same as if the file were on this kind of storage, whatever the system says.
    ///
    /// # Errors
    /// As for [`Journal::create_or_open`].
    #[doc(hidden)]
    pub fn create_or_open_on(path: &Path, storage: Storage) -> Result<Self, Fault> {
        let path = prepared(path)?;
        write(Location::File(Kept::on(path.clone(), storage))).map_err(|cause| cause.at(&path))
    }

    /// A journal that lives as long as this value, for tests and demonstrations. Nothing is durable.
    ///
    /// # Errors
    /// When memory or random numbers are not to be had.
    pub fn in_memory() -> Result<Self, Fault> {
        let named = |cause: Cause| cause.at(Path::new("(memory)"));
        let number = getrandom::u64().map_err(|error| named(error.into()))?;
        write(Location::Memory(format!("gonogo-{number:016x}"))).map_err(named)
    }

    /// Opens the file anew after a write failed, so that what really reached the disk can be read again. Leases stay held.
    /// The caller then reads [`Journal::entries`] and folds from there.
    ///
    /// # Errors
    /// When the file cannot be opened or is damaged; the journal stays suspended.
    pub fn reopen(&mut self) -> Result<(), Fault> {
        let fresh = match self.access {
            Access::ReadWrite => write(self.at.clone()),
            Access::ReadOnly(why) => look(self.at.clone(), why).and_then(|fresh| fresh.ok_or(Cause::Missing)),
        };
        let checked = fresh.and_then(|fresh| {
            let verdict: String = fresh.conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            if verdict == "ok" { Ok(fresh) } else { Err(Cause::Damaged(verdict)) }
        });
        *self = self.named(checked)?;
        Ok(())
    }
}

/// The file to record in, made if it is not there, and found to be this user's alone.
fn prepared(path: &Path) -> Result<PathBuf, Fault> {
    let path = match file::find(path)? {
        Some(path) => path,
        None => file::create(path)?,
    };
    file::claim(&path)?;
    Ok(path)
}

/// A connection for recording, with every guard set.
pub(super) fn writer(at: &Location) -> Result<Connection, Cause> {
    at.check_in_place()?;
    let mut conn = connect(at, Reach::Write)?;
    if let Identity::Journal(version) = schema::identify(&conn)?
        && let Some(newer) = schema::too_new(version)
    {
        return Err(Cause::ReadOnly(newer));
    }
    if let Location::File(kept) = at {
        schema::durable(&conn, kept.storage)?;
    }
    schema::migrate(&mut conn, schema::STEPS)?;
    schema::fence(&mut conn)?;
    Ok(conn)
}

fn write(at: Location) -> Result<Journal, Cause> {
    schema::check_sqlite()?;
    let conn = match writer(&at) {
        Err(Cause::ReadOnly(why @ WhyReadOnly::Newer(_))) => {
            return look(at, why)?.ok_or(Cause::Missing);
        }
        other => other?,
    };
    let health = match file::lay_ballast(&at) {
        Ok(()) => Health::Good,
        Err(Cause::Full) => Health::Full,
        Err(other) => return Err(other),
    };
    Ok(journal(conn, at, Access::ReadWrite, health))
}

fn journal(conn: Connection, at: Location, access: Access, health: Health) -> Journal {
    let journal = Journal { conn, at, access, health: Cell::new(health), seen: Cell::new(0) };
    // What is there now is not news. A failure will show again at the first real question.
    let _ = journal.changed();
    journal
}

/// Opens for reading. A file that nothing was ever written to is no journal yet.
fn look(at: Location, why: WhyReadOnly) -> Result<Option<Journal>, Cause> {
    schema::check_sqlite()?;
    let conn = match reader(&at, Reach::Read) {
        Err(Cause::Io(_) | Cause::ReadOnly(_)) => {
            // No side files can be made here. What still waits in a write-ahead log would be missed.
            let log = at.beside("-wal").and_then(|log| std::fs::symlink_metadata(log).ok());
            if log.is_some_and(|log| log.len() > 0) {
                return Err(Cause::UnreadableWal);
            }
            reader(&at, Reach::Frozen)?
        }
        other => other?,
    };
    let why = match schema::identify(&conn)? {
        Identity::Empty => return Ok(None),
        Identity::Journal(version) => schema::too_new(version).unwrap_or(why),
    };
    Ok(Some(journal(conn, at, Access::ReadOnly(why), Health::Good)))
}

fn reader(at: &Location, reach: Reach) -> Result<Connection, Cause> {
    let mut conn = connect(at, reach)?;
    schema::identify(&conn)?;
    schema::fence(&mut conn)?;
    Ok(conn)
}

fn connect(at: &Location, reach: Reach) -> Result<Connection, Cause> {
    let access = match reach {
        Reach::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Reach::Read | Reach::Frozen => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let conn = match (at, reach) {
        (Location::File(kept), Reach::Write | Reach::Read) => {
            Connection::open_with_flags(&kept.path, flags | OpenFlags::SQLITE_OPEN_NOFOLLOW)?
        }
        (Location::File(kept), Reach::Frozen) => {
            let uri = format!("file:{}?immutable=1", escaped(&kept.path));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NOFOLLOW | OpenFlags::SQLITE_OPEN_URI)?
        }
        (Location::Memory(name), _) => {
            // A name that begins with a slash is shared between the connections of this process (sqlite.org/inmemorydb.html).
            let uri = format!("file:/{name}?vfs=memdb");
            let create = OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(uri, flags | create)?
        }
    };
    schema::guard(&conn)?;
    Ok(conn)
}

/// A path as it stands in a URI (RFC 3986): every byte that could mean something else is escaped.
fn escaped(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    path.as_os_str().as_bytes().iter().fold(String::new(), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            write!(uri, "%{byte:02X}").expect("writing to a String cannot fail");
        }
        uri
    })
}

/// Copies what is committed now into a new file. The copy is made by SQLite in one read transaction, never by reading the
/// file, which would drop its locks.
pub(super) fn backup(at: &Location, to: &Path) -> Result<(), Fault> {
    let target: PathBuf = match file::find(to)? {
        Some(path) => return Err(Cause::Exists.at(&path)),
        None => file::create(to)?,
    };
    let copied = connect(at, Reach::Read).and_then(|conn| {
        let name = target.to_str().ok_or_else(|| Cause::Io("its name is not UTF-8".into()))?;
        conn.execute("VACUUM INTO ?", [name])?;
        file::sync_folder(&target)
    });
    copied.map_err(|cause| {
        // The half-made copy is ours: it was created above.
        let _ = std::fs::remove_file(&target);
        cause.at(&target)
    })
}

#[cfg(test)]
mod tests {
    use super::{Journal, Mode, escaped};
    use std::path::Path;

    #[test]
    fn every_guard_is_set_on_an_open_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let journal = Journal::create_or_open(&path).unwrap();
        let read = |name: &str| -> String {
            let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
            journal.conn.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        let found = [
            "journal_mode",
            "synchronous",
            "foreign_keys",
            "recursive_triggers",
            "trusted_schema",
            "cell_size_check",
            "secure_delete",
            "application_id",
            "user_version",
        ]
        .map(|name| format!("{name}={}", read(name)));
        let wanted = [
            "journal_mode=wal",
            "synchronous=2",
            "foreign_keys=1",
            "recursive_triggers=1",
            "trusted_schema=0",
            "cell_size_check=1",
            "secure_delete=1",
            "application_id=1735356015",
            "user_version=2",
        ];
        assert_eq!(found, wanted);
        let reader = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
        reader.conn.execute_batch("INSERT INTO runbook VALUES (zeroblob(32), 0, x'00')").unwrap_err();
    }

    #[test]
    fn a_path_in_a_uri_means_itself() {
        assert_eq!(escaped(Path::new("/a b/c?d#e%f/é.db")), "/a%20b/c%3Fd%23e%25f/%C3%A9.db");
    }
}
