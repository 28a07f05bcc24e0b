//! What can be walked: unfinished runs, and the runbooks below a folder.

use super::config::Config;
use super::load;
use super::runs::Books;
use super::{plan, runs};
use crate::journal::{Journal, RunRow};
use crate::runbook::{Runbook, Step};
use crate::tui::{PickAbout, PickItem};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How many documents are looked at.
const MOST: usize = 300;
/// Larger documents are listed only when they are named, in bytes.
const LARGEST: u64 = 1 << 20;

/// Where runbooks are looked for.
#[derive(Debug, Clone)]
pub struct Search {
    pub folders: Vec<PathBuf>,
    /// Names of folders that are left out; hidden ones always are.
    pub ignore: Vec<String>,
    pub max_depth: usize,
}

impl Search {
    /// A folder, and those of the configuration.
    #[must_use]
    pub fn new(folder: &Path, config: &Config) -> Self {
        let also = config.list("runbooks.paths").into_iter().map(PathBuf::from);
        let folders = [folder.to_owned()].into_iter().chain(also).collect();
        Search { folders, ignore: config.list("runbooks.ignore"), max_depth: config.number("runbooks.max_depth") }
    }
}

/// Runbooks that are found and unfinished runs, these first.
#[must_use]
pub fn items(search: &Search, journal: Option<&Journal>) -> Vec<PickItem> {
    let rows = journal.and_then(|journal| journal.runs(200).ok()).unwrap_or_default();
    let mut books = Books::default();
    let mut about = |row: &RunRow| about(journal, row, &mut books);
    let mut items: Vec<PickItem> = rows
        .iter()
        .filter(|row| row.closed.is_none())
        .map(|row| PickItem::Run { id: row.run.0.clone(), title: row.title.clone(), about: about(row) })
        .collect();
    let newest: BTreeMap<_, _> = rows.iter().rev().map(|row| (row.runbook, row)).collect();
    for path in documents(search) {
        let Ok(loaded) = load::load(&path) else { continue };
        let book = &loaded.book;
        let steps = book.walk().filter(|(_, step)| step.is_leaf()).count();
        if steps == 0 {
            continue;
        }
        let phases = book.phases.iter().filter(|phase| phase.is_walked()).count();
        let last = newest.get(&book.source.sha256).map(|row| about(row)).unwrap_or_default();
        let about = PickAbout { problems: problems(book), preview: preview(book) };
        items.push(PickItem::Runbook { path, title: book.title.clone(), phases, steps, last, about });
    }
    items.push(PickItem::Demo);
    items
}

/// What `gonogo check` would say, in a clause.
fn problems(book: &Runbook) -> String {
    let (errors, warnings, hints) = plan::count(&book.problems);
    let some =
        [(errors, "error"), (warnings, "warning"), (hints, "hint")].into_iter().filter(|(number, _)| *number > 0);
    let some: Vec<String> = some
        .map(|(number, noun)| if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") })
        .collect();
    if some.is_empty() { "no problems".to_owned() } else { some.join(", ") }
}

/// The phases that are walked, and how many steps each has.
fn preview(book: &Runbook) -> Vec<String> {
    let walked = book.phases.iter().filter(|phase| phase.is_walked());
    walked
        .map(|phase| {
            let steps = phase.steps.iter().flat_map(Step::subtree).filter(|step| step.is_leaf()).count();
            format!("{} {} ({steps})", phase.number, phase.title)
        })
        .collect()
}

fn about(journal: Option<&Journal>, row: &RunRow, books: &mut Books) -> String {
    let standing = match (&row.closed, journal) {
        (Some(closed), _) => (closed.verdict.clone(), closed.percent),
        (None, Some(journal)) => runs::standing(journal, row, books),
        (None, None) => (String::new(), None),
    };
    let percent = standing.1.map(|percent| format!(" {percent} %")).unwrap_or_default();
    let at = row.opened.format("%Y-%m-%d %H:%MZ");
    format!("{}{percent}, {}, {at}", standing.0, row.operator)
}

/// Markdown files below a folder, sorted by path. Hidden folders and those of package managers are left out.
pub fn documents(search: &Search) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<(PathBuf, usize)> = search.folders.iter().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Ok(kind) = entry.file_type() else { continue };
            let hidden = name.to_string_lossy().starts_with('.');
            let foreign = search.ignore.iter().any(|other| name == other.as_str());
            if kind.is_dir() && depth < search.max_depth && !hidden && !foreign {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file() && is_document(&entry.path()) && found.len() < MOST {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    let here = Path::new(".");
    let mut found: Vec<PathBuf> =
        found.into_iter().map(|path| path.strip_prefix(here).map(Path::to_owned).unwrap_or(path)).collect();
    found.dedup();
    found
}

fn is_document(path: &Path) -> bool {
    let markdown = path.extension().is_some_and(|kind| ["md", "markdown", "mdx"].iter().any(|known| kind == *known));
    markdown && fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST)
}

#[cfg(test)]
mod tests {
    use super::{Search, documents};
    use std::fs;

    #[test]
    fn markdown_is_found_and_foreign_folders_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["b.md", "a/deep/x.markdown", "node_modules/y.md", ".git/z.md", "notes.txt"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "# x").unwrap();
        }
        let ignore = vec!["node_modules".to_owned()];
        let search = Search { folders: vec![folder.path().to_owned()], ignore, max_depth: 6 };
        let found = documents(&search);
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string()).collect();
        assert_eq!(names, ["a/deep/x.markdown", "b.md"]);
    }
}
