//! Raw HTML that says what Markdown has marks for: `<pre>` and `<code>`. Headings are read by the shadow; all other HTML
//! stays unread.
//!
//! Tags that browsers know go; others (`<host>`) are what an author wants filled in, and stay. So does what stands in
//! `<var>`, which is HTML's own mark for it.

/// Code in a block of HTML.
#[derive(Debug, PartialEq, Eq)]
pub struct Preformatted {
    /// The language that an attribute tells; empty if none does.
    pub info: String,
    pub text: String,
    /// Lines of the block above the first one of `text`.
    pub above: u32,
}

/// The code of a block that is preformatted text and nothing else.
#[must_use]
pub fn preformatted(block: &str) -> Option<Preformatted> {
    let block = block.trim();
    let name = block.get(..4).filter(|name| name.eq_ignore_ascii_case("<pre"))?;
    let (attributes, rest) = block[name.len()..].split_once('>')?;
    let end = rest.len().checked_sub("</pre>".len())?;
    let inner = rest.get(..end).filter(|_| rest[end..].eq_ignore_ascii_case("</pre>"))?;
    let has_own_attributes = attributes.is_empty() || attributes.starts_with(char::is_whitespace);
    if !has_own_attributes || inner.to_ascii_lowercase().contains("<pre") {
        return None;
    }
    let code = inner.trim_start().strip_prefix("<code").and_then(|code| code.split_once('>')).map(|(told, _)| told);
    let info = language(attributes).or_else(|| language(code?)).unwrap_or_default();
    let text = words(inner);
    let written = text.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let begin = text[..text.len() - written.len()].rfind('\n').map_or(0, |at| at + 1);
    let above = attributes.matches('\n').count() + text[..begin].matches('\n').count();
    let text = format!("{}\n", text[begin..].trim_end());
    let above = u32::try_from(above).unwrap_or(u32::MAX);
    (!text.trim().is_empty()).then_some(Preformatted { info, text, above })
}

/// `lang="bash"`, `class="language-bash"`.
fn language(attributes: &str) -> Option<String> {
    let value = |name: &str| {
        let (_, rest) = attributes.split_once(name)?;
        rest.strip_prefix(['"', '\'']).and_then(|rest| rest.split(['"', '\'']).next())
    };
    let class = value("class=").into_iter().flat_map(str::split_whitespace);
    let told = value("lang=").or_else(|| {
        class.into_iter().find_map(|class| class.strip_prefix("language-").or_else(|| class.strip_prefix("lang-")))
    })?;
    let is_word = !told.is_empty() && told.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+#._-".contains(&byte));
    is_word.then(|| told.to_owned())
}

/// Text without the tags that browsers know, entities decoded.
#[must_use]
pub fn words(html: &str) -> String {
    let mut words = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memchr::memchr2(b'<', b'&', rest.as_bytes()) {
        words.push_str(&rest[..at]);
        rest = &rest[at..];
        let (read, taken) = entity(rest).or_else(|| tag(rest)).unwrap_or((&rest[..1], 1));
        words.push_str(read);
        rest = &rest[taken..];
    }
    words.push_str(rest);
    words
}

/// What a tag at the begin of a text is read as, and its length; none if no browser knows it.
#[must_use]
pub fn tag(text: &str) -> Option<(&'static str, usize)> {
    let inner = text.strip_prefix('<')?;
    let is_end = inner.starts_with('/');
    let inner = inner.trim_start_matches('/');
    let name = &inner[..inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len())];
    if !TAGS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return None;
    }
    let length = memchr::memchr(b'>', &text.as_bytes()[..text.len().min(LONGEST)])? + 1;
    let read = match name.to_ascii_lowercase().as_str() {
        "br" => "\n",
        "var" if is_end => ">",
        "var" => "<",
        _ => "",
    };
    Some((read, length))
}

/// Bytes of a tag at most, so that time stays linear in documents made to do harm.
const LONGEST: usize = 4096;

fn entity(text: &str) -> Option<(&'static str, usize)> {
    ENTITIES.iter().find(|(written, _)| text.starts_with(written)).map(|(written, read)| (*read, written.len()))
}

const ENTITIES: [(&str, &str); 7] =
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&nbsp;", " "), ("&amp;", "&")];

#[rustfmt::skip]
const TAGS: [&str; 33] = [
    "a", "b", "big", "blockquote", "br", "center", "code", "div", "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "kbd", "mark", "p", "picture", "pre", "s", "samp", "small", "source", "span", "strong", "sub", "sup", "var",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preformatted_text_is_code() {
        let code =
            |info: &str, text: &str, above| Some(Preformatted { info: info.to_owned(), text: text.to_owned(), above });
        for (block, read) in [
            ("<pre>\n<code> tide --show </code>\n</pre>", code("", " tide --show\n", 1)),
            ("<pre lang=\"bash\">tide &lt;host&gt; &amp;&amp; ls</pre>", code("bash", "tide <host> && ls\n", 0)),
            (
                "<pre><code class=\"x language-sh\">\n\n  tide <host> <var>DAY</var>\n</code></pre>",
                code("sh", "  tide <host> <DAY>\n", 2),
            ),
            ("<pre>a</pre> and words", None),
            ("<pre>a</pre><pre>b</pre>", None),
            ("<prefix>a</pre>", None),
            ("<pre> </pre>", None),
            ("<pre>never closed", None),
            ("<pre", None),
        ] {
            assert_eq!(preformatted(block), read, "{block}");
        }
    }
}
