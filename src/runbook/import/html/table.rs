//! Tables of data; a table that only places things on the page is none.

use super::block::cell;
use super::inline;
use super::tree::Element;
use crate::runbook::import::markdown::guarded;

/// Cells of a hostile table, at the most; wider or longer ones are read as blocks.
const MOST_COLUMNS: usize = 60;

/// Writes a table with its first row as header; `None` for one that holds lists, code or headings, or is no grid.
#[must_use]
pub fn write(table: &Element) -> Option<String> {
    let mut rows = Vec::new();
    collect(table, &mut rows);
    rows.retain(|row: &Vec<&Element>| !row.is_empty());
    let is_layout = |cell: &&Element| cell.find(&|inner| LAYOUT.contains(&inner.name.as_str())).is_some();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if !(2..=MOST_COLUMNS).contains(&width) || rows.len() < 2 || rows.iter().flatten().any(is_layout) {
        return None;
    }
    let mut lines: Vec<String> = rows.iter().map(|row| line(row.iter().map(|element| cell(element)), width)).collect();
    lines.insert(1, line(std::iter::repeat_n("---".to_owned(), width), width));
    let caption = table.elements().find(|element| element.name == "caption").map(inline::line);
    let above = caption.filter(|words| !words.is_empty()).map(|words| format!("{}\n\n", guarded(&words)));
    Some(above.unwrap_or_default() + &lines.join("\n"))
}

const LAYOUT: [&str; 11] = ["pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"];

fn collect<'e>(element: &'e Element, rows: &mut Vec<Vec<&'e Element>>) {
    for child in element.elements() {
        match child.name.as_str() {
            "tr" => rows.push(child.elements().filter(|cell| matches!(cell.name.as_str(), "td" | "th")).collect()),
            "thead" | "tbody" | "tfoot" => collect(child, rows),
            _ => {}
        }
    }
}

fn line(cells: impl Iterator<Item = String>, width: usize) -> String {
    let mut cells: Vec<String> = cells.collect();
    cells.resize(width, String::new());
    format!("| {} |", cells.join(" | "))
}
