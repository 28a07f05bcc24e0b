//! What a shell makes of a text at some place: quotes and here-documents (POSIX XCU 2.2 and 2.7.4).
//!
//! It follows lines and marks only; substitutions inside of quotes are not looked into.

use std::borrow::Cow;

/// What a shell makes of the text at some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quoting {
    Bare,
    /// In double quotes, or in a here-document whose text is expanded.
    Double,
    Single,
    /// In a here-document whose delimiter is quoted: nothing is expanded.
    QuotedDocument,
}

/// Tells what holds at places of a text that are asked for from its beginning to its end.
pub(super) struct Places<'t> {
    text: &'t str,
    /// What holds at the beginning of a line.
    walk: Walk,
    /// Where that line begins.
    at: usize,
    /// What holds at the place on that line that was asked for last, and where that is.
    within: Option<(Walk, usize)>,
}

impl<'t> Places<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Places { text, walk: Walk::default(), at: 0, within: None }
    }

    /// The quoting before the byte `offset`, and the here-document that is open there.
    pub(super) fn at(&mut self, offset: usize) -> (Quoting, Option<Document>) {
        // On a line that was walked already the way goes on where it ended: a long line with many places is walked once.
        let mut from = self.within.as_ref().map_or(self.at, |(_, asked)| *asked);
        while let Some(length) = self.text[from..offset].find('\n') {
            let end = from + length + 1;
            self.walk.line(&self.text[self.at..end]);
            self.at = end;
            self.within = None;
            from = end;
        }
        let (mut walk, from) = self.within.take().unwrap_or_else(|| (self.walk.clone(), self.at));
        if walk.open.is_none() {
            walk.line(&self.text[from..offset]);
        }
        self.within = Some((walk.clone(), offset));
        match walk.open {
            Some(document) if document.literal => (Quoting::QuotedDocument, Some(document)),
            Some(document) => (Quoting::Double, Some(document)),
            None => (walk.state, None),
        }
    }
}

/// The text without the lines of here-documents in which nothing is expanded.
pub(super) fn without_literal_documents(text: &str) -> Cow<'_, str> {
    if !text.contains("<<") {
        return Cow::Borrowed(text);
    }
    let mut walk = Walk::default();
    let expanded = text.split_inclusive('\n').filter(|line| {
        let is_literal = walk.open.as_ref().is_some_and(|document| document.literal);
        walk.line(line);
        !is_literal
    });
    Cow::Owned(expanded.collect())
}

/// One way through the lines of a text.
#[derive(Debug, Clone)]
struct Walk {
    state: Quoting,
    /// The here-document that begins after this line.
    announced: Option<Document>,
    open: Option<Document>,
}

impl Default for Walk {
    fn default() -> Self {
        Walk { state: Quoting::Bare, announced: None, open: None }
    }
}

impl Walk {
    fn line(&mut self, line: &str) {
        if let Some(document) = &self.open {
            if document.ends_with(line) {
                self.open = None;
            }
            return;
        }
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (self.state, c) {
                (Quoting::Bare | Quoting::Double, '\\') => {
                    chars.next();
                }
                (Quoting::Bare, '\'') => self.state = Quoting::Single,
                (Quoting::Single, '\'') | (Quoting::Double, '"') => self.state = Quoting::Bare,
                (Quoting::Bare, '"') => self.state = Quoting::Double,
                (Quoting::Bare, '<') if line[at..].starts_with("<<") && !line[at..].starts_with("<<<") => {
                    self.announced = Document::announced(&line[at + 2..]).or(self.announced.take());
                    chars.next();
                }
                (Quoting::Bare, '<') if line[at..].starts_with("<<<") => {
                    chars.next();
                    chars.next();
                }
                (Quoting::Bare | Quoting::Double | Quoting::Single | Quoting::QuotedDocument, _) => {}
            }
        }
        if self.state == Quoting::Bare && line.ends_with('\n') {
            self.open = self.announced.take();
        }
    }
}

/// A here-document by its delimiter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) end: String,
    literal: bool,
}

impl Document {
    /// Reads what stands behind `<<`.
    fn announced(rest: &str) -> Option<Self> {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        let word: &str = rest.split(|c: char| c.is_whitespace() || ";|&)".contains(c)).next()?;
        let end: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        let literal = end.len() < word.len();
        (!end.is_empty()).then_some(Document { end, literal })
    }

    /// Whether a line ends it. One that is indented by tabs does so behind `<<-` only; it counts here all the same.
    pub(super) fn ends_with(&self, line: &str) -> bool {
        line.trim_end_matches('\n').trim_start_matches('\t') == self.end
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, Quoting, without_literal_documents};

    #[test]
    fn the_place_of_a_secret_decides_how_it_is_referred_to() {
        let cases = [
            ("curl -u ", Quoting::Bare),
            ("curl -H \"Authorization: ", Quoting::Double),
            ("curl -H 'Authorization: ", Quoting::Single),
            ("echo 'a' \"b\" ", Quoting::Bare),
            ("echo \"it's ", Quoting::Double),
            ("echo 'say \"", Quoting::Single),
            ("echo \\' ", Quoting::Bare),
            ("echo \"a\\\" ", Quoting::Double),
            ("cat <<EOF > f\npassword: ", Quoting::Double),
            ("cat <<'EOF'\npassword: ", Quoting::QuotedDocument),
            ("cat <<-\\EOF\npassword: ", Quoting::QuotedDocument),
            ("cat <<EOF\nit's\nEOF\necho ", Quoting::Bare),
            ("cat <<< 'x' ", Quoting::Bare),
        ];
        for (before, wanted) in cases {
            assert_eq!(Places::of(before).at(before.len()).0, wanted, "{before}");
        }
        // Asked one after the other, the places of one text are told alike.
        let text = "a 'b' \"c\ncat <<'E'\n\" <<'E'\nE <x>\nE\nd";
        let mut places = Places::of(text);
        for (before, wanted) in [
            ("a '", Quoting::Single),
            ("a 'b' \"c", Quoting::Double),
            ("a 'b' \"c\ncat", Quoting::Double),
            ("a 'b' \"c\ncat <<'E'\n\" <<'E'\nE", Quoting::QuotedDocument),
            ("a 'b' \"c\ncat <<'E'\n\" <<'E'\nE <x>\nE\n", Quoting::Bare),
        ] {
            assert_eq!(places.at(before.len()).0, wanted, "{before}");
        }
    }

    #[test]
    fn many_places_of_one_line_are_told_like_each_alone() {
        let text = "a <x> '<x>' \"<x> '<x>\" <x> <<'E' <x>\n<x> ' <x>\nE\n<x> \\' <x> '<x>";
        let mut places = Places::of(text);
        for (at, _) in text.match_indices("<x>") {
            assert_eq!(places.at(at), Places::of(text).at(at), "{}", &text[..at]);
        }
    }

    #[test]
    fn what_is_taken_literally_is_left_out() {
        let text = "a $A\ncat <<'E' > \"$B\"\n$C\nE\ncat <<E\n$D\nE\n";
        assert_eq!(without_literal_documents(text), "a $A\ncat <<'E' > \"$B\"\ncat <<E\n$D\nE\n");
    }
}
