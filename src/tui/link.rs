//! Links that a terminal can open (OSC 8): where on the screen the words of a link stand.

use super::text::span_width;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;

/// Words of a link on one line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Index of the line, or row of the screen.
    pub line: usize,
    /// Columns from the line's beginning, or of the screen.
    pub from: usize,
    pub to: usize,
    pub address: String,
}

/// Finds the words of links in laid out lines: underlined text that is theirs, in order.
#[must_use]
pub fn locate(page: &[Line<'_>], links: &[(String, String)]) -> Vec<Link> {
    let squeezed = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let mut waiting =
        links.iter().map(|(address, text)| (address, squeezed(text))).filter(|(_, text)| !text.is_empty());
    let mut current = waiting.next();
    let mut found = Vec::new();
    for (place, line) in page.iter().enumerate() {
        let mut column = 0;
        for span in &line.spans {
            let width = span_width(span);
            let words = squeezed(&span.content);
            if let Some((address, rest)) = &mut current
                && span.style.add_modifier.contains(Modifier::UNDERLINED)
                && let Some(left) = rest.strip_prefix(words.as_str()).filter(|_| !words.is_empty())
            {
                found.push(Link { line: place, from: column, to: column + width, address: (*address).clone() });
                *rest = left.to_owned();
                if rest.is_empty() {
                    current = waiting.next();
                }
            }
            column += width;
        }
    }
    found
}

/// Whether an address is one that a terminal may be given: of the web or of mail, without anything that ends the order.
#[must_use]
pub fn is_safe(address: &str) -> bool {
    let known = ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme));
    known && address.len() < 2000 && address.chars().all(|c| !c.is_control() && !c.is_whitespace())
}

/// The links of a page that are on the screen: their rows and columns.
#[must_use]
pub fn on_screen(links: &[Link], scroll: usize, text: Rect) -> Vec<Link> {
    let rows = scroll..scroll + usize::from(text.height);
    links
        .iter()
        .filter(|link| rows.contains(&link.line) && link.from < usize::from(text.width))
        .map(|link| Link {
            line: link.line - scroll + usize::from(text.y),
            from: link.from + usize::from(text.x),
            to: link.to.min(usize::from(text.width)) + usize::from(text.x),
            address: link.address.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::look;
    use crate::tui::prose;

    #[test]
    fn words_of_a_link_are_found_where_they_were_wrapped() {
        let source = "See the [long page](https://a.example/x) and [b](https://b.example), not [here](#here).";
        let rendered = prose::render_with_links(source, 16, &look());
        let found: Vec<String> = rendered
            .links
            .iter()
            .map(|link| {
                let line = rendered.lines[link.line].to_string();
                let words: String = line.chars().skip(link.from).take(link.to - link.from).collect();
                format!("{} -> {}", words.trim_end(), link.address)
            })
            .collect();
        assert_eq!(found, ["long -> https://a.example/x", "page -> https://a.example/x", "b -> https://b.example"]);
    }

    #[test]
    fn only_safe_addresses_are_given_to_the_terminal() {
        assert!(is_safe("https://a.example/?q=1"));
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "https://a\u{1b}\\b", "https://a b", "relative"] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_scrolled_away_is_no_link() {
        let link = |line| Link { line, from: 2, to: 9, address: "https://a.example".to_owned() };
        let shown = on_screen(&[link(0), link(3)], 2, Rect::new(10, 5, 4, 4));
        assert_eq!(shown, [Link { line: 6, from: 12, to: 14, ..link(0) }]);
    }
}
