//! Many, much and odd: shapes of process trees with survivor counts, floods, thousands of short commands, strange output.
//!
//! The sizes are small here; `GONOGO_FLOOD_MIB` and `GONOGO_SHORT_STEPS` make them what the figures in the README were
//! taken with. Each test prints its figures (`cargo test --test exec stress -- --nocapture`).

use crate::support::{PIPE, PTY, ending, executor, job, run, until};
use gonogo::exec::{Channel, Counts, Level};
use gonogo::run::event::Ending;
use std::fs;
use std::time::{Duration, Instant};

/// Shapes of process trees. Each says `ready` when it stands.
const SHAPES: [(&str, &str); 7] = [
    ("plain", "echo ready; sleep 60"),
    ("background", "sleep 60 & sleep 60 & echo ready; wait"),
    ("nohup", "nohup sleep 60 >/dev/null 2>&1 & echo ready; wait"),
    (
        "ignores signals",
        "trap '' HUP INT TERM; bash -c \"trap '' TERM HUP INT; sleep 60; sleep 60\" & echo ready; wait; sleep 60",
    ),
    ("setsid", "setsid bash -c 'echo ready; sleep 60' & wait"),
    ("double fork", "(setsid bash -c 'echo ready; sleep 60 & sleep 60' & ) ; sleep 60"),
    ("job control", "set -m; sleep 60 & sleep 60 & echo ready; wait"),
];

/// Numbers of the living processes that carry a variable in their environment.
fn carriers(mark: &str) -> Vec<String> {
    let is_alive = |pid: &str| crate::support::is_alive(pid);
    let carries = |pid: &String| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes()) && is_alive(pid)
    };
    let pids = fs::read_dir("/proc").expect("there is a process table").flatten();
    pids.filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(carries)
        .collect()
}

#[test]
fn no_shape_of_process_tree_survives_a_kill_and_what_survives_less_is_named() {
    println!("survivors (those named in brackets) of {} shapes, each stopped once at each level", SHAPES.len());
    println!("{:16} {:9} {:>6} {:>8} {:>8} {:>8}", "shape", "channel", "before", "INT", "TERM", "KILL");
    for (name, channel) in [("terminal", PTY), ("pipe", PIPE)] {
        for (shape, text) in SHAPES {
            let mut row = format!("{shape:16} {name:9}");
            for level in [Level::Interrupt, Level::Terminate, Level::Kill] {
                let value = format!("{}-{name}-{shape}-{level:?}", std::process::id());
                let mut job = job(channel, text);
                job.overrides = vec![("GONOGO_SHAPE".into(), value.clone())];
                let mark = format!("GONOGO_SHAPE={value}");
                let handle = executor().start(job).expect("it starts");
                until(&handle, "ready");
                let before = carriers(&mark).len();
                handle.stop(level);
                std::thread::sleep(Duration::from_millis(250));
                let stubborn = handle.poll();
                let went_on = stubborn.is_none();
                let ended = stubborn.unwrap_or_else(|| {
                    // It takes more than that; the operator asks again.
                    handle.stop(Level::Kill);
                    ending(&handle).0
                });
                let survivors = carriers(&mark);
                if level == Level::Interrupt {
                    row = format!("{row} {before:6}");
                }
                let what = if went_on && level < Level::Kill {
                    "goes on".into()
                } else {
                    format!("{} ({})", survivors.len(), ended.left_over.len())
                };
                row = format!("{row} {what:>8}");
                assert!(before > 0, "{shape}: nothing ran");
                assert_eq!(ended.not_dead, Vec::new(), "{shape} on {name}");
                // The holder of a terminal stays as long as somebody may print to it.
                let holder = usize::from(channel == PTY && !ended.left_over.is_empty());
                assert!(
                    survivors.len() <= ended.left_over.len() + holder,
                    "{shape} on {name}: {survivors:?} and {ended:?}"
                );
                assert!(level < Level::Kill || survivors.is_empty(), "{shape} on {name}: {survivors:?} after a kill");
                for pid in &survivors {
                    crate::support::kill(pid);
                }
            }
            println!("{row}");
        }
    }
}

#[test]
fn a_flood_is_exact_bounded_and_stops_at_once() {
    let mib = number("GONOGO_FLOOD_MIB", 16);
    let bytes = mib << 20;
    for (name, channel) in [("terminal", PTY), ("pipe", PIPE)] {
        let before = resident_kib();
        let began = Instant::now();
        let handle =
            executor().start(job_without_limit(channel, &format!("yes | head -c {bytes}"))).expect("it starts");
        let mut taken = 0;
        let ended = handle.wait(|piece| taken += piece.len() as u64);
        let took = began.elapsed();
        let grown = resident_kib().saturating_sub(before);
        println!("{name:9} {mib} MiB in {:.2} s, memory grew by {grown} KiB", took.as_secs_f64());
        let counts = handle.tape().counts();
        assert_eq!((taken, counts), (bytes, Counts { bytes, lines: bytes / 2, redacted: 0 }), "{name}");
        assert_eq!(ended.ending, Ending::Exited { code: 0 });
        assert!(grown < 64 << 10, "{name}: memory grew by {grown} KiB");

        let handle = executor().start(job_without_limit(channel, "yes")).expect("it starts");
        until(&handle, "y\ny\n");
        let asked = Instant::now();
        handle.stop(Level::Interrupt);
        let (ended, _) = ending(&handle);
        println!("{name:9} stopped {} ms after it was asked to", asked.elapsed().as_millis());
        assert_eq!(ended.ending, Ending::Stopped, "{name}");
    }
}

#[test]
fn short_commands_leave_no_zombie_no_descriptor_and_no_thread() {
    let steps = number("GONOGO_SHORT_STEPS", 200);
    let executor = executor();
    let one = |n: u64| {
        let channel = if n.is_multiple_of(10) { PTY } else { PIPE };
        let ended = executor.start(job(channel, "true")).expect("it starts").wait(|_| ());
        assert_eq!(ended.ending, Ending::Exited { code: 0 }, "command {n}");
    };
    (0..10).for_each(one);
    let before = settled();
    (0..steps).for_each(one);
    let after = settled();
    println!(
        "{steps} commands: descriptors {} -> {}, threads {} -> {}, zombies {}",
        before.0, after.0, before.1, after.1, after.2
    );
    // Other tests run in this process at the same time; a leak would show once for each command.
    assert!(after.0 < before.0 + 60 && after.1 < before.1 + 60, "{before:?} became {after:?}");
    assert!(after.2 < 20, "{} zombies", after.2);
}

#[test]
fn odd_output_is_taken_byte_for_byte() {
    for channel in [PTY, PIPE] {
        let counts = |text: &str| {
            let handle = executor().start(job(channel, text)).expect("it starts");
            let mut bytes = Vec::new();
            let ended = handle.wait(|piece| bytes.extend_from_slice(piece));
            assert_eq!(ended.ending, Ending::Exited { code: 0 }, "{text}");
            bytes
        };
        let line = counts("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end");
        assert_eq!((line.len(), &line[1_000_000..]), (1_000_005, &b"\nend\n"[..]), "{channel:?}: a line of 1 MB");
        let raw = counts("printf '\\377\\376\\300\\200 \\200\\n'");
        assert_eq!(raw, b"\xff\xfe\xc0\x80 \x80\n", "{channel:?}: not UTF-8");
        let nothing = counts("exec </dev/null >/dev/null 2>&1; sleep 0.2; echo unseen");
        assert_eq!(nothing, b"", "{channel:?}: it closed what it prints to");
    }
}

#[test]
fn a_child_that_lets_go_of_its_terminal_ends_like_any_other() {
    let (ended, printed) = run(job(PTY, "echo before; setsid true; exec 0<&- 1>&- 2>&-; exit 3"));
    assert_eq!((ended.ending, printed.as_str()), (Ending::Exited { code: 3 }, "before\n"));
}

fn job_without_limit(channel: Channel, text: &str) -> gonogo::exec::Job {
    gonogo::exec::Job { timeout: None, ..job(channel, text) }
}

/// Descriptors, threads and zombie children of this process, once what is ending has ended.
fn settled() -> (usize, usize, usize) {
    std::thread::sleep(Duration::from_millis(500));
    let count = |folder: &str| fs::read_dir(folder).map_or(0, Iterator::count);
    let us = std::process::id().to_string();
    let zombies = fs::read_dir("/proc").expect("there is a process table").flatten().filter(|entry| {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| {
            let mut fields = rest.split(' ');
            fields.next() == Some("Z") && fields.next() == Some(us.as_str())
        })
    });
    (count("/proc/self/fd"), count("/proc/self/task"), zombies.count())
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
