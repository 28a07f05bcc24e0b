//! What the screen costs, seen from the terminal's side: `cargo bench --bench screen`.
//!
//! The real program runs in a pseudo-terminal of 200x60 whose output is emulated. Measured are the first frame against
//! `vim -u NONE` on the same file in alternating rounds, the time from a key to the first byte of the answer, what a frame
//! costs with up to ten million lines behind it, the time until an answer stands on the screen during floods, how soon they stop,
//! the memory they take, and what is written while nothing happens. Nothing is asserted: a benchmark informs, a test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod journals;
#[expect(dead_code, reason = "each benchmark measures with some of it")]
mod measure;
mod table;

use measure::{is_short, sizes};
use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

const COLS: u16 = 200;
const ROWS: u16 = 60;

/// Rounds of the first frame, and keys that are pressed.
const ROUNDS: usize = 15;
const KEYS: usize = 200;
const FRAMES: u32 = 400;

/// Nothing takes longer, unless it is broken.
const PATIENCE: Duration = Duration::from_mins(5);

fn main() {
    // Under `cargo test` benchmarks are only compiled and started.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    table::head();
    first_frame(folder.path());
    for runs in sizes(&[1_000, 100_000]) {
        first_frame_among(folder.path(), *runs);
    }
    let mut least = None;
    for steps in sizes(&[60, 1000, 10_000]) {
        keys(folder.path(), *steps, &mut least);
    }
    let mut least = None;
    for lines in sizes(&[1_000, 100_000, 10_000_000]) {
        let cost = frames(folder.path(), *lines);
        let least = *least.get_or_insert(cost);
        let what = format!("processor time of a key and its frame behind {lines} lines, 1000");
        table::row(&what, ms(cost), ms(least), Some(cost.as_secs_f64() / least.as_secs_f64()), "1.1");
    }
    for kind in sizes(&FLOODS) {
        flood(folder.path(), *kind);
    }
    if is_short() {
        return;
    }
    whole_flood(folder.path());
}

/// A runbook of so many steps with its marker in the title.
fn runbook(folder: &Path, steps: usize) -> String {
    let mut text = "# Marker of the first screen\n".to_owned();
    for step in 0..steps {
        if step % 20 == 0 {
            write!(text, "\n## Phase {}: Part {step}\n\n", step / 20 + 1).unwrap();
        }
        write!(
            text,
            "### Check item {step}\n\nSome words about it, `code` and **more**.\n\n```bash\necho item {step}\n```\n\n"
        )
        .unwrap();
    }
    let path = folder.join(format!("book-{steps}.md"));
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn first_frame(folder: &Path) {
    let book = runbook(folder, 60);
    let (mut ours, mut vims) = (Vec::new(), Vec::new());
    let vim = ["vim", "-u", "NONE", "-N", "-n", &book];
    let has_vim = std::process::Command::new("vim").arg("--version").output().is_ok();
    for _ in 0..if is_short() { 1 } else { ROUNDS } {
        let mut seen = Seen::start(folder, &[env!("CARGO_BIN_EXE_gonogo"), &book]);
        ours.push(seen.wait_for("Marker"));
        seen.quit("q");
        if has_vim {
            let mut seen = Seen::start(folder, &vim);
            vims.push(seen.wait_for("Marker"));
            seen.quit(":q!\r");
        }
    }
    let ours_shown = ms(median(&mut ours));
    if has_vim {
        let mut ratios: Vec<f64> =
            ours.iter().zip(&vims).map(|(our, vim)| our.as_secs_f64() / vim.as_secs_f64()).collect();
        ratios.sort_by(f64::total_cmp);
        let ratio = ratios[ratios.len() / 2];
        table::row("first frame, `vim -u NONE`", ours_shown, ms(median(&mut vims)), Some(ratio), "3.0");
    } else {
        table::row("first frame (no vim here to compare with)", ours_shown, "", None, "");
    }
}

/// The first frame with a journal of so many unfinished runs of other runbooks, against an empty one.
fn first_frame_among(folder: &Path, runs: u32) {
    let book = runbook(folder, 60);
    let (crowded, lonely) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    journals::with_runs(&crowded.path().join("journal.db"), runs);
    let (mut many, mut none) = (Vec::new(), Vec::new());
    for _ in 0..if is_short() { 1 } else { ROUNDS } {
        for (beside, times) in [(&crowded, &mut many), (&lonely, &mut none)] {
            let mut seen = Seen::start(beside.path(), &[env!("CARGO_BIN_EXE_gonogo"), &book]);
            times.push(seen.wait_for("Marker"));
            seen.quit("q");
        }
    }
    let (many, none) = (median(&mut many), median(&mut none));
    let ratio = many.as_secs_f64() / none.as_secs_f64();
    table::row(&format!("first frame beside {runs} unfinished runs, none"), ms(many), ms(none), Some(ratio), "1.5");
}

/// `least` is the median with the fewest steps.
fn keys(folder: &Path, steps: usize, least: &mut Option<Duration>) {
    let book = runbook(folder, steps);
    let mut seen = Seen::start(folder, &[env!("CARGO_BIN_EXE_gonogo"), &book]);
    seen.wait_for("Marker");
    seen.drain(Duration::from_millis(700));
    let idle = seen.drain(Duration::from_secs(2));
    let mut times: Vec<Duration> = (0..KEYS)
        .map(|press| {
            let time = seen.first_byte(if press % 10 < 5 { "j" } else { "k" });
            seen.drain(Duration::from_millis(20));
            time
        })
        .collect();
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    let median = times[times.len() / 2];
    let least = *least.get_or_insert(median);
    let ratio = Some(median.as_secs_f64() / least.as_secs_f64());
    table::row(&format!("key to first byte, {steps} steps, 60: median"), ms(median), ms(least), ratio, "5 ms");
    table::row(&format!("key to first byte, {steps} steps: of 100 the slowest"), ms(p99), "", None, "16 ms");
    table::row(&format!("written in 2 s while nothing happens, {steps} steps"), format!("{idle} bytes"), "", None, "0");
    seen.quit("q");
}

/// What a key and the frame that answers it cost in processor time while so many lines of output stand behind the pane.
fn frames(folder: &Path, lines: u32) -> Duration {
    let path = folder.join("lines.md");
    fs::write(&path, format!("# Marker\n\n## Phase 1: Print\n\n### Print much\n\n```bash\nseq 1 {lines}\n```\n\n### Other\n\n- [ ] One\n- [ ] Two\n- [ ] Three\n")).unwrap();
    let mut seen = Seen::start(folder, &[env!("CARGO_BIN_EXE_gonogo"), "--new", &path.display().to_string()]);
    seen.wait_for("Marker");
    seen.press("r");
    seen.drain(Duration::from_millis(300));
    if seen.screen().contains("Yes, run it") {
        seen.press("y");
    }
    seen.wait_for("✓");
    seen.drain(Duration::from_millis(500));
    let before = seen.processor_time();
    for press in 0..FRAMES {
        seen.first_byte(if press % 2 == 0 { "j" } else { "k" });
        seen.drain(Duration::from_millis(6));
    }
    let cost = seen.processor_time().saturating_sub(before) / FRAMES;
    seen.quit("q");
    cost
}

/// Floods, as people meet them: without end, of lines that differ, coloured, and of a shell that prints line by line.
const FLOODS: [(&str, &str); 4] = [
    ("`yes`", "yes"),
    ("`seq`", "seq 1 999999999"),
    ("coloured lines", "yes $'\\033[32mok\\033[0m \\033[1mitem\\033[0m of the list, and some words behind it'"),
    ("a shell's loop", "while true; do echo \"on $((1 + 1)) it goes\"; done"),
];

/// Keys and their answers while a program floods the pane, the stop of it, and the memory all that took.
fn flood(folder: &Path, (name, command): (&str, &str)) {
    let mut seen = begin(folder, command);
    seen.drain(Duration::from_millis(500));
    let (mut helps, mut moves) = (Vec::new(), Vec::new());
    for press in 0..60 {
        seen.drain(Duration::from_millis(37));
        seen.press("?");
        helps.push(seen.wait_for("type to filter"));
        seen.press("\u{1b}");
        seen.drain(Duration::from_millis(60));
        let (key, shown) = if press % 2 == 0 { ("j", "┬ 2 End") } else { ("k", "┬ 1.1 Print") };
        seen.press(key);
        moves.push(seen.wait_for(shown));
    }
    helps.sort();
    let slowest = ms(helps[helps.len() * 95 / 100]);
    table::row(&format!("{name}: key to help on the screen, median"), ms(median(&mut helps)), "", None, "35 ms");
    table::row(&format!("{name}: the same, of 20 the slowest"), slowest, "", None, "100 ms");
    table::row(
        &format!("{name}: key to another step on the screen, median"),
        ms(median(&mut moves)),
        "",
        None,
        "35 ms",
    );
    seen.press("\u{3}");
    seen.wait_for_any(&["Let it run", "✗"]);
    if seen.screen().contains("Let it run") {
        seen.press("s");
    }
    let gone = ms(seen.wait_until_gone());
    table::row(&format!("{name}: order to stop, until its process is gone"), gone, "", None, "200 ms");
    let stopped = ms(seen.wait_for_any(&["✗"]));
    table::row(&format!("{name}: the same, until its output is kept and its end shown"), stopped, "", None, "");
    table::row(&format!("{name}: peak memory of the screen"), seen.peak(), "", None, "60 MiB");
    seen.quit("q");
}

/// A flood that ends: every byte passes through the pane.
fn whole_flood(folder: &Path) {
    let mut seen = begin(folder, "yes | head -c 1G");
    let took = seen.wait_for("✓");
    let rate = format!("{:.0} MiB/s", 1024.0 / took.as_secs_f64());
    table::row("1 GiB of `yes` through the screen's terminal", rate, "", None, "");
    table::row("1 GiB of `yes`: peak memory of the screen", seen.peak(), "", None, "60 MiB");
    seen.quit("q");
}

/// A screen on which a command has just begun to print.
fn begin(folder: &Path, command: &str) -> Seen {
    let path = folder.join("flood.md");
    let text = format!(
        "# Marker\n\n## Phase 1: Flood\n\n### Print without end\n\n```bash {{interactive=true}}\n{command}\n```\n\n## Phase 2: End\n\n- [ ] Done\n"
    );
    fs::write(&path, text).unwrap();
    let mut seen = Seen::start(folder, &[env!("CARGO_BIN_EXE_gonogo"), "--new", &path.display().to_string()]);
    seen.wait_for("Marker");
    seen.press("r");
    seen.wait_for_any(&["Yes, run it", "running"]);
    if seen.screen().contains("Yes, run it") {
        seen.press("y");
    }
    seen.wait_for_any(&["running", "✓"]);
    seen
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A program seen from its terminal.
struct Seen {
    pty: Pty,
    child: Child,
    emulator: vt100::Parser,
    /// When it was started, or the last key pressed.
    since: Instant,
}

impl Seen {
    fn start(folder: &Path, words: &[&str]) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(pty_process::Size::new(ROWS, COLS)).unwrap();
        let since = Instant::now();
        let child = Command::new(words[0])
            .args(&words[1..])
            .current_dir(folder)
            .env("TERM", "xterm-256color")
            .env("GONOGO_JOURNAL", folder.join("journal.db"))
            .env("GONOGO_OPERATOR", "bench")
            .env("XDG_CONFIG_HOME", folder)
            .spawn(pts)
            .unwrap();
        let cells = |number| NonZero::new(number).unwrap();
        Seen { pty, child, emulator: vt100::Parser::new(cells(ROWS), cells(COLS), 0), since }
    }

    /// What the program has used so far, in steps of a hundredth of a second (proc(5), fields 14 and 15 of `stat`).
    fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields).split_ascii_whitespace();
        let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// The highest resident size so far.
    fn peak_kib(&self) -> Option<u32> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
    }

    fn peak(&self) -> String {
        self.peak_kib().map_or("unknown".to_owned(), |kib| format!("{:.1} MiB", f64::from(kib) / 1024.0))
    }

    fn press(&mut self, keys: &str) {
        self.since = Instant::now();
        (&self.pty).write_all(keys.as_bytes()).unwrap();
    }

    fn screen(&self) -> String {
        self.emulator.screen().contents()
    }

    /// Takes in what is there, waiting at most so long for it; the number of bytes.
    fn take(&mut self, at_most: Duration) -> usize {
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(at_most.subsec_nanos()) };
        let ready = poll(&mut [PollFd::new(&self.pty, PollFlags::IN)], Some(&wait)).unwrap_or(0);
        let mut buffer = [0; 8192];
        match if ready > 0 { (&self.pty).read(&mut buffer) } else { Ok(0) } {
            Ok(read) => {
                self.emulator.process(&buffer[..read]);
                read
            }
            Err(_) => 0,
        }
    }

    /// Takes everything in for a while; the number of bytes.
    fn drain(&mut self, length: Duration) -> usize {
        let begun = Instant::now();
        let mut sum = 0;
        while begun.elapsed() < length {
            sum += self.take(Duration::from_millis(5));
        }
        sum
    }

    fn first_byte(&mut self, keys: &str) -> Duration {
        self.press(keys);
        while self.take(Duration::from_millis(100)) == 0 && self.since.elapsed() < PATIENCE {}
        self.since.elapsed()
    }

    fn wait_for(&mut self, text: &str) -> Duration {
        self.wait_for_any(&[text])
    }

    fn wait_for_any(&mut self, texts: &[&str]) -> Duration {
        while !texts.iter().any(|text| self.screen().contains(text)) {
            assert!(self.since.elapsed() < PATIENCE, "{texts:?} never came:\n{}", self.screen());
            self.take(Duration::from_millis(50));
        }
        self.since.elapsed()
    }

    /// Waits until no program runs in the pane any more: the one that holds its terminal has no children.
    fn wait_until_gone(&mut self) -> Duration {
        let children = |pid: &str| fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let of_any_thread = |pid: u32| -> String {
            let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect()
        };
        while of_any_thread(self.child.id()).split_whitespace().any(|holder| !children(holder).is_empty()) {
            assert!(self.since.elapsed() < PATIENCE, "it is still there:\n{}", self.screen());
            self.take(Duration::from_millis(2));
        }
        self.since.elapsed()
    }

    fn quit(mut self, keys: &str) {
        self.press(keys);
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(5) {
            self.take(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
