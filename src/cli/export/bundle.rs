//! A bundle on the disk: a folder or a tar, whole or not at all, its list of files signed when there is a key.

use super::super::args::RecordFormat;
use super::super::exit::Failure;
use super::super::record::replace;
use super::super::statement::asking;
use super::warn_of_size;
use crate::at_once::both;
use crate::audit::bundle::{self, Files, tar};
use crate::exec::sign;
use crate::run::event::RunId;
use crate::run::sshsig::EXPORT;
use crate::session::Identity;
use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Mutex;

/// Writes the bundle of a run.
pub(super) fn write(
    run: &RunId,
    mut files: Files<'_>,
    to: &Path,
    identity: &Identity,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let key = match &identity.key {
        Some(key) => match sign::sign_asking(key, EXPORT, &files[bundle::SUMS], asking(Some(key))) {
            Ok(signature) => {
                files.insert(bundle::SUMS_SIGNATURE.to_owned(), signature.into_bytes().into());
                Some(key.fingerprint.clone())
            }
            Err(error) => {
                writeln!(out, "warning: the list of files is not signed: {error}")?;
                None
            }
        },
        None => None,
    };
    let (run, shown, count) = (run.short(), to.display(), files.len());
    if to.extension().is_some_and(|kind| kind == "tar") {
        let folder = format!("gonogo-{run}");
        replace(to, &tar::write(&folder, &files))?;
        writeln!(out, "run {run} is written to {shown}, {count} files that unpack into {folder}/")?;
    } else {
        write_folder(&files, to)?;
        writeln!(out, "run {run} is written to {shown}, {count} files")?;
    }
    writeln!(out, "VERIFY.md in it says how to check it")?;
    match key {
        Some(key) => writeln!(out, "its list of files is signed with {key} as {}", identity.principal)?,
        None => writeln!(out, "its list of files is not signed (no key)")?,
    }
    warn_of_size(RecordFormat::Bundle, files.values().map(|bytes| bytes.len() as u64).sum(), out)
}

/// Writes a new folder beside its place and moves it there: whole or not at all.
fn write_folder(files: &Files<'_>, to: &Path) -> Result<(), Failure> {
    let shown = to.display();
    let cannot = |error: std::io::Error| Failure::system(format!("cannot write {shown}: {error}"));
    if to.exists() {
        return Err(Failure::usage(format!("{shown} is there already; name a new folder")));
    }
    let name = to.file_name().ok_or_else(|| Failure::usage(format!("{shown} names no folder")))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let part = to.with_file_name(beside);
    let done = fill(&part, files).and_then(|()| fs::rename(&part, to));
    if done.is_err() {
        // What is half written helps nobody; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_dir_all(&part);
    }
    done.map_err(cannot)
}

/// Writes the files into a new folder, two at a time: most of the work is the system's.
fn fill(folder: &Path, files: &Files<'_>) -> io::Result<()> {
    fs::create_dir(folder)?;
    let inner: BTreeSet<&str> = files.keys().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
    inner.into_iter().try_for_each(|inner| fs::create_dir(folder.join(inner)))?;
    let left = Mutex::new(files.iter());
    let next = || left.lock().expect("nothing fails while it is locked").next();
    let write = || -> io::Result<()> {
        while let Some((name, bytes)) = next() {
            let mut file = File::create_new(folder.join(name))?;
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(0o644))?;
        }
        Ok(())
    };
    let (beside, here) = both(write, write);
    beside.and(here)
}
