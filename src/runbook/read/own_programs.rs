//! Programs that only this document knows: a word that no list knows, and that begins several blocks without a language.
//!
//! What is printed or set in such blocks begins alike at times, so one of the blocks has to give the word options, and
//! none may go on as a table, a sentence or a setting does.

use super::blocks::{Kind, Piece};
use crate::runbook::Form;
use crate::runbook::code;
use std::collections::{BTreeMap, BTreeSet};

/// So many blocks begin with it.
const BLOCKS: usize = 3;

/// The names of such programs.
#[must_use]
pub fn own_programs(pieces: &[Piece]) -> BTreeSet<String> {
    let mut found: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for piece in pieces {
        let Kind::Code(block) = &piece.kind else { continue };
        if !block.info.trim().is_empty() || !matches!(block.form, Form::Fence | Form::Indented) {
            continue;
        }
        let first = block.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
        if let Some(name) = first.split_whitespace().next().filter(|name| is_name(name)) {
            let (count, has_options) = found.entry(name).or_default();
            *count += 1;
            *has_options |= first.split_whitespace().skip(1).any(is_option);
        }
    }
    let is_program = |(count, has_options): &(usize, bool)| *count >= BLOCKS && *has_options;
    found.into_iter().filter(|(_, seen)| is_program(seen)).map(|(name, _)| name.to_owned()).collect()
}

/// `harbour-cloud`, `cf`: small letters, digits and dashes, and no program that is known anyway.
fn is_name(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    word.len() > 1
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && !word.ends_with(['-', '_'])
        && word.bytes().all(is_plain)
        && !code::begins_with_program(word)
}

/// `--limit`.
fn is_option(word: &str) -> bool {
    word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
}
