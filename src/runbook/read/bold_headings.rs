//! Documents without headings: bold lines, lines that count by letters, labels above lists, or bullets above task boxes
//! take their place.

use super::blocks::{Kind, Piece};
use super::label;
use super::title;

/// Turns what stands in for headings into headings, if there are none but the title.
pub fn promote(pieces: &mut [Piece]) {
    let headings = pieces.iter().filter(|piece| piece.depth == 0 && is_heading(piece)).count();
    let has_title = pieces.iter().any(|piece| matches!(piece.kind, Kind::Heading(1)));
    if headings > usize::from(has_title) {
        return;
    }
    let lettered = lettered(pieces);
    if !lettered.is_empty() && pieces.first().is_some_and(is_title_line) {
        pieces[0].kind = Kind::Heading(1);
    }
    let bold = find(pieces, is_bold_line);
    let labels = find(pieces, is_label_above_list);
    let chosen = if !lettered.is_empty() {
        lettered
    } else if !bold.is_empty() {
        bold
    } else if !labels.is_empty() {
        labels
    } else if let Some(names) = names_above_lists(pieces).or_else(|| numbered_names(pieces)) {
        names
    } else {
        let bullets = find(pieces, is_bullet_above_boxes);
        if bullets.len() < 2 {
            return;
        }
        raise_children(pieces, &bullets);
        bullets
    };
    for at in chosen {
        pieces[at].kind = Kind::Heading(2);
        pieces[at].depth = 0;
    }
}

/// Lines that count "A. Cut the branch", "B. Open the request" through the document, or "I.", "II."; three at least.
#[must_use]
pub fn lettered(pieces: &[Piece]) -> Vec<usize> {
    let count = |sign: fn(usize) -> Option<&'static str>| {
        let mut found = Vec::new();
        for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| is_free_paragraph(piece)) {
            let text = piece.inline.text.trim();
            let rest = sign(found.len()).and_then(|sign| text.strip_prefix(sign));
            let is_next = rest.is_some_and(|rest| {
                rest.starts_with(['.', ')']) && rest[1..].trim_start().starts_with(char::is_uppercase)
            });
            if is_next && is_line(text) {
                found.push(at);
            }
        }
        found
    };
    let found =
        [count(|nth| LETTERS.get(nth..=nth)), count(|nth| ROMAN.get(nth).copied())].into_iter().max_by_key(Vec::len);
    found.filter(|found| found.len() > 2).unwrap_or_default()
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ROMAN: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// Short, and no sentence.
fn is_line(text: &str) -> bool {
    !text.contains('\n') && text.chars().count() <= 80 && !text.ends_with(['.', ';', ',', '?', '!'])
}

/// The first line of a text that has no marks for its title.
fn is_title_line(piece: &Piece) -> bool {
    let text = piece.inline.text.trim();
    is_free_paragraph(piece) && is_line(text) && !text.ends_with(':') && text.starts_with(char::is_alphanumeric)
}

fn find(pieces: &[Piece], is: fn(&[Piece], usize) -> bool) -> Vec<usize> {
    (0..pieces.len()).filter(|at| is(pieces, *at)).collect()
}

fn is_heading(piece: &Piece) -> bool {
    matches!(piece.kind, Kind::Heading(_))
}

fn is_free_paragraph(piece: &Piece) -> bool {
    matches!(piece.kind, Kind::Paragraph) && piece.depth == 0 && !piece.is_quoted
}

/// A short line all in bold with something below it.
fn is_bold_line(pieces: &[Piece], at: usize) -> bool {
    let piece = &pieces[at];
    is_free_paragraph(piece)
        && piece.inline.is_all_bold()
        && !piece.inline.text.trim().contains('\n')
        && piece.inline.text.chars().count() <= 80
        && pieces.get(at + 1).is_some_and(|next| !is_bold_paragraph(next))
}

fn is_bold_paragraph(piece: &Piece) -> bool {
    is_free_paragraph(piece) && piece.inline.is_all_bold()
}

/// `Week 1:` right above a list; no pass criteria, owner or the like.
fn is_label_above_list(pieces: &[Piece], at: usize) -> bool {
    let piece = &pieces[at];
    let text = piece.inline.text.trim();
    is_free_paragraph(piece)
        && text.ends_with([':', '：'])
        && !text.contains('\n')
        && text.chars().count() <= 60
        && !super::lead_in::counts_things(text)
        && label::split(&piece.inline).is_some_and(|(name, rest)| {
            rest.is_empty() && label::kind(name, rest).is_none_or(|kind| kind == label::Label::Action)
        })
        && pieces.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Item(_)) && next.depth == 1)
}

/// Lines of few words without any mark, each right above a list: three of them, and most of the paragraphs there are.
fn names_above_lists(pieces: &[Piece]) -> Option<Vec<usize>> {
    let names = find(pieces, is_name_above_list);
    let paragraphs = pieces.iter().filter(|piece| is_free_paragraph(piece)).count();
    (names.len() > 2 && names.len() * 3 >= paragraphs * 2).then_some(names)
}

fn is_name_above_list(pieces: &[Piece], at: usize) -> bool {
    let piece = &pieces[at];
    let text = piece.inline.text.trim();
    is_free_paragraph(piece)
        && piece.inline.codes().is_empty()
        && text.split_whitespace().count() <= 6
        && text.starts_with(char::is_alphabetic)
        && !text.starts_with(char::is_lowercase)
        && text.ends_with(|c: char| c.is_alphanumeric() || c == ')')
        && !text.contains('\n')
        && pieces.get(at + 1).is_some_and(|next| {
            matches!(next.kind, Kind::Item(_)) && next.depth == 1 && next.line == piece.line.saturating_add(1)
        })
}

/// "1) Triage" right above bullets that are not indented, and so on: names that are counted, no orders.
fn numbered_names(pieces: &[Piece]) -> Option<Vec<usize>> {
    let is_numbered = |at: usize| matches!(pieces[at].kind, Kind::Item(Some(_))) && pieces[at].depth == 1;
    let is_name = |at: usize| {
        let title = title::of_item(&pieces[at].inline).text;
        let is_bullet = |next: &Piece| matches!(next.kind, Kind::Item(None)) && next.depth == 1;
        title.split_whitespace().count() <= 4
            && !(title.contains(' ') && super::verbs::is_order(&title))
            && pieces[at].inline.codes().is_empty()
            && pieces.get(at + 1).is_some_and(is_bullet)
    };
    let numbered: Vec<usize> = (0..pieces.len()).filter(|at| is_numbered(*at)).collect();
    (numbered.len() > 1 && numbered.iter().all(|at| is_name(*at))).then_some(numbered)
}

fn is_bullet_above_boxes(pieces: &[Piece], at: usize) -> bool {
    let is_boxed = |piece: &Piece| title::split_box(piece.inline.first_line()).1.is_some();
    let piece = &pieces[at];
    matches!(piece.kind, Kind::Item(_))
        && piece.depth == 1
        && !is_boxed(piece)
        && pieces
            .get(at + 1)
            .is_some_and(|next| matches!(next.kind, Kind::Item(_)) && next.depth == 2 && is_boxed(next))
}

/// What stood under a bullet moves up with it.
fn raise_children(pieces: &mut [Piece], bullets: &[usize]) {
    let mut raising = false;
    for (at, piece) in pieces.iter_mut().enumerate() {
        if piece.depth <= 1 {
            raising = bullets.binary_search(&at).is_ok();
        } else if raising {
            piece.depth -= 1;
        }
    }
}
