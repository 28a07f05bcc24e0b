//! The words of plain mode: what can be said at its prompt, as one letter or as a whole word.

use std::io::{self, Write};

/// What a word does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Do {
    NextOpen,
    PreviousOpen,
    Next,
    Previous,
    NextPhase,
    PreviousPhase,
    Go,
    List,
    Show,
    Find,
    Run,
    Type,
    Follow,
    Terminal,
    Stop,
    Output,
    Compare,
    Reveal,
    Text,
    Tick,
    SignOff,
    Skip,
    TakeBack,
    Note,
    LongNote,
    Values,
    Correct,
    Board,
    Call,
    Gate,
    Detour,
    Timeline,
    Log,
    Edit,
    Edits,
    Export,
    Close,
    Help,
    Leave,
}

/// A row of the list of words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub deed: Do,
    /// One character.
    pub letter: &'static str,
    pub name: &'static str,
    /// What may follow, for the help.
    pub rest: &'static str,
    /// A clause.
    pub help: &'static str,
}

const fn word(deed: Do, letter: &'static str, name: &'static str, rest: &'static str, help: &'static str) -> Word {
    Word { deed, letter, name, rest, help }
}

/// All words, in the order of the help. Where a letter means the same as a key of the screen, it is the same.
pub(super) const WORDS: &[Word] = &[
    word(Do::Run, "r", "run", "[BLOCK[.LINE]]", "run the next open block, or the one named"),
    word(Do::Tick, "t", "tick", "", "mark the step as passed"),
    word(Do::SignOff, "s", "sign", "", "sign off: passed, passed with remarks, failed"),
    word(Do::Skip, "x", "skip", "", "waive, not applicable or defer, with a reason"),
    word(Do::TakeBack, "u", "undo", "", "take the step's mark back; both stay in the record"),
    word(Do::Note, "a", "note", "[TEXT]", "add a note"),
    word(Do::LongNote, "A", "write", "", "write a note in your editor"),
    word(Do::Values, "v", "values", "[NAME[=VALUE]]", "list the values and give those that are missing, or one"),
    word(Do::Correct, "m", "correct", "", "correct what was read: run a block or not, walk a section or not"),
    word(Do::NextOpen, "n", "next", "", "next step that is not settled; } as well"),
    word(Do::PreviousOpen, "{", "back", "", "previous step that is not settled"),
    word(Do::Next, "N", "following", "", "the step after this one, settled or not"),
    word(Do::Previous, "p", "previous", "", "the step before this one"),
    word(Do::NextPhase, "]", "next-phase", "", "next phase"),
    word(Do::PreviousPhase, "[", "previous-phase", "", "previous phase"),
    word(Do::Go, "g", "go", "NUMBER", "go to a step or phase; the bare number does as well"),
    word(
        Do::List,
        "l",
        "list",
        "[open|failed|asking|mine|deferred|PHASE] [TEXT]",
        "list phases and steps with their states",
    ),
    word(Do::Show, "d", "show", "", "show the step again"),
    word(Do::Find, "/", "find", "TEXT", "find in titles, text, commands, criteria, notes and outputs"),
    word(Do::Output, "o", "output", "[ATTEMPT]", "what the step's last command printed, or the attempt named"),
    word(Do::Compare, "=", "compare", "", "expected and printed output, line by line"),
    word(Do::Reveal, "k", "reveal", "", "show what a generator printed; it is in memory alone, never in the record"),
    word(Do::Text, "y", "text", "[BLOCK]", "a block's exact text, to copy"),
    word(Do::Type, "i", "type", "TEXT", "type a line into the running program"),
    word(Do::Follow, "f", "follow", "", "watch the running command again"),
    word(Do::Terminal, "F", "terminal", "", "give the running program the whole terminal; Ctrl-] comes back"),
    word(Do::Stop, "K", "stop", "", "stop the running command: INT, again TERM, again KILL"),
    word(Do::Board, "b", "board", "", "go/no-go board: calls, gates, blockers, verdict"),
    word(Do::Call, "c", "call", "[ROLE go|nogo [REASON]]", "record a call; alone: poll the next role"),
    word(
        Do::Gate,
        "w",
        "gate",
        "STEP|PHASE [reject|break REASON]",
        "release a gate, reject it, or break the glass and go on without it",
    ),
    word(Do::Detour, "R", "rollback", "[PHASE]", "go to rollback or troubleshooting; again: back to the step"),
    word(Do::Timeline, "T", "timeline", "", "phases and steps, planned and actual"),
    word(Do::Log, "L", "log", "[TEXT]", "the last entries of the record, or all that hold the text"),
    word(Do::Edit, "e", "edit", "", "edit the file at this step in your editor; the run keeps its own text"),
    word(Do::Edits, "E", "edits", "", "what was edited in the file since; adopt it or stay"),
    word(Do::Export, "X", "export", "[OPTIONS]", "write the record, with the options of gonogo export"),
    word(Do::Close, "C", "close", "", "close the run with its verdict"),
    word(Do::Help, "?", "help", "[TEXT]", "this list, or the lines of it that hold the text"),
    word(Do::Leave, "q", "quit", "", "leave; the run is saved and can be resumed"),
];

/// What a line begins with, and the rest of it. A bare number goes there.
pub(super) fn read(line: &str) -> Option<(Do, &str)> {
    let line = line.trim();
    if line.starts_with(|c: char| c.is_ascii_digit()) {
        return Some((Do::Go, line));
    }
    let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // The keys of the screen for the same, and what stands close to its text, as in `/ssl`.
    match (verb, verb.strip_prefix('/')) {
        ("}", _) => return Some((Do::NextOpen, rest)),
        ("h", _) => return Some((Do::Help, rest)),
        (_, Some(text)) if !text.is_empty() => return Some((Do::Find, line.get(1..).unwrap_or_default())),
        (_, _) => {}
    }
    let said = |word: &&Word| word.letter == verb || word.name.eq_ignore_ascii_case(verb);
    WORDS.iter().find(said).map(|word| (word.deed, rest.trim()))
}

/// Writes the list, or the lines of it that hold a text.
pub(super) fn help(wanted: &str, out: &mut impl Write) -> io::Result<()> {
    let wanted = wanted.to_lowercase();
    let mut written = 0;
    for word in WORDS {
        let rest = if word.rest.is_empty() { String::new() } else { format!(" {}", word.rest) };
        let line = format!("{} or {}{rest}: {}", word.letter, word.name, word.help);
        if line.to_lowercase().contains(&wanted) {
            writeln!(out, "{line}")?;
            written += 1;
        }
    }
    if written == 0 {
        writeln!(out, "No command says {}.", crate::cli::plan::printable(&wanted))?;
    }
    if wanted.is_empty() {
        writeln!(out, "While a command runs, lines you type go to it; Ctrl-C stops it, harder each time.")?;
        writeln!(out, "~b leaves it running and comes back here, ~c stops it, ~d ends its input, ~~ types a ~.")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Do, WORDS, read};
    use crate::tui::keys::{Action, TABLE};
    use std::collections::BTreeSet;

    /// What does in plain mode what a key does on the screen. `None` is for keys that move what is drawn: nothing is drawn.
    fn counterpart(action: Action) -> Option<Do> {
        match action {
            Action::Down => Some(Do::Next),
            Action::Up => Some(Do::Previous),
            Action::First | Action::Last | Action::JumpPhase => Some(Do::Go),
            Action::NextOpen => Some(Do::NextOpen),
            Action::PreviousOpen => Some(Do::PreviousOpen),
            Action::NextPhase => Some(Do::NextPhase),
            Action::PreviousPhase => Some(Do::PreviousPhase),
            Action::Fold | Action::Unfold | Action::Narrow => Some(Do::List),
            Action::Open => Some(Do::Show),
            Action::Tick => Some(Do::Tick),
            Action::Run | Action::NextCommand | Action::PreviousCommand => Some(Do::Run),
            Action::Type => Some(Do::Type),
            Action::HandOver => Some(Do::Terminal),
            Action::Copy => Some(Do::Text),
            Action::Compare => Some(Do::Compare),
            Action::Reveal => Some(Do::Reveal),
            Action::Stop => Some(Do::Stop),
            Action::SignOff => Some(Do::SignOff),
            Action::Skip => Some(Do::Skip),
            Action::Note => Some(Do::Note),
            Action::TakeBack => Some(Do::TakeBack),
            Action::Values => Some(Do::Values),
            Action::Correct => Some(Do::Correct),
            Action::Board => Some(Do::Board),
            Action::Timeline => Some(Do::Timeline),
            Action::Log | Action::Filter => Some(Do::Log),
            Action::Poll => Some(Do::Call),
            Action::CloseRun => Some(Do::Close),
            Action::Detour => Some(Do::Detour),
            Action::Find | Action::NextHit | Action::PreviousHit => Some(Do::Find),
            Action::Edit => Some(Do::Edit),
            Action::Pager => Some(Do::Output),
            Action::Edits => Some(Do::Edits),
            Action::Palette | Action::Help => Some(Do::Help),
            Action::Quit => Some(Do::Leave),
            // The shell's Ctrl-z does it.
            Action::Pause
            | Action::HalfDown
            | Action::HalfUp
            | Action::ScrollDown
            | Action::ScrollUp
            | Action::NextPane
            | Action::PreviousPane
            | Action::Zoom
            | Action::PanLeft
            | Action::PanRight
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::ZoomAll
            | Action::Theme
            | Action::Mouse
            | Action::Back => None,
        }
    }

    #[test]
    fn every_key_of_the_screen_that_does_something_has_a_word() {
        for binding in TABLE {
            if let Some(deed) = counterpart(binding.action) {
                assert!(WORDS.iter().any(|word| word.deed == deed), "{:?} has no word", binding.action);
            }
        }
    }

    #[test]
    fn letters_and_words_are_distinct_and_read_back() {
        let all: Vec<&str> = WORDS.iter().flat_map(|word| [word.letter, word.name]).collect();
        let distinct: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), distinct.len());
        for word in WORDS {
            assert_eq!(read(word.letter), Some((word.deed, "")), "{}", word.letter);
            assert_eq!(read(&format!("  {}  a b ", word.name)), Some((word.deed, "a b")), "{}", word.name);
        }
    }

    #[test]
    fn what_is_typed_is_read_as_it_is_meant() {
        assert_eq!(read("3.2"), Some((Do::Go, "3.2")));
        assert_eq!(read("/show ssl"), Some((Do::Find, "show ssl")));
        assert_eq!(read("/ ssl"), Some((Do::Find, "ssl")));
        assert_eq!(read("}"), Some((Do::NextOpen, "")));
        assert_eq!(read("Board"), Some((Do::Board, "")));
        assert_eq!(read("bored"), None);
    }
}
