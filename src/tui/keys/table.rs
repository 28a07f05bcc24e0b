//! The rows of the key table.

use super::{Action, Binding, Group, Place};

const WALK: &[Place] = &[Place::Walk];
const BOARD: &[Place] = &[Place::Board];
const LOG: &[Place] = &[Place::Log];
const TIMELINE: &[Place] = &[Place::Timeline];
const LISTS: &[Place] = &[Place::Walk, Place::Board, Place::Timeline, Place::Log];
const PAGES: &[Place] = &[Place::Board, Place::Timeline, Place::Log];

/// Builds a row; the fields stand in the order in which the help screen reads them.
const fn row(
    action: Action,
    keys: &'static [&'static str],
    places: &'static [Place],
    group: Group,
    word: &'static str,
    help: &'static str,
) -> Binding {
    Binding { action, keys, places, group, word, help, footer: None }
}

impl Binding {
    /// Puts the row into the footer, at this place from the left.
    const fn foot(self, place: u8) -> Binding {
        Binding { footer: Some(place), ..self }
    }
}

/// All keys outside of dialogs, in the order of the help screen.
pub const TABLE: &[Binding] = &[
    row(Action::Down, &["j", "<down>"], LISTS, Group::Move, "down", "next row, or scroll the focused pane"),
    row(Action::Up, &["k", "<up>"], LISTS, Group::Move, "up", "previous row, or scroll the focused pane"),
    row(Action::Fold, &["h", "<left>"], WALK, Group::Move, "fold", "fold, then go to the parent"),
    row(Action::Unfold, &["l", "<right>"], WALK, Group::Move, "unfold", "unfold"),
    row(Action::First, &["g", "<home>"], LISTS, Group::Move, "first", "first row or line"),
    row(Action::Last, &["G", "<end>"], LISTS, Group::Move, "last", "last row or line; in the output: follow again"),
    row(Action::HalfDown, &["<C-d>", "<pgdn>"], LISTS, Group::Move, "half page", "half a page down"),
    row(Action::HalfUp, &["<C-u>", "<pgup>"], LISTS, Group::Move, "half page", "half a page up"),
    row(Action::ScrollDown, &["J"], LISTS, Group::Move, "scroll", "scroll step or output down"),
    row(Action::ScrollUp, &["K"], LISTS, Group::Move, "scroll", "scroll step or output up"),
    row(Action::NextOpen, &["}"], WALK, Group::Move, "next open", "next step that is not settled").foot(60),
    row(Action::PreviousOpen, &["{"], WALK, Group::Move, "previous open", "previous step that is not settled"),
    row(Action::NextPhase, &["]"], WALK, Group::Move, "next phase", "next phase"),
    row(Action::PreviousPhase, &["["], WALK, Group::Move, "previous phase", "previous phase"),
    row(
        Action::JumpPhase,
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        WALK,
        Group::Move,
        "phase",
        "go to the phase of that number",
    ),
    row(Action::NextPane, &["<tab>"], WALK, Group::Move, "pane", "next pane").foot(70),
    row(Action::PreviousPane, &["<S-tab>"], WALK, Group::Move, "pane", "previous pane"),
    row(
        Action::Open,
        &["<enter>"],
        &[Place::Walk, Place::Board, Place::Timeline],
        Group::Move,
        "open",
        "open what the cursor is on; never runs anything",
    )
    .foot(65),
    row(Action::Run, &["r"], WALK, Group::Command, "run", "run the selected command, after showing it").foot(10),
    row(Action::NextCommand, &["."], WALK, Group::Command, "next command", "select the step's next command"),
    row(Action::PreviousCommand, &[","], WALK, Group::Command, "previous command", "select the one before"),
    row(Action::Type, &["i"], WALK, Group::Command, "type", "type into the running program; Ctrl-] leaves").foot(6),
    row(
        Action::HandOver,
        &["F"],
        WALK,
        Group::Command,
        "whole terminal",
        "give the running program the whole terminal; Ctrl-] comes back",
    )
    .foot(7),
    row(
        Action::Compare,
        &["="],
        WALK,
        Group::Command,
        "compare",
        "show expected and printed output side by side, or stop it",
    )
    .foot(12),
    row(
        Action::Copy,
        &["y"],
        WALK,
        Group::Command,
        "copy",
        "copy the selected command, or what the output pane shows, to the clipboard",
    ),
    row(Action::Pager, &["o"], WALK, Group::Command, "pager", "read the output that is shown in your pager"),
    row(
        Action::Reveal,
        &["w"],
        WALK,
        Group::Command,
        "generated value",
        "show or copy what a generator printed; it is in memory alone, never in the record",
    )
    .foot(11),
    row(Action::Stop, &["<C-c>"], LISTS, Group::Command, "stop", "stop the command: INT, again TERM, again KILL")
        .foot(5),
    row(Action::Values, &["v"], WALK, Group::Command, "values", "fill in placeholders and values").foot(40),
    row(Action::Tick, &["<space>"], WALK, Group::Step, "tick", "tick a manual step as passed").foot(15),
    row(Action::SignOff, &["s"], WALK, Group::Step, "sign", "sign off: passed, with remarks, failed; release a gate")
        .foot(20),
    row(Action::Skip, &["x"], WALK, Group::Step, "skip", "waive, not applicable or defer, with a reason").foot(30),
    row(Action::Note, &["a"], WALK, Group::Step, "note", "add a note").foot(35),
    row(Action::TakeBack, &["u"], WALK, Group::Step, "take back", "take back the step's mark (adds a reversal)")
        .foot(45),
    row(
        Action::Correct,
        &["c"],
        WALK,
        Group::Step,
        "correct",
        "correct what was read: run a block or not, walk a section or not",
    ),
    row(Action::Board, &["b"], LISTS, Group::Run, "board", "go/no-go board: calls, gates, blockers, verdict").foot(75),
    row(Action::Timeline, &["t"], LISTS, Group::Run, "timeline", "timeline: phases and steps, planned and actual")
        .foot(82),
    row(Action::PanLeft, &["h", "<left>"], TIMELINE, Group::Run, "earlier", "timeline: earlier").foot(30),
    row(Action::PanRight, &["l", "<right>"], TIMELINE, Group::Run, "later", "timeline: later").foot(31),
    row(Action::ZoomIn, &["+", "="], TIMELINE, Group::Run, "closer", "timeline: closer").foot(32),
    row(Action::ZoomOut, &["-"], TIMELINE, Group::Run, "farther", "timeline: farther").foot(33),
    row(Action::ZoomAll, &["0"], TIMELINE, Group::Run, "all", "timeline: all of it"),
    row(
        Action::Detour,
        &["R"],
        WALK,
        Group::Run,
        "rollback",
        "rollback or troubleshooting at hand; again: back to the step",
    )
    .foot(25),
    row(Action::Poll, &["p"], BOARD, Group::Run, "poll", "record the next call, go or no-go").foot(10),
    row(Action::CloseRun, &["C"], BOARD, Group::Run, "close run", "close the run with its verdict").foot(20),
    row(Action::Log, &["L"], LISTS, Group::Run, "log", "log of events").foot(85),
    row(
        Action::Find,
        &["/"],
        WALK,
        Group::Screen,
        "find",
        "find in titles, text, commands, outputs, notes; in the output alone when it has the focus",
    )
    .foot(80),
    row(
        Action::Narrow,
        &["f"],
        WALK,
        Group::Screen,
        "filter",
        "show only steps that are open, failed, asking or yours, or whose titles hold what is typed",
    )
    .foot(83),
    row(Action::Filter, &["/"], LOG, Group::Screen, "filter", "show only entries that hold what is typed").foot(10),
    row(Action::NextHit, &["n"], WALK, Group::Screen, "next hit", "next hit"),
    row(Action::PreviousHit, &["N"], WALK, Group::Screen, "previous hit", "previous hit"),
    row(Action::Zoom, &["z"], WALK, Group::Screen, "zoom", "give the focused pane the whole screen, or take it back")
        .foot(78),
    row(Action::Edit, &["e"], WALK, Group::Screen, "edit", "edit the file at this line; the run keeps its own text"),
    row(Action::Edits, &["E"], WALK, Group::Screen, "edits", "what was edited in the file since; adopt it or stay")
        .foot(8),
    row(Action::Theme, &["T"], LISTS, Group::Screen, "theme", "choose a theme, seen at once"),
    row(
        Action::Mouse,
        &["M"],
        LISTS,
        Group::Screen,
        "mouse",
        "leave the mouse to the terminal for selecting text, or take it",
    ),
    row(
        Action::Pause,
        &["<C-z>"],
        LISTS,
        Group::Screen,
        "pause",
        "back to the shell; fg returns, commands go on meanwhile",
    ),
    row(Action::Palette, &[":", "<C-p>"], LISTS, Group::Screen, "commands", "all commands by name"),
    row(Action::Help, &["?", "<f1>"], LISTS, Group::Screen, "help", "this help; type to filter").foot(90),
    row(Action::Back, &["<esc>"], LISTS, Group::Screen, "back", "back one layer; never leaves"),
    row(Action::Quit, &["q"], &[Place::Walk], Group::Screen, "quit", "leave; the run is saved and can be resumed")
        .foot(76),
    row(Action::Quit, &["q"], PAGES, Group::Screen, "back", "back to the walk").foot(95),
];
