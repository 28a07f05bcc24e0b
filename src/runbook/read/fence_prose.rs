//! Words behind a fence's opening marks that are neither a language nor options: what the author says of the block there
//! may be that nobody should run it.
//!
//! It only tells whether there are such words. What comes of them is decided in [`super::judge`].

use super::options::{KNOWN, SILENT};

/// Words of neighbouring tools that stand behind a language without braces.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "editable", "should_panic", "compile_fail", "noplayground", "mdbook", "nowrap", "interactive", "terminal", "shell", "console",
    "linenumbers", "nocopy", "ignore", "no_run", "norun", "with",
];

/// What forbids or limits, however short it is.
#[rustfmt::skip]
const WARNINGS: &[&str] = &[
    "do not", "dont", "don't", "don’t", "never", "not run", "not for", "not in", "not on", "not execute", "not copy", "only run", "run only", "only on", "only in", "only for",
    "example only", "sample only", "illustration", "for reference", "reference only", "danger", "dangerous", "deprecated", "obsolete", "outdated", "nicht",
];

/// What an author wrote behind the opening marks where a language and options should stand: `bash Run this first`,
/// `bash DO NOT RUN`. A caption in quotes, names of files and the words of other tools are none.
#[must_use]
pub fn prose_behind(info: &str) -> Option<String> {
    let info = info.trim();
    let outside = match (info.find('{'), info.rfind('}')) {
        (Some(open), Some(close)) if open < close => format!("{} {}", &info[..open], &info[close + 1..]),
        (Some(_) | None, _) => info.to_owned(),
    };
    // The language is no part of the words; in front of braces it may be missing.
    let said = if info.starts_with('{') { outside.trim() } else { outside.split_once([' ', '\t', ','])?.1.trim() };
    let words = |text: &str| -> Vec<String> {
        let is_mark = |c: char| !(c.is_alphanumeric() || "'’_-".contains(c));
        text.split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.contains('='))
            .map(|word| word.trim_matches(is_mark).to_lowercase())
            .filter(|word| !word.is_empty())
            .collect()
    };
    let (uncaptioned, has_pairs) = without_captions(said);
    let joined = format!(" {} ", words(&uncaptioned.replace(['"', '[', ']'], " ")).join(" "));
    let warns = WARNINGS.iter().any(|warning| joined.contains(&format!(" {warning} ")));
    let is_word = |word: &&String| {
        word.chars().all(|c| c.is_alphabetic() || "'’-".contains(c))
            && ![KNOWN, SILENT, PLAIN].iter().any(|known| known.contains(&word.as_str()))
    };
    let is_caption = uncaptioned.starts_with(['"', '[']) && uncaptioned.ends_with(['"', ']']);
    let is_sentence = !has_pairs && !is_caption && words(&uncaptioned).iter().filter(is_word).count() > 2;
    (warns || is_sentence).then(|| said.to_owned())
}

/// What is left of `title="Do it" copy` without the values in quotes, and whether there is any `key=value`.
fn without_captions(said: &str) -> (String, bool) {
    let (mut bare, mut is_value) = (String::new(), false);
    for c in said.chars() {
        if is_value {
            is_value = c != '"';
        } else if c == '"' && bare.ends_with('=') {
            is_value = true;
        } else {
            bare.push(c);
        }
    }
    let has_pairs = bare.contains('=');
    (bare, has_pairs)
}

#[cfg(test)]
mod tests {
    use super::prose_behind;

    #[test]
    fn words_behind_the_language_are_prose_unless_they_are_options() {
        for info in [
            "bash Do not run this in production",
            "bash DO NOT RUN",
            "bash Only run this on the standby!",
            "bash (do not run this)",
            "bash {name=x} Do not run this",
            "bash dont run",
            "bash not for production",
            "bash (example only)",
            "bash Run this first (see below)",
            "bash \"do not run\"",
        ] {
            assert!(prose_behind(info).is_some(), "{info}");
        }
        for info in [
            "bash",
            "bash title=\"Never do this twice\" copy",
            "bash linenums=\"1\" hl_lines=\"2 3\"",
            "bash scripts/deploy.sh",
            "bash copy",
            "bash,ignore,no_run,editable",
            "bash terminal copy wrap",
            "bash {name=\"do not run\"}",
            "bash [Install the tools here]",
            "bash \"Install the tools here\"",
            "{.bash .annotate}",
            "bash file deploy.sh",
        ] {
            assert_eq!(prose_behind(info), None, "{info}");
        }
    }
}
