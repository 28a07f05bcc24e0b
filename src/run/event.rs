//! The facts that are written down: the only serialised vocabulary of a run, version 1.
//!
//! An [`Event`] is a fact in the past tense; an [`Entry`] is the same fact with its place in the chain. The stored body is
//! the JSON of [`Entry::body`]: keys sorted, no floats, no null, integers within ±(2^53 − 1). The exact stored bytes are
//! hashed, never a re-serialisation. Adding a variant or a field raises [`FORMAT`]; a reader that meets a kind it does not
//! know stops, it never skips.

mod attempt;
mod by_itself;
mod canonical;
mod deviation;
mod entry;
mod hex;
mod hex_option;
mod kind;
mod moment;

pub use attempt::{Ended, Leftover, Rejoin, Resolution, StopReason, StopSignal};
pub use by_itself::{Grounds, HookBegan, HookEnded, Probe, Probed, SoakBegan, TrustDecided};
pub use deviation::DeviationKind;
pub use entry::{Entry, Reader, Unreadable, chain};

use crate::runbook::{Correction, Digest, PhaseId, Risk, ShellSession, StepId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Version of the stored form.
pub const FORMAT: u32 = 1;

/// Names a run: 26 characters of Crockford base 32, sortable by time of birth (a ULID).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl RunId {
    /// The last six characters in lower case: what screens and people use.
    #[must_use]
    pub fn short(&self) -> String {
        let start = self.0.len().saturating_sub(6);
        self.0.get(start..).unwrap_or(&self.0).to_ascii_lowercase()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who acted and from where. An operating-system identity, only as good as the host: "recorded as", not "signed by".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The operator's name.
    pub name: String,
    /// Self-declared role, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// System user and id.
    pub user: String,
    pub uid: u32,
    pub host: String,
    /// Fingerprint of the SSH key the operator signs with, if there is one: self-declared until something is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
}

/// When and by whom: everything a fact needs that a pure function may not find out by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// For people.
    pub at: DateTime<Utc>,
    /// For lengths: microseconds of a monotonic clock that restarts with every boot.
    pub mono_us: u64,
    /// Which boot [`Stamp::mono_us`] belongs to.
    pub boot: String,
    pub by: Actor,
}

/// What kind of run it is. A rehearsal executes nothing and never says Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    Real,
    Rehearsal,
}

/// What a run began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// SHA-256 of the runbook's bytes, which are stored beside the events.
    #[serde(with = "hex")]
    pub runbook: Digest,
    pub title: String,
    /// The path the runbook was opened by, as given.
    pub path: String,
    pub run_kind: RunKind,
    /// `gonogo 0.1.0`.
    pub program: String,
    pub cwd: String,
    pub shell: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// Number of an attempt: 1-based, counted over the whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttemptId(pub u32);

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Which code of which step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    pub step: StepId,
    /// Index into [`crate::runbook::Step::commands`].
    pub command: u32,
    /// Index into [`crate::runbook::Command::parts`] when a single line was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
}

/// How the child's input and output are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A terminal in the pane.
    Pty,
    /// Pipes, no controlling terminal.
    Pipe,
}

/// What is about to be started. Committed before anything happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intended {
    pub attempt: AttemptId,
    pub target: Target,
    /// The text as it will be executed, redacted.
    pub text: String,
    pub channel: Channel,
    pub shell: String,
    pub cwd: String,
    pub risk: Risk,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// What it takes over from the shell before it, when that is not what a terminal would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<ShellSession>,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ending {
    Exited {
        code: i32,
    },
    Signalled {
        signal: i32,
    },
    /// The shell or interpreter could not be started.
    NotStarted {
        reason: String,
    },
    /// Stopped because its limit had passed.
    TimedOut,
    /// Stopped by the operator.
    Stopped,
    /// An endless command that the operator stopped on purpose and kept as evidence. Not a failure.
    Kept,
    /// It wanted a person at a terminal and there was none; it was ended and the step waits.
    Asked,
}

impl Ending {
    /// What to do about an exit code by which a shell says that it could not run a program (POSIX, XCU 2.8.2). A program may
    /// mean something else by it, so that this is advice and no verdict.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Ending::Exited { code: 127 } => Some("a program was not found: install it, or mend the PATH or its name"),
            Ending::Exited { code: 126 } => Some(
                "a program was found but may not run: chmod +x makes it executable, or name its interpreter before it",
            ),
            Ending::Exited { .. }
            | Ending::Signalled { .. }
            | Ending::NotStarted { .. }
            | Ending::TimedOut
            | Ending::Stopped
            | Ending::Kept
            | Ending::Asked => None,
        }
    }
}

/// What an attempt printed, as far as it is kept. The bytes are stored beside the events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputDigest {
    /// Length of the whole stream, in bytes, after redaction.
    pub bytes: u64,
    /// Bytes in the middle that were not kept.
    pub dropped: u64,
    /// How often something was redacted.
    pub redacted: u64,
    /// SHA-256 of the whole stream after redaction.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_option")]
    pub sha256: Option<Digest>,
    /// What is kept: the head, and the tail if something between was dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<OutputPart>,
    /// When it was printed: milliseconds since the command began, and the offset in the stream from which bytes came then or
    /// a little later. Few: bursts are one, and the longer it takes, the coarser. Absent where all came within the first
    /// [`OutputDigest::AT_ONCE`], and in journals of versions that did not record it. It counts bytes after redaction and
    /// stays when they are shredded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<(u64, u64)>,
}

impl OutputDigest {
    /// What ends within this time, in milliseconds, prints all at once for any eye.
    pub const AT_ONCE: u64 = 100;
}

/// A stored part of an output. `digest` = SHA-256 over salt and bytes; the salt is stored and shredded with the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPart {
    pub bytes: u64,
    #[serde(with = "hex")]
    pub digest: Digest,
}

/// A person's verdict on a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Passed,
    PassedWithRemarks,
    Failed,
    /// Skipped; the reason is recorded, the weight stays in the sum.
    Waived,
    /// Does not apply here; leaves the sum.
    NotApplicable,
    /// Comes back at the phase gate.
    Deferred,
}

impl Verdict {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::PassedWithRemarks => "passed with remarks",
            Verdict::Failed => "failed",
            Verdict::Waived => "waived",
            Verdict::NotApplicable => "not applicable",
            Verdict::Deferred => "deferred",
        }
    }

    /// Whether it says nothing without a reason.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        match self {
            Verdict::Passed | Verdict::Failed => false,
            Verdict::PassedWithRemarks | Verdict::Waived | Verdict::NotApplicable | Verdict::Deferred => true,
        }
    }
}

/// What a sign-off is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    Step(StepId),
    Phase(PhaseId),
    Run,
}

/// What a sign-off means (21 CFR 11.50: a signature states its meaning).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    Performed,
    Witnessed,
    Verified,
    Approved,
    Rejected,
    Released,
    /// The run is over; only in the statement that closes it.
    Closed,
}

impl Meaning {
    pub const ALL: [Meaning; 7] = [
        Meaning::Performed,
        Meaning::Witnessed,
        Meaning::Verified,
        Meaning::Approved,
        Meaning::Rejected,
        Meaning::Released,
        Meaning::Closed,
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Meaning::Performed => "performed",
            Meaning::Witnessed => "witnessed",
            Meaning::Verified => "verified",
            Meaning::Approved => "approved",
            Meaning::Rejected => "rejected",
            Meaning::Released => "released",
            Meaning::Closed => "closed",
        }
    }
}

/// A go or a no-go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Go,
    NoGo,
}

impl Call {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Call::Go => "GO",
            Call::NoGo => "NO-GO",
        }
    }
}

/// An edited version of the runbook that the operator took over. Its bytes are stored beside the events, like the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// SHA-256 of the bytes that the run walks from here on.
    #[serde(with = "hex")]
    pub runbook: Digest,
    /// SHA-256 of those it walked before.
    #[serde(with = "hex")]
    pub from: Digest,
    pub title: String,
    /// The steps that are not the same in both; see [`super::drift`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepChange>,
    /// Gates whose sign-offs no longer hold, because they guard something else now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voided: Vec<Scope>,
}

/// What became of a step when the runbook was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepChange {
    pub change: ChangeKind,
    /// Its id before; absent for a step that was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<StepId>,
    /// Its id now; absent for a step that is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<StepId>,
}

/// How a step differs between two versions of a runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Added,
    /// It says something else, or stands in another phase: what was recorded about it is stale.
    Changed,
    Gone,
    /// It says the same at another place of its phase.
    Moved,
    /// It says the same under another id.
    Renamed,
}

impl ChangeKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::Added => "added",
            ChangeKind::Changed => "changed",
            ChangeKind::Gone => "gone",
            ChangeKind::Moved => "moved",
            ChangeKind::Renamed => "renamed",
        }
    }
}

/// The statement behind a sign-off or a close, and the signature under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The exact text that was shown, in the form of [`crate::run::statement`].
    pub statement: String,
    /// Armoured `SSHSIG`; absent when no key took part: then it is recorded as said by somebody, not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A deferred step that a run was closed without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    pub step: StepId,
    pub reason: String,
}

/// A process that drives a run: who holds the lease, and how to tell whether it still lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sitting {
    pub pid: u32,
    /// Start time of the process in clock ticks since boot (proc(5), field 22), so that a reused pid is not mistaken.
    pub started: u64,
    /// How the operator works: `screen`, `plain`, `exec`.
    pub skin: String,
}

/// A fact. Its JSON is its kind with its data, `{"called":{…}}`; an entry's body has them side by side (see [`Entry`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    RunOpened(Opened),
    /// A process began or continued to drive the run.
    SittingBegan(Sitting),
    /// It left in an orderly way.
    SittingEnded,
    /// The wall clock was set, or corrected itself, by so many milliseconds; lengths are measured by another clock.
    ClockStepped {
        by_ms: i64,
    },
    AttemptIntended(Intended),
    AttemptSpawned {
        attempt: AttemptId,
        pid: u32,
        started: u64,
        /// What its processes carry in their environment, so that they are known again after a crash.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
    },
    /// After a crash the processes of an attempt were still there, and the operator took charge of them again. What they
    /// print meanwhile is not seen.
    AttemptRejoined {
        attempt: AttemptId,
        purpose: Rejoin,
        reason: String,
    },
    /// The processes that were taken charge of again are gone. Nobody saw the end; `ending` only if the system still knew it.
    AttemptGone {
        attempt: AttemptId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ending: Option<Ending>,
        /// Those that outlived the command itself.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_over: Vec<Leftover>,
    },
    StopSent {
        attempt: AttemptId,
        signal: StopSignal,
        why: StopReason,
    },
    AttemptEnded(Ended),
    AttemptResolved {
        attempt: AttemptId,
        resolution: Resolution,
        reason: String,
        /// Processes of it that were still there then, and were left alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_over: Vec<Leftover>,
    },
    /// What an attempt had printed was removed from the journal, bytes and salt, because it should never have been kept.
    OutputShredded {
        attempt: AttemptId,
        reason: String,
    },
    /// In a rehearsal: the command was shown and practised, nothing was executed.
    AttemptRehearsed {
        target: Target,
    },
    StepMarked {
        step: StepId,
        verdict: Verdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Takes back the mark recorded at `seq`; both stay in the record.
    MarkReversed {
        step: StepId,
        seq: u64,
    },
    NoteAdded {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        text: String,
    },
    /// A value was given. A secret's value is not stored.
    ValueGiven {
        name: String,
        secret: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// The environment variable that it was taken from, as the author wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// The author's file was edited and the operator walks the edited version from here on.
    RunbookAdopted(Adopted),
    /// The author's file was edited and the operator stays on the recorded bytes. Those of the file are stored as well.
    RunbookDeclined {
        #[serde(with = "hex")]
        runbook: Digest,
    },
    /// Where commands act from now on: `kim@web1, /srv/app, kube prod`.
    TargetPinned {
        target: String,
    },
    /// Whether what would run by itself may.
    TrustDecided(TrustDecided),
    RequirementsProbed(Probed),
    HookBegan(HookBegan),
    HookEnded(HookEnded),
    SoakBegan(SoakBegan),
    /// The clock of a timed step stands still until it is begun again.
    SoakPaused {
        step: StepId,
    },
    SignedOff {
        scope: Scope,
        meaning: Meaning,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<Sealed>,
    },
    /// A gate was passed without the sign-offs it demands (break-glass); somebody else has to review it before the close.
    GateOverridden {
        scope: Scope,
        reason: String,
    },
    Called {
        role: String,
        call: Call,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Deviated {
        deviation: DeviationKind,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<StepId>,
        reason: String,
        /// How a place of the document is read from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correction: Option<Correction>,
    },
    RunClosed {
        verdict: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        carried: Vec<Carried>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<Sealed>,
    },
}
