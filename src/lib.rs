//! gonogo walks a Markdown runbook in the terminal, records who did what, and ends with GO or NO-GO.
//!
//! This is the architecture. Read the modules in this order:
//!
//! ```text
//! runbook   PURE  what the author wrote: decode, parse, classify; a tree with places and problems
//! run       PURE  what happened and what may happen next: event, fold, gate, readiness, decide
//! journal         append-only store: schema, chain, ledger, lease, output; the only user of SQLite
//! exec            start, feed, stop, sweep: pseudo-terminals, pipes, shell state, redaction
//! session         the one place where decisions meet the world: record, then do
//! audit           compose the record of a run, export it, verify it
//! tui             the screen: a pure update and a pure draw inside one loop
//! cli             commands, plain mode, unattended walk, configuration, paths
//!
//! main ─► cli ─► tui ─► session ─┬► journal ─┐
//!          │                     └► exec ────┼─► run ─► runbook        ("─►" = may use)
//!          └───► audit ────────────► journal ┘   pure     pure
//! ```
//!
//! Beside these, everybody but the pure modules may do two things at once (`at_once`), and `audit` has `exec::sign` ask ssh-keygen whether signatures hold; it starts nothing else.
//!
//! One keystroke travels like this:
//!
//! ```text
//! file.md ── runbook::read ──► Runbook ─┐                    ┌─ Refusal ─► footer or dialog
//!                                       ▼                    │
//! key ── tui::keys ──► Intent ──► run::decide(&Runbook, &Run, Intent, &Circumstances)
//!                                                            └─► [Record(AttemptIntended), Start(…)]
//! session: journal.append ──► Entry ──► run.apply ──► executor.start
//! child ──► tape (redacted) ──► journal output + pane        exit ──► Record(AttemptEnded)
//! Scene { book, run, readiness, ui, theme } ──► tui::view::draw
//! ```
//!
//! Invariants:
//!
//! 1. The journal is the program. State is a fold over committed events; resume, log, export and most tests are the same
//!    fold. Caches may be dropped at any time.
//! 2. Decide, record, do. [`run::decide`] is pure and returns ordered effects; an event is committed and synced before
//!    anything happens in the world. A failed append drops the effects behind it. Without a person, a step's ending may
//!    wait for the next intent and share its commit: until then nothing is told and nothing is started.
//! 3. An attempt with no recorded ending is unknown. The operator is asked. Nothing is ever re-run by itself.
//! 4. The runbook's bytes go into the journal when the run starts; the run walks those bytes. The author's file is never
//!    written.
//! 5. [`runbook`] and [`run`] see no clock, file, environment, thread, terminal or database; times, names and sizes are
//!    arguments.
//! 6. The screen is a pure function of plain references. One closed message enum, no callbacks, no globals.
//! 7. Only redacted bytes reach the journal, a hash, a log or an export. The stored form is not the live form; it has a
//!    version, and its stored bytes are what is hashed.
//! 8. One engine for screen, plain mode and `exec`; they differ in skin only. Gates fail closed everywhere.
//! 9. Expected failures are data: a document's mistake is a `Problem`, an operator's wish that cannot be is a `Refusal`,
//!    a command's failure is an `Ending`. `Err` is for faults: ours or the machine's.
//!
//! `tests/architecture.rs` enforces the arrows, where each outside crate may be used, and the size of files;
//! `clippy.toml` forbids reading clock and environment outside their one place.

pub mod at_once;
pub mod audit;
pub mod cli;
pub mod exec;
pub mod journal;
pub mod run;
pub mod runbook;
pub mod session;
pub mod tui;
