//! Rows of a step table become steps; any other table is prose.

use super::blocks::{Kind, Row};
use super::body::Unit;
use super::inline::{CodeSpan, Inline};
use super::judge::Place;
use super::steps::{Walk, Workshop, settle};
use super::tables::{self, Columns};
use super::{claim, estimate, inline_code, label, prose, title};
use crate::runbook::{Block, Expected, ExpectedForm, Form, Quote, Role};

/// Takes a table at its place in a body.
pub fn take(shop: &mut Workshop<'_, '_>, at: usize, unit: Unit, role: Role, walk: &mut Walk) {
    let piece = &shop.pieces[at];
    let Kind::Table(table) = &piece.kind else {
        return;
    };
    let columns = tables::columns(table).filter(|_| unit == Unit::Table);
    let Some(columns) = columns else {
        let quote = prose::quote(shop.text, shop.lines, piece.span.clone());
        walk.put_block_prose(quote);
        return;
    };
    let (header, rows) = (table.header.clone(), table.rows.clone());
    for row in &rows {
        if let Some(mut step) = step_of(shop, row, columns, role) {
            let beside = beside(&header, row, columns);
            if !beside.is_empty() {
                step.blocks.insert(0, Block::Prose(Quote { line: row.line, text: beside }));
            }
            walk.push_step(step);
        }
    }
}

/// What the columns say that have no meaning of their own, and where the row's links lead.
fn beside(header: &[Inline], row: &Row, columns: Columns) -> String {
    let Columns { step, number, command, expected, status, owner, time } = columns;
    let known = [Some(step), number, command, expected, status, owner, time];
    let told = header.iter().zip(&row.cells).enumerate().filter(|(at, _)| !known.contains(&Some(*at)));
    let mut parts: Vec<String> = told
        .filter(|(_, (name, cell))| !name.is_empty() && !cell.is_empty())
        .map(|(_, (name, cell))| format!("**{}:** {}", name.text.trim(), cell.text.trim()))
        .collect();
    let links = row.cells.iter().enumerate().filter(|(at, _)| *at != step).flat_map(|(_, cell)| cell.links().to_vec());
    parts.push(links.collect::<Vec<_>>().join(" · "));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn step_of(shop: &mut Workshop<'_, '_>, row: &Row, columns: Columns, role: Role) -> Option<crate::runbook::Step> {
    let cell = row.cells.get(columns.step).filter(|cell| !cell.is_empty())?;
    let mut title = title::of_item(cell);
    let value = |column: Option<usize>| column.and_then(|at| row.cells.get(at)).filter(|cell| !cell.is_empty());
    title.owner = title.owner.or_else(|| value(columns.owner).and_then(|cell| label::owner(&cell.text)));
    title.estimate_s = title.estimate_s.or_else(|| value(columns.time).and_then(|cell| estimate::duration(&cell.text)));
    title.claim = title
        .task
        .and_then(claim::of_box)
        .or_else(|| value(columns.status).and_then(|cell| claim::of_words(&cell.text)));
    let rest = prose::behind_title(cell, std::mem::take(&mut title.note));
    let mut step = shop.new_step(title, row.line, row.span.clone());
    if !rest.is_empty() {
        step.blocks.push(Block::Prose(Quote { line: row.line, text: rest }));
    }
    let expected = value(columns.expected).map(|cell| cell.text.trim().to_owned());
    let title = step.title.clone();
    let place = Place { title: &title, lead_in: "", role, follows_command: false };
    let source = value(columns.command).map_or(cell, |cell| cell);
    let spans: Vec<&CodeSpan> = match columns.command {
        Some(_) => source.codes().iter().collect(),
        None => inline_code::command_in(source).into_iter().collect(),
    };
    let texts: Vec<String> = spans.iter().map(|span| source.text[span.range.clone()].to_owned()).collect();
    for text in texts {
        let mut command = shop.judge.inline(&text, Form::Inline, row.line, &row.span, place);
        if command.usage.is_offered() {
            command.expected = command
                .expected
                .take()
                .or_else(|| expected.clone().map(|text| Expected { line: row.line, text, form: ExpectedForm::Column }));
            step.blocks.push(Block::Command(command));
        }
    }
    if let Some(text) = expected.filter(|_| step.commands().next().is_none()) {
        step.criteria.push(Quote { line: row.line, text });
    }
    settle(&mut step, role);
    Some(step)
}
