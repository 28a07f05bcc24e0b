//! What `gonogo` costs as a process, against what people would use instead: `cargo bench --bench commands`.
//!
//! Start-up against `/bin/true`; a thousand trivial steps against a bash loop that captures each output; a block that prints
//! 160 MB against `tee` to a file, three sizes of each so that growth shows; the memory that a flood takes. The journal is
//! on, with `synchronous=FULL`, in every row. Nothing is asserted: a benchmark informs, a test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock and starts processes")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod measure;
mod process;

use measure::{in_turn, is_wanted, ms, ratio};
use process::{mib, peak_kib, run};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    if !is_wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!("{:<44} {:>10} {:>10} {:>7} {:>7}", "what, against what", "gonogo ms", "other ms", "ratio", "budget");
    start_up();
    for (steps, rounds) in [(10, 15), (100, 5), (1000, 3)] {
        steps_in_a_row(folder.path(), steps, rounds);
    }
    for (lines, rounds) in [(200_000, 9), (2_000_000, 5), (20_000_000, 3)] {
        capture(folder.path(), lines, rounds);
    }
    memory(folder.path());
}

fn row(what: &str, (ours, theirs): (std::time::Duration, std::time::Duration), budget: &str) {
    println!("{what:<44} {:>10.2} {:>10.2} {:>7.2} {budget:>7}", ms(ours), ms(theirs), ratio(ours, theirs));
}

fn gonogo() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gonogo"))
}

/// `gonogo exec` of a runbook with a journal of its own, so that no run meets what the one before has left.
fn exec(folder: &Path, book: &Path) -> Command {
    let journal = folder.join("journal");
    // Nothing is there the first time.
    let _ = fs::remove_dir_all(&journal);
    let mut command = gonogo();
    command.arg("exec").arg(book).env("GONOGO_JOURNAL", journal.join("journal.db")).current_dir(folder);
    command
}

fn start_up() {
    let both = in_turn(41, || run(gonogo().arg("--version")), || run(&mut Command::new("/bin/true")));
    row("gonogo --version, /bin/true", both, "2.0");
}

/// A runbook of blocks, one a step.
fn book(folder: &Path, name: &str, blocks: impl Iterator<Item = String>) -> PathBuf {
    let mut text = "# Bench\n\n## Steps\n\n".to_owned();
    for (at, block) in blocks.enumerate() {
        write!(text, "### Step {at}\n\n```bash\n{block}\n```\n\n").unwrap();
    }
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn steps_in_a_row(folder: &Path, steps: usize, rounds: usize) {
    let path = book(folder, "steps.md", std::iter::repeat_n("true".to_owned(), steps));
    let captures = format!("for i in $(seq {steps}); do out=$(bash -c true 2>&1); status=$?; done");
    let both = in_turn(rounds, || run(&mut exec(folder, &path)), || run(Command::new("bash").arg("-c").arg(&captures)));
    row(&format!("{steps} steps `true`, bash capturing each"), both, "1.0");
}

fn capture(folder: &Path, lines: usize, rounds: usize) {
    let path = book(folder, "capture.md", std::iter::once(format!("seq 1 {lines}")));
    let tee = format!("seq 1 {lines} | tee '{}' > /dev/null", folder.join("tee.log").display());
    let both = in_turn(rounds, || run(&mut exec(folder, &path)), || run(Command::new("bash").arg("-c").arg(&tee)));
    row(&format!("{lines} lines printed, tee to a file"), both, "1.5");
}

fn memory(folder: &Path) {
    println!();
    for size in ["100M", "1G", "4G"] {
        let path = book(folder, "flood.md", std::iter::once(format!("yes | head -c {size}")));
        let peak = mib(peak_kib(&mut exec(folder, &path)));
        println!("peak while {size:>4} of output is captured: {peak:>6} MiB (budget 40)");
    }
}
