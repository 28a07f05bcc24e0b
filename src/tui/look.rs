//! How things look: glyphs and the tone of each state.

use super::text::Zone;
use super::theme::{Theme, Tone};
use crate::run::event::Verdict;
use crate::run::gate::GateState;
use crate::run::readiness::Answer;
use crate::run::state::StepState;
use ratatui::style::Style;
use ratatui::text::Span;

/// Which characters may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// Theme, glyphs and clock together: all that decides how the same facts look.
#[derive(Debug, Clone)]
pub struct Look {
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub zone: Zone,
}

/// A sign that is drawn one way or the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Done,
    Failed,
    Running,
    Open,
    Unknown,
    Asks,
    Skipped,
    Deferred,
    Gate,
    Released,
    AtHand,
    Folded,
    Unfolded,
    Runnable,
    Chosen,
    Bar,
    Cursor,
    GaugeDone,
    GaugeRest,
    Planned,
    Radio,
    RadioChosen,
    Bullet,
    Dot,
}

impl Look {
    #[must_use]
    pub fn style(&self, tone: Tone) -> Style {
        self.theme.style(tone)
    }

    #[must_use]
    pub fn span(&self, text: impl Into<String>, tone: Tone) -> Span<'static> {
        Span::styled(super::text::safe(&text.into()).into_owned(), self.style(tone))
    }

    #[must_use]
    pub fn sign(&self, sign: Sign) -> &'static str {
        let (unicode, ascii) = match sign {
            Sign::Done => ("✓", "x"),
            Sign::Failed => ("✗", "!"),
            Sign::Running => ("●", ">"),
            Sign::Open => ("○", "."),
            Sign::Unknown => ("?", "?"),
            Sign::Asks => ("◆", "S"),
            Sign::Skipped => ("–", "-"),
            Sign::Deferred => ("↷", "~"),
            Sign::Gate => ("⚑", "G"),
            Sign::Released => ("⚐", "g"),
            Sign::AtHand => ("·", ":"),
            Sign::Folded => ("▸", "+"),
            Sign::Unfolded => ("▾", "-"),
            Sign::Runnable => ("▷", ">"),
            Sign::Chosen => ("▶", ">>"),
            Sign::Bar => ("│", "|"),
            Sign::Cursor => ("▌", ">"),
            Sign::GaugeDone => ("█", "#"),
            Sign::GaugeRest => ("·", "."),
            Sign::Planned => ("░", "-"),
            Sign::Radio => ("( )", "( )"),
            Sign::RadioChosen => ("(•)", "(*)"),
            Sign::Bullet => ("•", "*"),
            Sign::Dot => ("·", "-"),
        };
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// The glyph of a state, in its tone.
    #[must_use]
    pub fn state(&self, state: StepState) -> Span<'static> {
        let (sign, tone) = state_look(state);
        Span::styled(self.sign(sign), self.style(tone))
    }
}

/// Glyph and tone of a state.
#[must_use]
pub fn state_look(state: StepState) -> (Sign, Tone) {
    match state {
        StepState::Open => (Sign::Open, Tone::Muted),
        StepState::Running => (Sign::Running, Tone::Running),
        StepState::Unknown => (Sign::Unknown, Tone::Warning),
        StepState::Stale => (Sign::Asks, Tone::Warning),
        StepState::Ran | StepState::Waiting => (Sign::Asks, Tone::Waiting),
        StepState::Failed | StepState::Marked(Verdict::Failed) => (Sign::Failed, Tone::Fail),
        StepState::Passed | StepState::Marked(Verdict::Passed | Verdict::PassedWithRemarks) => (Sign::Done, Tone::Ok),
        StepState::Marked(Verdict::Waived | Verdict::NotApplicable) | StepState::OtherBranch => {
            (Sign::Skipped, Tone::Skipped)
        }
        StepState::Marked(Verdict::Deferred) => (Sign::Deferred, Tone::Waiting),
    }
}

/// Tone of the run's answer.
#[must_use]
pub fn answer_tone(answer: Answer) -> Tone {
    match answer {
        Answer::Go => Tone::Ok,
        Answer::Hold => Tone::Waiting,
        Answer::NoGo => Tone::Fail,
        Answer::Rehearsed => Tone::Rehearsal,
    }
}

/// Sign, tone and words of a gate.
#[must_use]
pub fn gate_look(state: GateState) -> (Sign, Tone, String) {
    match state {
        GateState::Released => (Sign::Released, Tone::Ok, "released".to_owned()),
        GateState::Rejected => (Sign::Gate, Tone::Fail, "rejected".to_owned()),
        GateState::Held { signed, needed } => (Sign::Gate, Tone::Gate, format!("held {signed}/{needed}")),
    }
}
