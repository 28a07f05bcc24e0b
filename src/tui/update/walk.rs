//! What the keys of the table do.

use super::moves::{Way, cycle, fold, go_open, go_phase, half_page, jump, jump_phase, scroll, scroll_page, unfold};
use super::{by_itself, dialog, find, lists};
use crate::run::decide::{Consent, Execute, Intent};
use crate::run::event::{Channel, Scope, StopReason, StopSignal, Target, Verdict};
use crate::run::gate::{GateState, Hold, hold, holds};
use crate::run::state::{StepState, step_state};
use crate::run::{Attempt, Run};
use crate::runbook::{Runbook, StepKind};
use crate::tui::board::{self, Board};
use crate::tui::dialog::{Dialog, Form, Listing, Modal};
use crate::tui::document::offered;
use crate::tui::field::Field;
use crate::tui::keys::{Action, Key};
use crate::tui::list::NodeList;
use crate::tui::log::LogView;
use crate::tui::msg::{Act, Facts};
use crate::tui::outline::Subject;
use crate::tui::panes::{Focus, Zoom};
use crate::tui::terminal::Mouse;
use crate::tui::timeline::{self, Timeline};
use crate::tui::ui::{Keyboard, Screen, Ui};

/// Performs an action of the key table.
pub(super) fn perform(ui: &mut Ui, facts: &Facts<'_>, action: Action, key: Key) -> Vec<Act> {
    match action {
        Action::Down | Action::Up | Action::HalfDown | Action::HalfUp | Action::First | Action::Last => {
            scroll(ui, distance(ui, action));
        }
        Action::ScrollDown => scroll_page(ui, 1),
        Action::ScrollUp => scroll_page(ui, -1),
        Action::Fold => fold(ui),
        Action::Unfold => unfold(ui),
        Action::NextOpen => go_open(ui, Way::Forward),
        Action::PreviousOpen => go_open(ui, Way::Back),
        Action::NextPhase => go_phase(ui, Way::Forward),
        Action::PreviousPhase => go_phase(ui, Way::Back),
        Action::JumpPhase => jump_phase(ui, facts, key),
        Action::NextPane => cycle(ui, Way::Forward),
        Action::PreviousPane => cycle(ui, Way::Back),
        Action::Zoom => ui.zoom = if ui.zoom == Zoom::None { Zoom::Focused } else { Zoom::None },
        Action::NextCommand => choose_command(ui, facts, Way::Forward),
        Action::PreviousCommand => choose_command(ui, facts, Way::Back),
        Action::Open => open(ui, facts),
        Action::Board => toggle(ui, Screen::Board(Board::default())),
        Action::Timeline => toggle(ui, Screen::Timeline(Timeline::default())),
        Action::PanLeft | Action::PanRight | Action::ZoomIn | Action::ZoomOut | Action::ZoomAll => {
            on_timeline(ui, action);
        }
        Action::Filter => filter(ui),
        Action::Narrow => super::narrow::begin(ui, facts),
        Action::NextHit => find::go(ui, Way::Forward),
        Action::PreviousHit => find::go(ui, Way::Back),
        Action::Palette => ui.modals.push(Modal::Palette(Listing::default())),
        Action::Help => ui.modals.push(Modal::Help(Listing::default())),
        Action::Back => back(ui, facts),
        Action::Values => values(ui, facts),
        Action::Type => type_program(ui, facts),
        Action::HandOver => return hand_over(ui, facts),
        Action::Copy => return copy(ui, facts),
        Action::Reveal => return by_itself::reveal(ui, facts),
        Action::Edits => super::edits::show(ui, facts),
        Action::Compare => super::compare::toggle(ui, facts),
        Action::Note => note(ui, facts),
        Action::SignOff => sign_off(ui, facts),
        Action::Skip => skip(ui, facts),
        Action::Correct => correct(ui, facts),
        Action::CloseRun => dialog::open(ui, Dialog::close()),
        Action::Poll => poll(ui, facts),
        Action::Find => return find::begin(ui),
        Action::Detour => return lists::detour(ui, facts),
        Action::Theme => return vec![Act::LoadThemes],
        Action::Mouse => return mouse(ui),
        Action::Pause => return vec![Act::Pause],
        Action::Run => return run(ui, facts),
        Action::Tick => return tick(ui, facts),
        Action::TakeBack => return take_back(ui, facts),
        Action::Stop => return stop(ui, facts),
        Action::Edit => return edit(ui, facts),
        Action::Pager => return page(ui),
        Action::Quit => return quit(ui, facts),
        Action::Log => return log(ui),
    }
    Vec::new()
}

fn note(ui: &mut Ui, facts: &Facts<'_>) {
    let step = ui.step(facts.book).map(|step| step.id.clone());
    dialog::open(ui, Dialog::note(step));
}

/// Whether an action would do something now; decides what the footer offers.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each action")]
pub fn works(ui: &Ui, facts: &Facts<'_>, action: Action) -> bool {
    let subject = ui.subject(facts.book);
    let step = subject.and_then(Subject::step);
    let running = facts.run.running();
    let open = facts.run.closed.is_none();
    match action {
        Action::Run => open && running.is_none() && facts.holder.is_none() && can_run(ui, facts),
        Action::Stop => running.is_some() || by_itself::can_stop(facts, step),
        Action::Type | Action::HandOver => running.is_some_and(|running| !running.is_rejoined()),
        Action::Compare => ui.compared.is_some() || super::compare::expected(ui, facts).is_some(),
        Action::Reveal => by_itself::held(ui, facts).is_some(),
        Action::Copy => ui.focus == Focus::Output || ui.command(facts).is_some(),
        Action::NextCommand | Action::PreviousCommand => step.is_some_and(|step| offered(step).count() > 1),
        Action::Tick => open && step.is_some_and(|step| is_tickable(facts.run, step)),
        Action::SignOff => open && subject.is_some_and(|subject| can_sign(ui, subject)),
        Action::Skip => open && step.is_some_and(|step| step.is_leaf() && !step_state(facts.run, step).is_settled()),
        Action::Note | Action::CloseRun | Action::Poll | Action::Correct => open,
        Action::TakeBack => open && step.is_some_and(|step| facts.run.mark(&step.id).is_some()),
        Action::Values => {
            open && step.is_some_and(|step| step.commands().any(|command| !command.placeholders.is_empty()))
        }
        Action::Detour => open && offers_detour(ui, facts),
        Action::NextHit | Action::PreviousHit => !ui.find.hits.is_empty() || !ui.pane.search.hits.is_empty(),
        Action::Edits => facts.edited.is_some(),
        Action::Pager => ui.pane.attempt().is_some(),
        // The page one is on is left by its own way back.
        Action::Board => !matches!(ui.screen, Screen::Board(_)),
        Action::Timeline => !matches!(ui.screen, Screen::Timeline(_)),
        Action::Log => !matches!(ui.screen, Screen::Log(_)),
        Action::Open => ui.focus == Focus::Tree,
        Action::Down
        | Action::Up
        | Action::Fold
        | Action::Unfold
        | Action::First
        | Action::Last
        | Action::HalfDown
        | Action::HalfUp
        | Action::ScrollDown
        | Action::ScrollUp
        | Action::NextOpen
        | Action::PreviousOpen
        | Action::NextPhase
        | Action::PreviousPhase
        | Action::JumpPhase
        | Action::NextPane
        | Action::PreviousPane
        | Action::Zoom
        | Action::PanLeft
        | Action::PanRight
        | Action::ZoomIn
        | Action::ZoomOut
        | Action::ZoomAll
        | Action::Filter
        | Action::Narrow
        | Action::Theme
        | Action::Mouse
        | Action::Pause
        | Action::Find
        | Action::Edit
        | Action::Palette
        | Action::Help
        | Action::Back
        | Action::Quit => true,
    }
}

fn can_run(ui: &Ui, facts: &Facts<'_>) -> bool {
    ui.command(facts).is_some() || ui.step(facts.book).is_some_and(|step| by_itself::can_begin(facts, step))
}

/// Asks how the place under the cursor is to be read.
fn correct(ui: &mut Ui, facts: &Facts<'_>) {
    let dialog = ui.subject(facts.book).and_then(|subject| match subject {
        Subject::Step(phase, step) => Dialog::correct(facts.book, phase, Some(step)),
        Subject::Phase(phase) => Dialog::correct(facts.book, phase, None),
    });
    match dialog {
        Some(dialog) => dialog::open(ui, dialog),
        None => ui.tell("nothing here can be read otherwise"),
    }
}

/// A detour is offered where something failed, and while one goes on.
fn offers_detour(ui: &Ui, facts: &Facts<'_>) -> bool {
    let failed =
        ui.subject(facts.book).and_then(Subject::step).is_some_and(|step| step_state(facts.run, step).is_failed());
    facts.run.detour().is_some() || failed
}

/// Rows that an action moves by.
fn distance(ui: &Ui, action: Action) -> isize {
    let moves = [
        (Action::Down, 1),
        (Action::Up, -1),
        (Action::HalfDown, half_page(ui)),
        (Action::HalfUp, -half_page(ui)),
        (Action::First, -1_000_000_000),
        (Action::Last, 1_000_000_000),
    ];
    moves.into_iter().find(|(one, _)| *one == action).map_or(0, |(_, by)| by)
}

fn on_timeline(ui: &mut Ui, action: Action) {
    let Screen::Timeline(line) = &mut ui.screen else {
        return;
    };
    if action == Action::PanLeft {
        line.pan(-1);
    } else if action == Action::PanRight {
        line.pan(1);
    } else if action == Action::ZoomIn {
        line.zoom(timeline::Zoom::In);
    } else if action == Action::ZoomOut {
        line.zoom(timeline::Zoom::Out);
    } else {
        line.span = timeline::Span::All;
    }
}

fn log(ui: &mut Ui) -> Vec<Act> {
    toggle(ui, Screen::Log(LogView::default()));
    if matches!(ui.screen, Screen::Log(_)) { vec![Act::LoadEntries] } else { Vec::new() }
}

fn filter(ui: &mut Ui) {
    if let Screen::Log(log) = &ui.screen {
        let field = Field::new(&log.pattern);
        ui.modals.push(Modal::Filter(field));
    }
}

/// Gives the mouse to the terminal, so that it selects text, or takes it back.
fn mouse(ui: &mut Ui) -> Vec<Act> {
    let key = ui.keymap.key(Action::Mouse);
    let (mouse, text) = match ui.mouse {
        Mouse::Taken => (Mouse::Left, format!("the mouse selects text now; {key} takes it back")),
        Mouse::Left => (Mouse::Taken, "the mouse is gonogo's: click, wheel, drag a border".to_owned()),
    };
    ui.mouse = mouse;
    ui.tell(text);
    vec![Act::Mouse(mouse)]
}

fn is_tickable(run: &Run, step: &crate::runbook::Step) -> bool {
    let by_hand = matches!(step.kind, StepKind::Manual | StepKind::Check) && offered(step).next().is_none();
    by_hand && step.is_leaf() && !step_state(run, step).is_settled()
}

fn can_sign(ui: &Ui, subject: Subject<'_>) -> bool {
    match subject {
        Subject::Step(phase, step) => phase.is_walked() && (step.is_leaf() || step.gate.is_some()),
        Subject::Phase(_) => ui.outline.nodes.get(ui.tree.cursor).is_some_and(|node| node.gate.is_some()),
    }
}

fn choose_command(ui: &mut Ui, facts: &Facts<'_>, way: Way) {
    let Some(step) = ui.step(facts.book) else {
        return;
    };
    let places: Vec<usize> = offered(step).map(|(index, _)| index).collect();
    let Some((current, _)) = ui.command(facts) else {
        ui.tell("this step has no command to run");
        return;
    };
    let at = places.iter().position(|place| *place == current).unwrap_or(0);
    let next = at.saturating_add_signed(way.sign()).min(places.len().saturating_sub(1));
    ui.chosen.insert(ui.tree.cursor, places[next]);
    ui.settle(facts);
    show_command(ui, places[next]);
}

/// Scrolls the page so that a command is on it; says whether it already was.
fn show_command(ui: &mut Ui, index: usize) -> Seen {
    let height = ui.detail_height();
    let Some(lines) = ui.detail.page.commands.get(index).cloned() else {
        return Seen::Already;
    };
    let end = lines.end.min(lines.start + height);
    // A command longer than the pane was seen when its beginning stood at the top.
    let most = ui.detail.page.lines.len().saturating_sub(height.max(1));
    let lead = usize::from(end - lines.start < height);
    let top = lines.start.saturating_sub(lead).min(most);
    let whole = lines.start >= ui.detail.scroll && end <= ui.detail.scroll + height;
    if height > 0 && (whole || ui.detail.scroll == top) {
        return Seen::Already;
    }
    ui.detail.scroll = top;
    Seen::OnlyNow
}

/// Whether the operator had a command before their eyes.
#[derive(PartialEq, Eq)]
enum Seen {
    Already,
    OnlyNow,
}

/// Asks for the selected command, once it has been on the screen.
fn run(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    if let Some(holder) = facts.holder {
        ui.warn(format!("{holder} drives this run; commands are started there"));
        return Vec::new();
    }
    if let Some(begun) = ui.step(facts.book).and_then(|step| by_itself::begin(step, facts)) {
        return begun;
    }
    let (Some(step), Some((index, _))) = (ui.step(facts.book), ui.command(facts)) else {
        ui.tell("nothing to run here: the step has no command that is offered");
        return Vec::new();
    };
    if ui.unbidden.take() == Some(ui.tree.cursor) {
        show_command(ui, index);
        tell_again(ui);
        return Vec::new();
    }
    if ui.panes().step.is_none() && ui.focus != Focus::Output {
        ui.focus = Focus::Step;
        show_command(ui, index);
        tell_again(ui);
        return Vec::new();
    }
    if ui.panes().step.is_some() && show_command(ui, index) == Seen::OnlyNow {
        tell_again(ui);
        return Vec::new();
    }
    let target = Target { step: step.id.clone(), command: u32::try_from(index).unwrap_or(u32::MAX), part: None };
    let execute = Execute { target, edited: None, consent: Consent::None, reason: None, channel: Channel::Pty };
    vec![Act::Intend(Intent::Execute(execute))]
}

fn tell_again(ui: &mut Ui) {
    ui.tell(format!("this is the command; {} again runs it", ui.keymap.key(Action::Run)));
}

fn tick(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let Some(step) = ui.step(facts.book) else {
        ui.tell(format!("{} ticks manual steps; this is a phase", ui.keymap.key(Action::Tick)));
        return Vec::new();
    };
    if let StepState::Marked(verdict) = step_state(facts.run, step) {
        ui.tell(format!("already {}; {} takes it back", verdict.word(), ui.keymap.key(Action::TakeBack)));
        return Vec::new();
    }
    if !is_tickable(facts.run, step) {
        let [tick, run, sign] = [Action::Tick, Action::Run, Action::SignOff].map(|action| ui.keymap.key(action));
        ui.tell(format!("{tick} ticks manual steps only; {run} runs a command, {sign} signs off"));
        return Vec::new();
    }
    vec![Act::Intend(Intent::Mark { step: step.id.clone(), verdict: Verdict::Passed, reason: None })]
}

fn take_back(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let Some(step) = ui.step(facts.book) else {
        ui.tell("nothing to take back on a phase");
        return Vec::new();
    };
    vec![Act::Intend(Intent::Reverse { step: step.id.clone() })]
}

fn sign_off(ui: &mut Ui, facts: &Facts<'_>) {
    match ui.subject(facts.book) {
        Some(Subject::Phase(phase)) => match hold(facts.book, &Scope::Phase(phase.id.clone())) {
            Some(hold) => open_gate(ui, facts.run, &hold),
            None => ui.tell("this phase has no gate; sign off its steps"),
        },
        Some(Subject::Step(_, step)) => match hold(facts.book, &Scope::Step(step.id.clone())) {
            // The work comes first, then its release.
            Some(hold) if !step.is_leaf() || step_state(facts.run, step).is_settled() => {
                open_gate(ui, facts.run, &hold);
            }
            Some(_) | None if step.is_leaf() => dialog::open(ui, Dialog::sign_step(step.id.clone())),
            Some(_) | None => ui.tell("a group is settled by its steps; sign those off"),
        },
        None => {}
    }
}

fn open_gate(ui: &mut Ui, run: &Run, hold: &Hold<'_>) {
    match hold.state(run) {
        GateState::Released => ui.tell("this gate is released"),
        GateState::Held { .. } | GateState::Rejected => {
            dialog::open(ui, Dialog::sign_gate(hold.scope.clone(), hold.title.to_owned()));
        }
    }
}

fn skip(ui: &mut Ui, facts: &Facts<'_>) {
    match ui.step(facts.book) {
        Some(step) if step.is_leaf() => dialog::open(ui, Dialog::skip(step.id.clone())),
        Some(_) => ui.tell("a group is settled by its steps; skip those"),
        None => ui.tell("a phase is settled by its steps; skip those"),
    }
}

fn values(ui: &mut Ui, facts: &Facts<'_>) {
    let form = Form::new(facts.book, facts.run, None, None);
    if form.rows.is_empty() {
        ui.tell("this runbook asks for no values");
    } else {
        ui.modals.push(Modal::Form(form));
    }
}

const CUT_OFF: &str = "it is watched from outside only: its terminal went with the gonogo that started it";

fn type_program(ui: &mut Ui, facts: &Facts<'_>) {
    match facts.run.running() {
        Some(running) if running.is_rejoined() => ui.tell(CUT_OFF),
        Some(running) => {
            ui.keyboard = Keyboard::Program(running.id());
            ui.focus = Focus::Output;
            ui.pane.scroll_to_end();
        }
        None => ui.tell("no program is running to type into"),
    }
}

/// The whole terminal for the program. What that means is said before it happens the first time.
fn hand_over(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    if facts.run.running().is_some_and(Attempt::is_rejoined) {
        ui.tell(CUT_OFF);
        return Vec::new();
    }
    let Some(attempt) = facts.run.running().map(Attempt::id) else {
        let [run, lend] = [Action::Run, Action::HandOver].map(|action| ui.keymap.key(action));
        ui.tell(format!("no program is running; {run} starts the command, {lend} then gives it the whole terminal"));
        return Vec::new();
    };
    if ui.forewarned != Some(attempt) {
        ui.forewarned = Some(attempt);
        let lend = ui.keymap.key(Action::HandOver);
        ui.warn(format!(
            "{lend} again: the whole terminal; Ctrl-] comes back; redaction cannot see text painted by cursor moves"
        ));
        return Vec::new();
    }
    vec![Act::HandOver]
}

/// What is before the operator's eyes: the output when that has the focus, else the selected command.
fn copy(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let text = match ui.focus {
        Focus::Output => Some(ui.pane.visible_text()),
        Focus::Tree | Focus::Step => ui.command(facts).map(|(_, command)| command.text.clone()),
    };
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        ui.tell("there is nothing to copy here");
        return Vec::new();
    };
    vec![Act::Copy(text)]
}

fn poll(ui: &mut Ui, facts: &Facts<'_>) {
    let Screen::Board(board) = &ui.screen else {
        return;
    };
    let role = board::next_role(board, facts).or_else(|| facts.actor.role.clone());
    dialog::open(ui, Dialog::call(role.unwrap_or_else(|| facts.actor.name.clone())));
}

/// Ctrl-c: stops the command, harder each time. Asks nothing, except what an endless command's output is for.
pub(super) fn stop(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let Some(running) = facts.run.running() else {
        if let Some(acts) = by_itself::stop(ui, facts) {
            return acts;
        }
        ui.tell(format!("nothing is running; {} leaves", ui.keymap.key(Action::Quit)));
        return Vec::new();
    };
    let signal = match running.stops.last() {
        None => StopSignal::Interrupt,
        Some((StopSignal::Interrupt, _)) => StopSignal::Terminate,
        Some((StopSignal::Terminate | StopSignal::Kill, _)) => StopSignal::Kill,
    };
    let asked = matches!(ui.modals.last(), Some(Modal::Dialog(_)));
    if running.stops.is_empty() && is_endless(facts.book, running) && !running.is_rejoined() && !asked {
        dialog::open(ui, Dialog::stop_endless(signal));
        return Vec::new();
    }
    ui.modals.retain(|modal| !dialog::is_stop(modal));
    let why = running.stops.first().map_or(StopReason::Operator, |(_, why)| *why);
    vec![Act::Intend(Intent::Stop { signal, why })]
}

fn is_endless(book: &Runbook, attempt: &Attempt) -> bool {
    let target = &attempt.intended.target;
    let command = book.step(&target.step).and_then(|step| step.command(target.command as usize));
    command.is_some_and(|command| command.endless || command.options.endless == Some(true))
}

fn edit(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    ui.subject(facts.book).map(|subject| Act::Edit(subject.line())).into_iter().collect()
}

fn page(ui: &mut Ui) -> Vec<Act> {
    let Some(attempt) = ui.pane.attempt() else {
        ui.warn("no command of this step has printed anything yet");
        return Vec::new();
    };
    vec![Act::Page(attempt)]
}

fn quit(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    if !matches!(ui.screen, Screen::Walk) {
        ui.screen = Screen::Walk;
        return Vec::new();
    }
    if let Some(running) = facts.run.running() {
        dialog::open(ui, Dialog::leave(running));
        return Vec::new();
    }
    vec![Act::Quit]
}

fn toggle(ui: &mut Ui, screen: Screen) {
    let same = std::mem::discriminant(&ui.screen) == std::mem::discriminant(&screen);
    ui.screen = if same { Screen::Walk } else { screen };
}

/// One layer back: zoom, then page, then focus. Never leaves.
fn back(ui: &mut Ui, facts: &Facts<'_>) {
    if let Screen::Log(log) = &mut ui.screen
        && !log.pattern.is_empty()
    {
        log.filter(String::new());
    } else if !matches!(ui.screen, Screen::Walk) {
        ui.screen = Screen::Walk;
    } else if ui.zoom == Zoom::Focused {
        ui.zoom = Zoom::None;
    } else if !ui.find.hits.is_empty() {
        ui.find = crate::tui::ui::Find::default();
    } else if ui.tree.filter.is_on() && ui.focus == Focus::Tree {
        super::narrow::clear(ui, facts);
    } else {
        ui.focus = Focus::Tree;
    }
}

/// Enter: unfolds, shows the step, or jumps to what a row of the board is about.
fn open(ui: &mut Ui, facts: &Facts<'_>) {
    if let Screen::Timeline(line) = &ui.screen {
        if let Some(node) = line.rows.get(line.cursor).map(|row| row.node) {
            ui.screen = Screen::Walk;
            jump(ui, node);
        }
        return;
    }
    if let Screen::Board(board) = &ui.screen {
        if let Some(board::Target::Steps(kind)) = board.target() {
            let list = NodeList::of(kind, facts, &ui.outline);
            ui.modals.push(Modal::Nodes(list));
            return;
        }
        let node = match board.target() {
            Some(board::Target::Scope(Scope::Step(step))) => ui.outline.of_step(step),
            Some(board::Target::Scope(Scope::Phase(phase))) => ui.outline.of_phase(phase),
            Some(board::Target::Scope(Scope::Run) | board::Target::Role(_) | board::Target::Steps(_)) | None => None,
        };
        if let Some(node) = node {
            ui.screen = Screen::Walk;
            jump(ui, node);
        }
        return;
    }
    if ui.focus == Focus::Tree && !ui.tree.folded.remove(&ui.tree.cursor) {
        ui.focus = Focus::Step;
    }
}

/// The title of the first gate that is not released, for hints.
#[must_use]
pub(super) fn first_gate(book: &Runbook, run: &Run) -> Option<String> {
    holds(book).into_iter().find(|hold| hold.state(run) != GateState::Released).map(|hold| hold.title.to_owned())
}
