//! What `gonogo` costs as a process, against what people would use instead: `cargo bench --bench commands`.
//!
//! Start-up against `/bin/true`; trivial steps against a bash loop that captures each output; a block that prints against
//! `tee` to a file; an export and its verification against `sha256sum` and `zstd -1` over the same bytes; three sizes of each
//! so that growth shows; and the memory that a flood takes. The journal is on, with `synchronous=FULL`, in every row. Nothing is asserted:
//! a benchmark informs, a test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and starts processes")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod measure;
mod process;
mod table;

use measure::{in_turn, is_wanted, ms, ratio, sizes};
use process::{mib, peak_kib, run};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn main() {
    if !is_wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    table::head();
    start_up();
    for (steps, rounds) in sizes(&[(100, 15), (1000, 5), (10_000, 1)]) {
        steps_in_a_row(folder.path(), *steps, *rounds);
    }
    for (lines, rounds) in sizes(&[(200_000, 9), (2_000_000, 5), (20_000_000, 5)]) {
        let mb = Some(lines / 20_000_000 * 169).filter(|mb| *mb > 0);
        let size = mb.map_or_else(|| format!("{lines} lines"), |mb| format!("{lines} lines, {mb} MB"));
        capture(folder.path(), &format!("seq 1 {lines}"), &size, *rounds, "1.5");
    }
    for (size, rounds) in sizes(&[("10M", 9), ("100M", 5), ("1G", 3)]) {
        capture(folder.path(), &format!("yes | head -c {size}"), &format!("{size} of `yes`"), *rounds, "1.6");
    }
    for (steps, rounds) in sizes(&[(10, 5), (100, 5), (1000, 3)]) {
        export(folder.path(), *steps, *rounds);
    }
    let mut least = None;
    for size in sizes(&["100M", "1G", "10G"]) {
        let peak = memory(folder.path(), size);
        let least = *least.get_or_insert(peak);
        let ratio = peak.zip(least).map(|(peak, least)| f64::from(peak) / f64::from(least));
        let what = format!("peak memory of `exec` in MiB while {size} are captured, 100M");
        table::row(&what, mib(peak), mib(least), ratio, "40 MiB");
    }
}

fn row(what: &str, (ours, theirs): (Duration, Duration), goal: &str) {
    let shown = |time| format!("{:.1} ms", ms(time));
    table::row(what, shown(ours), shown(theirs), Some(ratio(ours, theirs)), goal);
}

fn gonogo(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
    command.env("GONOGO_JOURNAL", folder.join("journal").join("journal.db")).current_dir(folder);
    command
}

fn bash(text: &str) -> Command {
    let mut command = Command::new("bash");
    command.arg("-c").arg(text);
    command
}

/// `gonogo exec` of a runbook with a journal of its own, so that no run meets what the one before has left.
fn exec(folder: &Path, book: &Path) -> Command {
    // Nothing is there the first time.
    let _ = fs::remove_dir_all(folder.join("journal"));
    let mut command = gonogo(folder);
    command.arg("exec").arg(book);
    command
}

fn start_up() {
    let both = in_turn(
        41,
        || run(Command::new(env!("CARGO_BIN_EXE_gonogo")).arg("--version")),
        || run(&mut Command::new("/bin/true")),
    );
    row("`gonogo --version`, `/bin/true`", both, "2.0");
}

/// A runbook of blocks, one a step.
fn book(folder: &Path, name: &str, blocks: impl Iterator<Item = String>) -> PathBuf {
    let mut text = "# Bench\n\n## Steps\n\n".to_owned();
    for (at, block) in blocks.enumerate() {
        // `yes` looks endless, and without its author's word a person would be waited for.
        let word = if block.starts_with("yes") { " {run=auto timeout=3600s}" } else { "" };
        write!(text, "### Step {at}\n\n```bash{word}\n{block}\n```\n\n").unwrap();
    }
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn steps_in_a_row(folder: &Path, steps: usize, rounds: usize) {
    let path = book(folder, "steps.md", std::iter::repeat_n("true".to_owned(), steps));
    let captures = format!("for i in $(seq {steps}); do out=$(bash -c true 2>&1); status=$?; done");
    let both = in_turn(rounds, || run(&mut exec(folder, &path)), || run(&mut bash(&captures)));
    row(&format!("{steps} steps `true`, a bash loop that captures each"), both, "1.0");
}

fn capture(folder: &Path, block: &str, name: &str, rounds: usize, goal: &str) {
    let path = book(folder, "capture.md", std::iter::once(block.to_owned()));
    let tee = format!("{block} | tee '{}' > /dev/null", folder.join("tee.log").display());
    let both = in_turn(rounds, || run(&mut exec(folder, &path)), || run(&mut bash(&tee)));
    row(&format!("{name} captured, `tee` to a file"), both, goal);
}

/// Steps that print 64 KiB each, no line twice, exported with all they printed.
fn export(folder: &Path, steps: usize, rounds: usize) {
    let print = |step: usize| format!("seq -f 'line %.0f of the listing' {} {}", step * 3000, step * 3000 + 2500);
    let path = book(folder, "export.md", (0..steps).map(print));
    run(&mut exec(folder, &path));
    // Each goes to a new place: a folder that was just removed makes the file system's work another one.
    let mut places = (0..).map(|round| folder.join(format!("bundle-{steps}-{round}")));
    let mut export = || {
        let bundle = places.next().expect("numbers do not end");
        let mut command = gonogo(folder);
        command.args(["export", "--format", "bundle", "--include-output", "full", "--output"]).arg(&bundle);
        run(&mut command);
        bundle
    };
    let bundle = export();
    let all = folder.join("all.log");
    run(&mut bash(&format!("cat $(find '{}' -type f) > '{}'", bundle.display(), all.display())));
    let plain = format!("sha256sum '{0}' && zstd -q -1 -c '{0}'", all.display());
    let both = in_turn(rounds, || drop(export()), || run(&mut bash(&plain)));
    row(&format!("export of {steps} steps with outputs, `sha256sum` + `zstd -1`"), both, "1.5");
    let sums = format!("sha256sum '{}'", all.display());
    let both = in_turn(rounds, || run(gonogo(folder).arg("verify").arg(&bundle)), || run(&mut bash(&sums)));
    row(&format!("verification of that record of {steps} steps, `sha256sum`"), both, "");
}

fn memory(folder: &Path, size: &str) -> Option<u32> {
    let path = book(folder, "flood.md", std::iter::once(format!("yes | head -c {size}")));
    peak_kib(&mut exec(folder, &path))
}
