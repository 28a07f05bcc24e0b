//! The journal's place on disk: whose it is, who may touch it, and the spare room kept for a full disk.
//!
//! It never opens an existing journal file itself: closing any descriptor of it would drop the locks that SQLite holds
//! (sqlite.org/howtocorrupt.html).

use crate::journal::{Cause, Fault};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Where a journal lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// A file whose folder's path has no symbolic links.
    File(Kept),
    /// In this process only, under this name.
    Memory(String),
}

/// A file, as it was found when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub path: PathBuf,
    /// What it is stored on, as far as the system tells.
    pub storage: Storage,
    /// Device and inode: which file it was.
    was: Option<(u64, u64)>,
}

impl Kept {
    pub fn on(path: PathBuf, storage: Storage) -> Self {
        let was = which(&path);
        Kept { path, storage, was }
    }
}

/// Device and inode of a file; `None` where there is none.
fn which(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// What a file system promises about locks and shared memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A write-ahead log works.
    Local,
    /// A network share: a write-ahead log needs memory that all readers share, so a rollback journal is used, and two hosts
    /// must not record at the same time.
    Network,
}

/// Spare room in bytes that is given up when the disk is full.
const BALLAST: usize = 1024 * 1024;

impl Location {
    /// A file, with what it is stored on as far as the system tells.
    pub fn file(path: PathBuf) -> Self {
        let storage = storage(&path);
        Location::File(Kept::on(path, storage))
    }

    /// What it is stored on.
    pub fn storage(&self) -> Storage {
        match self {
            Location::File(kept) => kept.storage,
            Location::Memory(_) => Storage::Local,
        }
    }

    /// Demands that the file is still where it was opened. Of one that was moved, SQLite goes on writing a log that lies
    /// beside another file by now, and both are lost (sqlite.org/howtocorrupt.html, 4.2).
    pub fn check_in_place(&self) -> Result<(), Cause> {
        match self {
            Location::File(kept) if which(&kept.path) != kept.was => Err(Cause::Replaced),
            Location::File(_) | Location::Memory(_) => Ok(()),
        }
    }

    /// What faults name.
    pub fn path(&self) -> &Path {
        match self {
            Location::File(kept) => &kept.path,
            Location::Memory(name) => Path::new(name),
        }
    }

    /// A file beside the journal, such as `journal.db-ballast`.
    pub fn beside(&self, suffix: &str) -> Option<PathBuf> {
        match self {
            Location::File(kept) => {
                let mut name = kept.path.as_os_str().to_owned();
                name.push(suffix);
                Some(PathBuf::from(name))
            }
            Location::Memory(_) => None,
        }
    }
}

/// Finds an existing journal; `None` when there is none. Nothing is created or changed.
pub(super) fn find(path: &Path) -> Result<Option<PathBuf>, Fault> {
    let Some(folder) = folder_of(path)? else {
        return Ok(None);
    };
    let path = folder.join(path.file_name().ok_or_else(|| Cause::NotAFile.at(path))?);
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_symlink() => Err(Cause::Symlink.at(&path)),
        Ok(meta) if !meta.is_file() => Err(Cause::NotAFile.at(&path)),
        // SQLite would take a file that is shorter than its smallest page for an empty one and write over it.
        Ok(meta) if (1..512).contains(&meta.len()) => Err(Cause::NotAJournal.at(&path)),
        Ok(_) => Ok(Some(path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Cause::from(error).at(&path)),
    }
}

/// The real path of the folder that holds `path`; `None` when there is no such folder.
fn folder_of(path: &Path) -> Result<Option<PathBuf>, Fault> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match fs::canonicalize(folder) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Cause::from(error).at(folder)),
    }
}

/// Demands that only the user who runs this program can change the journal, and that only they can read it.
pub(super) fn claim(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    refuse_others(folder)?;
    refuse_others(path)?;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        close_to_others(Path::new(&name))?;
    }
    Ok(())
}

fn refuse_others(path: &Path) -> Result<(), Fault> {
    let meta = fs::symlink_metadata(path).map_err(|error| Cause::from(error).at(path))?;
    if meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(Cause::Owner(meta.uid()).at(path));
    }
    if meta.mode() & 0o022 != 0 {
        return Err(Cause::Writable(meta.mode() & 0o7777).at(path));
    }
    Ok(())
}

fn close_to_others(path: &Path) -> Result<(), Fault> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() && meta.mode() & 0o077 != 0 => {
            fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(|error| Cause::from(error).at(path))
        }
        Ok(meta) if meta.is_symlink() => Err(Cause::Symlink.at(path)),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Creates an empty file for a journal, and its folder if need be, for this user alone whatever the umask. The folder is
/// synced, so that the file survives a power cut.
pub(super) fn create(path: &Path) -> Result<PathBuf, Fault> {
    let named = |error: std::io::Error| Cause::from(error).at(path);
    if folder_of(path)?.is_none() {
        let folder = path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(named)?;
        fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(named)?;
    }
    let folder = folder_of(path)?.ok_or_else(|| Cause::Missing.at(path))?;
    refuse_others(&folder)?;
    let path = folder.join(path.file_name().ok_or_else(|| Cause::NotAFile.at(path))?);
    match private(&path) {
        Ok(_) => {}
        // Another process was faster; what it made is checked like any other file.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(Cause::from(error).at(&path)),
    }
    sync_folder(&path).map_err(|cause| cause.at(&path))?;
    Ok(path)
}

/// Tells local from network storage by the magic number of statfs(2).
#[cfg(target_os = "linux")]
fn storage(path: &Path) -> Storage {
    // NFS, SMB 1 to 3, CIFS, AFS, 9P, Ceph, Coda, Lustre.
    const REMOTE: [u32; 9] =
        [0x6969, 0x517b, 0xfe53_4d42, 0xff53_4d42, 0x5346_414f, 0x0102_1997, 0x00c3_6400, 0x7375_7245, 0x0bd0_0bd0];
    match rustix::fs::statfs(path) {
        // The field's width differs between architectures; every magic number has 32 bits.
        Ok(volume) if REMOTE.iter().any(|magic| i128::from(volume.f_type) & 0xffff_ffff == i128::from(*magic)) => {
            Storage::Network
        }
        Ok(_) | Err(_) => Storage::Local,
    }
}

/// Not told apart here.
#[cfg(not(target_os = "linux"))]
fn storage(_: &Path) -> Storage {
    Storage::Local
}

/// Makes a file's name in its folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), Cause> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    Ok(File::open(folder)?.sync_all()?)
}

/// Creates a new file that only this user can read or write, following no link.
pub(super) fn private(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    // The umask may have taken the owner's own rights away.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Lays the spare room beside the journal unless it is there. Its bytes do not compress, so that they really take room.
pub(super) fn lay_ballast(at: &Location) -> Result<(), Cause> {
    let Some(path) = at.beside("-ballast") else {
        return Ok(());
    };
    let mut file = match private(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let laid = file.write_all(&noise()).and_then(|()| file.sync_all());
    if let Err(error) = laid {
        drop(file);
        fs::remove_file(&path)?;
        return Err(error.into());
    }
    Ok(())
}

/// Free space for this user on the journal's volume.
pub(super) fn free_bytes(at: &Location) -> Option<u64> {
    let volume = rustix::fs::statvfs(at.path()).ok()?;
    Some(volume.f_bavail.saturating_mul(volume.f_frsize))
}

/// Bytes of the main file, without what is only in the write-ahead log.
pub(super) fn bytes(at: &Location) -> u64 {
    fs::metadata(at.path()).map_or(0, |file| file.len())
}

/// Demands several times the spare room in free space: else starting something would only fill the disk again.
pub(super) fn check_space(at: &Location) -> Result<(), Cause> {
    if let Location::File(kept) = at {
        let volume = rustix::fs::statvfs(&kept.path).map_err(std::io::Error::from)?;
        if volume.f_bavail.saturating_mul(volume.f_frsize) < 4 * BALLAST as u64 {
            return Err(Cause::Full);
        }
    }
    Ok(())
}

fn noise() -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(BALLAST);
    while bytes.len() < BALLAST {
        // xorshift64 (Marsaglia 2003): incompressible is all that is asked.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

/// Gives the spare room up, if there is any left.
pub(super) fn drop_ballast(at: &Location) {
    if let Some(path) = at.beside("-ballast") {
        // When it is gone already there is nothing to give.
        let _ = fs::remove_file(path);
    }
}
