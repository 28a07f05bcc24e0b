//! What can be walked: unfinished runs, and the runbooks below a folder.

use super::load;
use super::runs;
use crate::journal::{Journal, RunRow};
use crate::tui::PickItem;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep folders are searched.
const DEEPEST: usize = 6;
/// How many documents are looked at.
const MOST: usize = 300;
/// Larger documents are listed only when they are named, in bytes.
const LARGEST: u64 = 1 << 20;

/// Runbooks below `folder` and unfinished runs, these first.
#[must_use]
pub fn items(folder: &Path, journal: Option<&Journal>) -> Vec<PickItem> {
    let rows = journal.and_then(|journal| journal.runs(200).ok()).unwrap_or_default();
    let mut items: Vec<PickItem> = rows
        .iter()
        .filter(|row| row.closed.is_none())
        .map(|row| PickItem::Run { id: row.run.0.clone(), title: row.title.clone(), about: about(journal, row) })
        .collect();
    let newest: BTreeMap<_, _> = rows.iter().rev().map(|row| (row.runbook, row)).collect();
    for path in documents(folder) {
        let Ok(loaded) = load::load(&path) else { continue };
        let book = &loaded.book;
        let steps = book.walk().filter(|(_, step)| step.is_leaf()).count();
        if steps == 0 {
            continue;
        }
        let phases = book.phases.iter().filter(|phase| phase.is_walked()).count();
        let last = newest.get(&book.source.sha256).map(|row| about(journal, row)).unwrap_or_default();
        items.push(PickItem::Runbook { path, title: book.title.clone(), phases, steps, last });
    }
    items.push(PickItem::Demo);
    items
}

fn about(journal: Option<&Journal>, row: &RunRow) -> String {
    let standing = match (&row.closed, journal) {
        (Some(closed), _) => (closed.verdict.clone(), closed.percent),
        (None, Some(journal)) => runs::standing(journal, row),
        (None, None) => (String::new(), None),
    };
    let percent = standing.1.map(|percent| format!(" {percent} %")).unwrap_or_default();
    let at = row.opened.format("%Y-%m-%d %H:%MZ");
    format!("{}{percent}, {}, {at}", standing.0, row.operator)
}

/// Markdown files below a folder, sorted by path. Hidden folders and those of package managers are left out.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Ok(kind) = entry.file_type() else { continue };
            let hidden = name.to_string_lossy().starts_with('.');
            let foreign = ["node_modules", "target", "vendor"].iter().any(|other| name == *other);
            if kind.is_dir() && depth < DEEPEST && !hidden && !foreign {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() && is_document(&entry.path()) && found.len() < MOST {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    let here = Path::new(".");
    found.into_iter().map(|path| path.strip_prefix(here).map(Path::to_owned).unwrap_or(path)).collect()
}

fn is_document(path: &Path) -> bool {
    let markdown = path.extension().is_some_and(|kind| ["md", "markdown", "mdx"].iter().any(|known| kind == *known));
    markdown && fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST)
}

#[cfg(test)]
mod tests {
    use super::documents;
    use std::fs;

    #[test]
    fn markdown_is_found_and_foreign_folders_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["b.md", "a/deep/x.markdown", "node_modules/y.md", ".git/z.md", "notes.txt"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "# x").unwrap();
        }
        let found = documents(folder.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a/deep/x.markdown", "b.md"]);
    }
}
