//! How long reading takes, as a ratio to pulldown-cmark on the same bytes in the same run: `cargo bench --bench read`.
//!
//! The parser alone (12 kB to 12 MB), and `gonogo plan` as a process against one that only runs
//! pulldown-cmark, with the budget beside it. Rounds alternate, so that a busy machine slows both sides; medians are
//! shown. Nothing is asserted: a benchmark informs, a test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod measure;
mod process;
mod table;

use gonogo::runbook::read::read;
use measure::{in_turn, ms, ratio, sizes};
use process::{mib, peak_kib, run};
use pulldown_cmark::{Options, Parser};
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Told to the program itself, it becomes the process that only runs pulldown-cmark.
const BARE: &str = "--bare-pulldown";

/// Rounds for a document that is so many times the typical one.
const SIZES: [(usize, usize); 4] = [(1, 201), (10, 51), (100, 11), (1000, 3)];

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(BARE) {
        let path = arguments.next().expect("the file to parse");
        let text = fs::read_to_string(path).expect("the file was written by the benchmark");
        black_box(bare(&text));
        return;
    }
    if measure::is_wanted() {
        table::head();
        parsers();
        processes();
    }
}

fn bare(text: &str) -> usize {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES;
    Parser::new_ext(text, options).into_offset_iter().map(|(_, range)| range.len()).sum()
}

fn parsers() {
    for (times, rounds) in sizes(&SIZES).iter().copied() {
        let text = runbook(times);
        let both = in_turn(
            rounds,
            || drop(black_box(read("bench.md", text.as_bytes()))),
            || {
                black_box(bare(&text));
            },
        );
        // The same for all sizes where the cost grows linearly.
        let per_byte = ratio(both.0, Duration::from_nanos(text.len() as u64));
        row(&format!("read {} bytes ({per_byte:.1} ns each), pulldown-cmark", text.len()), both, "");
    }
}

fn processes() {
    let dir = tempfile::tempdir().unwrap();
    for (times, rounds, budget) in sizes(&[(1, 41, "2.5"), (100, 5, ""), (1000, 3, "5.0")]).iter().copied() {
        let text = runbook(times);
        let path = dir.path().join(format!("typical-{times}.md"));
        fs::write(&path, &text).unwrap();
        let this = std::env::current_exe().unwrap();
        let both = in_turn(rounds, || run(&mut plan(&path)), || run(Command::new(&this).arg(BARE).arg(&path)));
        row(&format!("`gonogo plan` of {} bytes, a process with pulldown-cmark", text.len()), both, budget);
        let peaks = (peak_kib(&mut plan(&path)), peak_kib(Command::new(&this).arg(BARE).arg(&path)));
        let ratio = peaks.0.zip(peaks.1).map(|(ours, theirs)| f64::from(ours) / f64::from(theirs));
        let budget = if times == 1000 { "120 MiB" } else { "" };
        table::row("its peak memory in MiB, the other's", mib(peaks.0), mib(peaks.1), ratio, budget);
    }
}

fn row(what: &str, (ours, theirs): (Duration, Duration), goal: &str) {
    let shown = |time| format!("{:.3} ms", ms(time));
    table::row(what, shown(ours), shown(theirs), Some(ratio(ours, theirs)), goal);
}

fn plan(path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
    command.arg("plan").arg(path);
    command
}

/// A typical runbook of about 12 kB, so many times as long: in each part 8 phases, 32 sections, 160 task items and 30
/// fences inside them. No line comes twice.
fn runbook(times: usize) -> String {
    let mut text = String::from("# Move the shop to the new platform\n\nRead it once before you begin.\n");
    let mut words = Words(7);
    for part in 0..times {
        for phase in 0..8 {
            let number = part * 8 + phase + 1;
            let _ = write!(text, "\n## {number}. {} the {}\n\n", words.pick(&ORDERS), words.pick(&THINGS));
            for section in 0..4 {
                let _ = write!(text, "### {} {number}.{section}\n\n", words.pick(&THINGS));
                for task in 0..5 {
                    item(&mut text, &mut words, task, section + phase * 4);
                }
                text.push('\n');
            }
        }
    }
    text
}

/// A task; the second of a section has a fence below it, but not in the last two sections of a part.
fn item(text: &mut String, words: &mut Words, task: usize, section: usize) {
    let (order, thing) = (words.pick(&ORDERS), words.pick(&THINGS));
    let id = words.next();
    let _ = match task {
        0 => writeln!(text, "- [ ] {order} the {thing} {id}: see the **list**"),
        1 if section < 30 => {
            let lang = if section.is_multiple_of(5) { "" } else { "bash" };
            let command = words.pick(&COMMANDS).replace("{}", &id.to_string());
            writeln!(text, "- [ ] {order} {thing} {id}\n\n  ```{lang}\n  {command}\n  ```\n")
        }
        2 => writeln!(text, "- [x] {order} `{thing}-{id}` (5 min)"),
        _ => writeln!(text, "- [ ] {order} the {thing} {id}"),
    };
}

const ORDERS: [&str; 12] =
    ["Check", "Stop", "Start", "Copy", "Verify", "Open", "Announce", "Restore", "Update", "Freeze", "Drain", "Confirm"];
const THINGS: [&str; 12] = [
    "database",
    "queue",
    "gateway",
    "certificate",
    "cache",
    "mail relay",
    "index",
    "scheduler",
    "firewall",
    "backup",
    "replica",
    "dashboard",
];
const COMMANDS: [&str; 8] = [
    "kubectl -n shop get pods -l run={}",
    "sudo systemctl restart shop-{}\n  sudo systemctl status shop-{} --no-pager",
    "pg_dump shop > /var/backups/shop-{}.sql",
    "curl -fsS https://shop.test/health/{}",
    "docker compose -f /srv/shop-{}/compose.yml up -d",
    "for host in a b; do\n    ssh \"$host\" uptime # {}\n  done",
    "aws s3 cp /var/backups/{}.tgz s3://<bucket>/",
    "terraform apply -target=module.shop_{}",
];

/// The same words in every run, and never the same sequence twice.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 40
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        let at = usize::try_from(self.next()).unwrap_or(0) % words.len();
        words[at]
    }
}
