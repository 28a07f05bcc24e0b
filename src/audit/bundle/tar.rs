//! A deterministic tar (POSIX.1-1988 ustar): sorted names, no times, no owners, mode 0644. Reading takes that form back and
//! nothing else, so that nothing in it can lead anywhere: no links, no paths upwards, no extensions.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;

const BLOCK: usize = 512;

/// Files by their path; large ones are borrowed from where they are kept.
pub type Files<'a> = BTreeMap<String, Cow<'a, [u8]>>;

/// Writes an archive that unpacks into one folder of this name, so that nothing lands among other files.
#[must_use]
pub fn write(folder: &str, files: &Files<'_>) -> Vec<u8> {
    let bytes: usize = files.values().map(|bytes| bytes.len().next_multiple_of(BLOCK) + BLOCK).sum();
    let mut tar = Vec::with_capacity(bytes + 2 * BLOCK);
    for (name, bytes) in files {
        tar.extend(header(&format!("{folder}/{name}"), bytes.len()));
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    tar
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Reads an archive that [`write()`] could have written, up to `most` files; whoever hands it over limits its bytes. Files
/// without a folder around them are read as well.
///
/// # Errors
/// What is wrong with it, in a clause.
pub fn read(mut tar: impl Read, most: usize) -> Result<Files<'static>, String> {
    let mut files = Files::new();
    let mut block = [0; BLOCK];
    loop {
        tar.read_exact(&mut block).map_err(|_| "it is cut off")?;
        if block.iter().all(|byte| *byte == 0) {
            let mut end = Vec::with_capacity(BLOCK);
            let read = tar.take(BLOCK as u64 + 1).read_to_end(&mut end);
            let ends = read.is_ok() && end == [0; BLOCK];
            return if ends { unwrapped(files) } else { Err("it does not end like an archive".to_owned()) };
        }
        if files.len() >= most {
            return Err(format!("it has more than {most} files"));
        }
        let name = block[..100].split(|byte| *byte == 0).next().and_then(|name| std::str::from_utf8(name).ok());
        let name = name.filter(|name| stays(name, 3)).ok_or("a name in it is not one of a bundle")?;
        let size = std::str::from_utf8(&block[124..135]).ok().and_then(|size| usize::from_str_radix(size, 8).ok());
        let size = size.ok_or("a size in it is none")?;
        if header(name, size) != block {
            return Err(format!("{name} is not a plain file as gonogo writes it (a link, a device, an owner, a time)"));
        }
        let padding = size.checked_next_multiple_of(BLOCK).ok_or("a size in it is none")? - size;
        // A size that is only claimed takes no memory: it grows with what is there.
        let mut content = Vec::new();
        tar.by_ref().take(size as u64).read_to_end(&mut content).map_err(|_| "it cannot be read")?;
        let mut behind = [0; BLOCK];
        tar.read_exact(&mut behind[..padding]).map_err(|_| "it is cut off")?;
        if content.len() < size {
            return Err("it is cut off".to_owned());
        }
        if behind[..padding].iter().any(|byte| *byte != 0) {
            return Err(format!("something is hidden behind {name}"));
        }
        if files.last_key_value().is_some_and(|(last, _)| last.as_str() >= name) {
            return Err(format!("{name} stands twice or out of order"));
        }
        files.insert(name.to_owned(), Cow::Owned(content));
    }
}

/// The files without the folder that all of them lie in.
fn unwrapped(files: Files<'static>) -> Result<Files<'static>, String> {
    let top = files.keys().next().and_then(|name| name.split_once('/')).map(|(top, _)| format!("{top}/"));
    let files = match top {
        Some(top) if files.keys().all(|name| name.starts_with(&top)) => {
            files.into_iter().map(|(name, bytes)| (name[top.len()..].to_owned(), bytes)).collect()
        }
        Some(_) | None => files,
    };
    match files.keys().find(|name| !is_harmless(name)) {
        None => Ok(files),
        Some(name) => Err(format!("{name} is not the name of a file of a bundle")),
    }
}

/// Whether a path stays where it is put: letters, digits and `._-`, at most one folder deep.
#[must_use]
pub fn is_harmless(name: &str) -> bool {
    stays(name, 2)
}

fn stays(name: &str, parts: usize) -> bool {
    let fits = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    name.len() < 100 && name.split('/').count() <= parts && name.split('/').all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let files = Files::from([
            ("a.txt".to_owned(), Cow::Borrowed(b"one".as_slice())),
            ("b/c".to_owned(), Cow::Owned(vec![7; 1024])),
        ]);
        let tar = write("run-1", &files);
        assert_eq!(read(tar.as_slice(), 10).as_ref(), Ok(&files));
        assert_eq!(tar.len() % BLOCK, 0);
        for (at, byte) in [(0, b'/'), (0, b'.'), (100, b'4'), (136, b'1'), (156, b'2'), (515, 1), (600, 9)] {
            let mut other = tar.clone();
            other[at] = byte;
            assert!(read(other.as_slice(), 10).is_err(), "byte {at}");
        }
        assert!(
            read(tar.as_slice(), 1).is_err() && read(&tar[..BLOCK * 2], 10).is_err() && read(&b""[..], 10).is_err()
        );
        assert!(read([tar.clone(), vec![0; BLOCK]].concat().as_slice(), 10).is_err());
    }

    /// An archive of these names, as they stand.
    fn archive(names: &[&str]) -> Vec<u8> {
        let mut tar: Vec<u8> = names.iter().flat_map(|name| header(name, 0)).collect();
        tar.resize(tar.len() + 2 * BLOCK, 0);
        tar
    }

    #[test]
    fn one_folder_may_stand_around_all_and_around_some_it_is_refused() {
        let names = |tar: &[u8]| read(tar, 10).map(|files| files.into_keys().collect::<Vec<_>>());
        for tar in [archive(&["a", "b/c"]), archive(&["x/a", "x/b/c"])] {
            assert_eq!(names(&tar), Ok(vec!["a".to_owned(), "b/c".to_owned()]));
        }
        for tar in [archive(&["x/a", "y/b/c"]), archive(&["a", "x/b/c"]), archive(&["w/x/b/c"])] {
            assert!(names(&tar).is_err());
        }
    }

    #[test]
    fn no_name_leads_anywhere() {
        for name in ["", "/etc/passwd", "../x", "a/../b", "a/b/c", "a//b", ".x", "a\\b", "a b", "é", "a/.."] {
            assert!(!is_harmless(name), "{name}");
        }
        assert!(is_harmless("statements/0012.txt.sig"));
    }
}
