//! A bundle on the disk: a folder or a tar, whole or not at all, its list of files signed when there is a key.

use super::super::args::{Common, RecordFormat};
use super::super::environment::Environment;
use super::super::exit::{Exit, Failure};
use super::super::record::replace;
use super::super::statement::asking;
use super::warn_of_size;
use crate::audit::Checked;
use crate::audit::bundle::{self, Files, tar};
use crate::exec::sign;
use crate::run::sshsig::EXPORT;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Writes the bundle of a run.
pub(super) fn write(
    checked: &Checked,
    to: &Path,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut files = bundle::files(checked);
    let identity = env.wanted(common).find(&env.who(common).answer()?).map_err(Failure::usage)?;
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
    let (run, shown, count) = (checked.run.id.short(), to.display(), files.len());
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
    warn_of_size(RecordFormat::Bundle, files.values().map(|bytes| bytes.len() as u64).sum(), out)?;
    Ok(Exit::Success)
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
    let write = || -> std::io::Result<()> {
        fs::create_dir(&part)?;
        let mut folders = BTreeSet::new();
        for (name, bytes) in files {
            let path = part.join(name);
            if let Some(folder) = path.parent().map(Path::to_owned).filter(|folder| !folders.contains(folder)) {
                fs::create_dir_all(&folder)?;
                folders.insert(folder);
            }
            fs::write(&path, bytes)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
        fs::rename(&part, to)
    };
    let done = write();
    if done.is_err() {
        // What is half written helps nobody; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_dir_all(&part);
    }
    done.map_err(cannot)
}
