//! One block read once: its statements with their natures, comments and calls, for all who judge it.

use super::content;
use super::invocation::{self, Call};
use super::shell::Script;
use super::statement::{self, Nature};

/// A block's text as shell, judged statement by statement.
pub struct Reading<'a> {
    /// The text as written, with holes in it.
    pub text: &'a str,
    pub script: &'a Script<'a>,
    pub calls: Vec<Call<'a>>,
    /// One for each statement.
    pub natures: Vec<Nature>,
    /// For each statement the comment lines right above it, with `#`; an empty line between cuts them off.
    pub comments: Vec<Vec<&'a str>>,
}

impl<'a> Reading<'a> {
    /// Judges the statements of a script that was read from the masked `text`.
    #[must_use]
    pub fn new(text: &'a str, script: &'a Script<'a>) -> Self {
        let calls = invocation::calls(script);
        let mut natures: Vec<Nature> = Vec::with_capacity(script.statements.len());
        let mut comments = Vec::with_capacity(script.statements.len());
        let mut from = 0;
        for found in &script.statements {
            let above = above(&text[from..found.span.start]);
            let own = &text[found.span.clone()];
            let follows_config = natures.last() == Some(&Nature::Config) && above.is_empty();
            let nature = in_file(statement::nature(own, found), own, &above, follows_config);
            natures.push(nature);
            comments.push(above);
            from = found.span.end;
        }
        Reading { text, script, calls, natures, comments }
    }

    /// Takes lines that read like words for commands all the same: a prompt stood before them.
    pub fn trust_words(&mut self) {
        for nature in &mut self.natures {
            if *nature == Nature::Words {
                *nature = Nature::Likely;
            }
        }
    }

    /// The text of a statement.
    #[must_use]
    pub fn statement(&self, index: usize) -> &'a str {
        &self.text[self.script.statements[index].span.clone()]
    }

    /// The calls of a statement.
    pub fn calls_of(&self, index: usize) -> impl Iterator<Item = &Call<'a>> {
        // Calls stand in the order of their statements: a long block is not looked through for each of its lines.
        let from = self.calls.partition_point(|call| call.statement < index);
        self.calls[from..].iter().take_while(move |call| call.statement == index)
    }

    /// How many statements are of a nature.
    #[must_use]
    pub fn count(&self, nature: Nature) -> usize {
        self.natures.iter().filter(|own| **own == nature).count()
    }

    /// How many statements a shell may be given.
    #[must_use]
    pub fn commands(&self) -> usize {
        self.natures.iter().filter(|nature| nature.is_command()).count()
    }
}

/// The comment lines at the end of what stands between two statements.
fn above(between: &str) -> Vec<&str> {
    let mut comments = Vec::new();
    // The first piece is the rest of the statement before, the last one the beginning of the next one's line.
    let mut lines: Vec<&str> = between.split('\n').collect();
    lines.pop();
    for line in lines.iter().rev() {
        let line = line.trim();
        if !line.starts_with('#') {
            break;
        }
        comments.push(line);
    }
    comments.reverse();
    comments
}

/// A comment above can say that a line goes into a file.
fn in_file(nature: Nature, text: &str, above: &[&str], follows_config: bool) -> Nature {
    let says_file = || above.last().is_some_and(|comment| content::comment_names_file(comment));
    let is_settable = match nature {
        Nature::Assignment | Nature::Likely => true,
        Nature::Command => text.starts_with("export ") || text.starts_with("alias "),
        Nature::Cron | Nature::Config | Nature::Query | Nature::Output | Nature::Drawing | Nature::Words => false,
    };
    if is_settable && (follows_config && nature == Nature::Assignment || says_file()) { Nature::Config } else { nature }
}
