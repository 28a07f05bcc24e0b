//! Real children, real signals: starting, feeding, watching and stopping commands.

use crate::support::{PIPE, PTY, ending, executor, is_alive, job, kill, run, until};
use gonogo::exec::{Channel, Level, Place, Size, Streams};
use gonogo::run::event::Ending;
use std::time::{Duration, Instant};

const BOTH: [Channel; 2] = [PIPE, PTY];

#[test]
fn a_command_prints_and_ends_with_its_status() {
    for channel in BOTH {
        let (ended, printed) = run(job(channel, "echo one; echo two >&2; exit 3"));
        assert_eq!(
            (ended.id, ended.ending, printed.as_str()),
            (7, Ending::Exited { code: 3 }, "one\ntwo\n"),
            "{channel:?}"
        );
        assert_eq!((ended.left_over, ended.not_dead), (vec![], vec![]));
    }
}

#[test]
fn a_shell_that_dies_of_a_signal_is_told_from_one_that_exits_with_a_number() {
    for channel in BOTH {
        assert_eq!(run(job(channel, "kill -9 $$")).0.ending, Ending::Signalled { signal: 9 }, "{channel:?}");
        assert_eq!(run(job(channel, "exit 137")).0.ending, Ending::Exited { code: 137 }, "{channel:?}");
    }
}

#[test]
fn the_text_runs_as_written() {
    let text =
        "echo \"$0 $LINENO $#\"\ncat <<'X'\n  $HOME \\n\nX\nalias hi='echo aliased'\nhi\nnosuchcommand\necho $LINENO";
    for channel in BOTH {
        let (_, printed) = run(job(channel, text));
        assert_eq!(
            printed, "bash 1 0\n  $HOME \\n\naliased\nbash: line 7: nosuchcommand: command not found\n8\n",
            "{channel:?}"
        );
    }
}

#[test]
fn streams_may_be_kept_apart() {
    let script = "echo out; sleep 0.1; echo err >&2; sleep 0.1; echo more; sleep 0.1; printf 'no end' >&2";
    let handle = executor().start(job(Channel::Pipe(Streams::Apart), script)).expect("it starts");
    let (_, both) = ending(&handle);
    assert_eq!(both, "out\nerr\nmore\nno end");
    assert_eq!(handle.tape().errors().spans, [(4, 4), (13, 6)]);
    let together = executor().start(job(PIPE, script)).expect("it starts");
    assert_eq!((ending(&together).1, together.tape().errors().spans), (both, vec![]));
}

#[test]
fn what_cannot_be_started_says_why() {
    let reason = |change: &dyn Fn(&mut gonogo::exec::Job)| {
        let mut job = job(PIPE, "true");
        change(&mut job);
        executor().start(job).expect_err("it cannot start").reason
    };
    assert_eq!(
        reason(&|job| job.shell = "/nonexistent/bash".into()),
        "/nonexistent/bash: No such file or directory (os error 2); install it, or name another shell or interpreter"
    );
    let other = "install it, or name another shell or interpreter";
    assert_eq!(
        reason(&|job| job.shell = "nosuchshell".into()),
        format!("nosuchshell was not found on the PATH; {other}")
    );
    assert_eq!(
        reason(&|job| job.shell = "/etc/passwd".into()),
        format!("/etc/passwd is not executable; chmod +x makes it so, or {other}")
    );
    assert_eq!(reason(&|job| job.shell = "/etc".into()), format!("/etc is not a file; {other}"));
    assert_eq!(
        reason(&|job| job.cwd = Place::Fixed("/nonexistent".into())),
        "the folder /nonexistent is not there any more; make it again, or change the folder first"
    );
    assert!(reason(&|job| job.text = "echo \0".into()).contains("NUL"));
}

#[test]
fn a_missing_program_and_one_without_the_right_to_run_are_the_blocks_failure() {
    for channel in BOTH {
        for (text, code, said) in [
            ("echo before; nosuchprogram --now", 127, "nosuchprogram: command not found"),
            ("echo before; /etc/passwd", 126, "/etc/passwd: Permission denied"),
            ("echo before; /etc", 126, "/etc: Is a directory"),
            ("echo before; /nonexistent/program", 127, "/nonexistent/program: No such file or directory"),
            ("exec nosuchprogram", 127, "nosuchprogram: not found"),
        ] {
            let (ended, printed) = run(job(channel, text));
            assert_eq!(ended.ending, Ending::Exited { code }, "{channel:?} {text}");
            assert!(printed.contains(said), "{channel:?} {text}: {printed}");
        }
    }
}

#[test]
fn a_folder_that_is_taken_away_meanwhile_ends_no_command_and_starts_no_later_one() {
    for channel in BOTH {
        let folder = tempfile::tempdir().expect("a folder");
        let mut there = job(channel, "rmdir \"$PWD\"; echo went on; exit 4");
        there.cwd = Place::Fixed(folder.path().into());
        let (ended, printed) = run(there);
        assert_eq!((ended.ending, printed.as_str()), (Ending::Exited { code: 4 }, "went on\n"), "{channel:?}");
        let mut later = job(channel, "echo never");
        later.cwd = Place::Fixed(folder.path().into());
        let reason = executor().start(later).expect_err("its folder is gone").reason;
        assert!(reason.ends_with("is not there any more; make it again, or change the folder first"), "{reason}");
    }
}

#[test]
fn a_terminal_is_a_terminal_and_a_pipe_has_none() {
    let asks = "test -t 0 && test -t 1 && test -t 2 && echo terminal; tty; stty size; echo $TERM";
    let (_, printed) = run(job(Channel::Pty(Size { cols: 101, rows: 33 }), asks));
    assert!(printed.starts_with("terminal\n/dev/pts/") && printed.ends_with("\n33 101\nxterm-256color\n"), "{printed}");
    let (_, printed) = run(job(PIPE, "tty; (: </dev/tty) 2>/dev/null || echo none; read x || echo nothing"));
    assert_eq!(printed, "not a tty\nnone\nnothing\n");
}

#[test]
fn a_terminal_of_no_size_is_given_one() {
    let (_, printed) = run(job(Channel::Pty(Size { cols: 0, rows: 0 }), "stty size"));
    assert_eq!(printed, "2 2\n");
}

#[test]
fn output_bytes_are_exact() {
    let text = r"printf 'a\xff\xfe\x00b\r\n'; head -c 1000000 /dev/zero | tr '\0' x; echo";
    for channel in BOTH {
        let handle = executor().start(job(channel, text)).expect("it starts");
        let mut bytes = Vec::new();
        handle.wait(|piece| bytes.extend_from_slice(piece));
        let mut expected = b"a\xff\xfe\x00b\r\n".to_vec();
        expected.resize(expected.len() + 1_000_000, b'x');
        expected.push(b'\n');
        assert!(bytes == expected, "{channel:?}: {} bytes", bytes.len());
        assert_eq!((handle.tape().counts().bytes, handle.tape().counts().lines), (1_000_008, 2));
    }
}

#[test]
fn a_flood_is_counted_and_not_kept() {
    let handle = executor().start(job(PIPE, "yes | head -c 67108864")).expect("it starts");
    let mut largest = 0;
    let mut total = 0;
    let ended = handle.wait(|piece| {
        largest = largest.max(piece.len());
        total += piece.len();
    });
    assert_eq!((ended.ending, total), (Ending::Exited { code: 0 }, 67_108_864));
    assert!(largest <= gonogo::exec::QUEUE + (64 << 10), "{largest}");
    assert_eq!(handle.tape().counts().lines, 33_554_432);
}

#[test]
fn keys_reach_the_program_and_sizes_too() {
    let handle = executor().start(job(PTY, "read -r name; echo \"hello $name\"; trap 'stty size; exit 5' WINCH; echo ready; while :; do sleep 0.05; done")).expect("it starts");
    handle.write(b"world\r");
    assert!(until(&handle, "ready").contains("hello world\n"));
    handle.resize(Size { cols: 120, rows: 50 });
    let (ended, printed) = ending(&handle);
    assert!(printed.contains("50 120"), "{printed}");
    assert_eq!(ended.ending, Ending::Exited { code: 5 });
}

#[test]
fn control_keys_are_for_the_program() {
    let handle = executor()
        .start(job(PTY, "trap 'echo got it; exit 4' INT; echo ready; while :; do sleep 0.05; done"))
        .expect("it starts");
    until(&handle, "ready");
    handle.write(b"\x1a\x03");
    let (ended, printed) = ending(&handle);
    assert!(printed.contains("got it"));
    assert_eq!(ended.ending, Ending::Exited { code: 4 });
}

#[test]
fn the_three_levels_of_stopping() {
    for channel in BOTH {
        for (level, text) in [
            (Level::Interrupt, "echo ready; sleep 60"),
            (Level::Terminate, "trap '' INT; echo ready; sleep 60"),
            (Level::Kill, "trap '' INT TERM HUP; echo ready; while :; do sleep 60; done"),
        ] {
            let handle = executor().start(job(channel, text)).expect("it starts");
            until(&handle, "ready");
            let begun = Instant::now();
            handle.stop(level);
            let (ended, _) = ending(&handle);
            assert_eq!((ended.ending, ended.not_dead), (Ending::Stopped, vec![]), "{channel:?} {level:?}");
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}

#[test]
fn a_stop_is_not_lost_however_soon_it_comes() {
    for channel in BOTH {
        for level in [Level::Interrupt, Level::Terminate] {
            for wait_us in (0..40).map(|step| step * 100) {
                let handle = executor().start(job(channel, "sleep 7")).expect("it starts");
                std::thread::sleep(Duration::from_micros(wait_us));
                let begun = Instant::now();
                handle.stop(level);
                let (ended, _) = ending(&handle);
                let came = (ended.ending, begun.elapsed() < Duration::from_secs(6));
                assert_eq!(came, (Ending::Stopped, true), "{channel:?} {level:?} after {wait_us} µs");
            }
        }
    }
}

#[test]
fn a_time_limit_ends_even_the_stubborn() {
    for channel in BOTH {
        for text in ["sleep 60", "trap '' TERM; sleep 60 & sleep 60; sleep 60", "(trap '' TERM; sleep 60) & sleep 60"] {
            let mut job = job(channel, text);
            job.timeout = Some(Duration::from_millis(200));
            job.grace = Duration::from_millis(200);
            let begun = Instant::now();
            let (ended, _) = run(job);
            assert_eq!(
                (ended.ending, ended.left_over, ended.not_dead),
                (Ending::TimedOut, vec![], vec![]),
                "{channel:?} {text}"
            );
            assert!(begun.elapsed() < Duration::from_secs(4), "{channel:?} {text}");
        }
    }
}

#[test]
fn background_children_are_named_and_live_on() {
    for channel in BOTH {
        let handle = executor()
            .start(job(channel, "while :; do echo tick; sleep 0.05; done & echo $!; exit 2"))
            .expect("it starts");
        let begun = Instant::now();
        let (ended, printed) = ending(&handle);
        assert!(begun.elapsed() < Duration::from_secs(2), "{channel:?}");
        assert_eq!(ended.ending, Ending::Exited { code: 2 });
        let pid = printed.lines().find(|line| line.parse::<u32>().is_ok()).expect("a pid").to_owned();
        assert!(ended.left_over.iter().any(|left| left.pid.to_string() == pid && left.name == "bash"), "{ended:?}");
        std::thread::sleep(Duration::from_millis(500));
        assert!(is_alive(&pid), "{channel:?}: it must be able to go on printing");
        kill(&pid);
    }
}

#[test]
fn a_quiet_background_child_is_left_in_peace_too() {
    for channel in BOTH {
        let (ended, printed) = run(job(channel, "sleep 60 </dev/null >/dev/null 2>&1 & echo $!; sleep 0.2"));
        let pid = printed.trim().to_owned();
        assert_eq!(ended.left_over.iter().map(|left| left.name.as_str()).collect::<Vec<_>>(), ["sleep"], "{channel:?}");
        std::thread::sleep(Duration::from_millis(300));
        assert!(is_alive(&pid), "{channel:?}");
        kill(&pid);
    }
}

#[test]
fn an_earlier_blocks_children_survive_the_kill_of_a_later_one() {
    let (_, printed) = run(job(PIPE, "setsid sleep 60 </dev/null >/dev/null 2>&1 & echo $!; sleep 0.2"));
    let pid = printed.trim().to_owned();
    let handle = executor().start(job(PIPE, "echo ready; sleep 60")).expect("it starts");
    until(&handle, "ready");
    handle.stop(Level::Kill);
    ending(&handle);
    assert!(is_alive(&pid));
    kill(&pid);
}

#[test]
fn who_asks_at_a_terminal_that_is_not_there_is_told_at_once() {
    for text in [
        "read x </dev/tty",
        "echo before; cat /dev/tty",
        "echo 'sudo: a terminal is required to read the password' >&2; exit 1",
    ] {
        let begun = Instant::now();
        let (ended, printed) = run(job(PIPE, text));
        assert_eq!(ended.ending, Ending::Asked, "{text}: {printed}");
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
    assert_eq!(run(job(PIPE, "read x")).0.ending, Ending::Exited { code: 1 });
}

#[test]
fn a_false_sudo_that_opens_the_terminal_is_told_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let sudo = folder.path().join("sudo");
    std::fs::write(&sudo, "#!/bin/sh\nprintf 'Password: ' >/dev/tty || exit 1\nread -r pw </dev/tty\n")
        .expect("written");
    std::fs::set_permissions(&sudo, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("executable");
    let mut job = job(PIPE, "sudo true");
    job.env = vec![("PATH".into(), format!("{}:/usr/bin:/bin", folder.path().display()))];
    assert_eq!(run(job).0.ending, Ending::Asked);
}

#[test]
fn interpreters_read_their_own_language() {
    let mut perl = job(PIPE, "print \"line \", __LINE__, \"\\n\"; exit 6");
    perl.shell = "perl".into();
    let (ended, printed) = run(perl);
    assert_eq!((ended.ending, printed.as_str()), (Ending::Exited { code: 6 }, "line 1\n"));
    let mut awk = job(PIPE, "BEGIN { print \"from a file\" }");
    awk.shell = "/usr/bin/env".into();
    assert!(executor().start(awk).is_ok());
}

#[test]
fn a_long_text_is_no_argument_but_runs_all_the_same() {
    let text = format!(": '{}'\necho done; echo $LINENO", "x".repeat(300_000));
    for channel in BOTH {
        assert_eq!(run(job(channel, &text)).1, "done\n2\n", "{channel:?}");
    }
}

#[test]
fn many_short_commands_leave_nothing_behind() {
    let executor = executor();
    let count = |folder: &str| std::fs::read_dir(folder).expect("listed").count();
    let one = |n: u32| {
        let channel = if n.is_multiple_of(10) { PTY } else { PIPE };
        executor.start(job(channel, "true")).expect("it starts").wait(|_| ());
    };
    (0..10).for_each(one);
    std::thread::sleep(Duration::from_millis(300));
    let before = count("/proc/self/fd");
    (0..300).for_each(one);
    std::thread::sleep(Duration::from_millis(300));
    let after = count("/proc/self/fd");
    assert!(after <= before + 8, "{before} descriptors became {after}");
}

#[test]
fn what_is_typed_hidden_is_redacted_and_learned() {
    let text = "read -rsp 'Password: ' pw; echo; echo \"you said $pw\"; read -r shown; echo \"and $shown\"";
    let handle = executor().start(job(PTY, text)).expect("it starts");
    let first = until(&handle, "Password: ");
    handle.write(b"hunter2hunter2\r");
    let second = until(&handle, "you said");
    handle.write(b"visible\r");
    let (ended, third) = ending(&handle);
    let printed = first + &second + &third;
    assert!(!printed.contains("hunter2") && printed.contains("you said [redacted:hidden input]\n"), "{printed}");
    assert!(printed.contains("and visible\n"));
    assert_eq!(ended.learned.iter().map(|secret| secret.value.as_str()).collect::<Vec<_>>(), ["hunter2hunter2"]);
    assert_eq!(format!("{:?}", ended.learned), "[Secret(hidden input)]");
}

#[test]
fn a_generated_value_is_in_memory_only() {
    let mut generator = job(PIPE, "head -c 24 /dev/urandom | base64; echo done");
    generator.printed = gonogo::exec::Printed::Generated;
    let handle = executor().start(generator).expect("it starts");
    let (ended, printed) = ending(&handle);
    assert_eq!(printed, "[redacted:generated]\ndone\n");
    let revealed = handle.tape().revealed();
    assert_eq!((revealed.len(), revealed[0].len()), (1, 32));
    assert!(ended.learned.iter().any(|secret| secret.value == revealed[0]));
    assert_eq!(handle.tape().counts().redacted, 1);
}

#[test]
fn secrets_of_the_environment_do_not_show() {
    let mut job = job(PIPE, "env | grep DB_; echo -n $DB_PASSWORD | base64");
    job.env = vec![("DB_PASSWORD".into(), "correct horse".into())];
    let (_, printed) = run(job);
    assert_eq!(printed, "DB_PASSWORD=[redacted:DB_PASSWORD]\n[redacted:DB_PASSWORD]\n");
}

#[test]
fn a_hang_up_that_is_ignored_does_not_save_from_the_kill() {
    for _ in 0..5 {
        let text = "trap '' HUP TERM INT; (trap '' HUP; sleep 60) & echo $!; echo ready; wait; sleep 60";
        let handle = executor().start(job(PTY, text)).expect("it starts");
        let pid = until(&handle, "ready").lines().next().expect("a pid").to_owned();
        handle.stop(Level::Interrupt);
        handle.stop(Level::Terminate);
        std::thread::sleep(Duration::from_millis(100));
        assert!(handle.poll().is_none() && is_alive(&pid));
        handle.stop(Level::Kill);
        assert_eq!(ending(&handle).0.not_dead, Vec::new());
        assert!(!is_alive(&pid));
    }
}

#[test]
fn a_terminal_flood_is_exact_and_can_be_stopped() {
    let handle = executor().start(job(PTY, "seq 1 300000")).expect("it starts");
    let (ended, printed) = ending(&handle);
    assert_eq!((ended.ending, printed.lines().count()), (Ending::Exited { code: 0 }, 300_000));
    let endless = executor().start(job(PTY, "yes")).expect("it starts");
    until(&endless, "y\ny\n");
    let begun = Instant::now();
    endless.stop(Level::Interrupt);
    assert_eq!(ending(&endless).0.ending, Ending::Stopped);
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn many_sizes_in_a_row_harm_nobody() {
    let handle = executor().start(job(PTY, "echo ready; read -r x; stty size")).expect("it starts");
    until(&handle, "ready");
    for n in 0..1000_u16 {
        handle.resize(Size { cols: n % 300, rows: n % 100 });
    }
    handle.resize(Size { cols: 90, rows: 30 });
    handle.write(b"\r");
    assert!(ending(&handle).1.ends_with("30 90\n"));
}

/// Waits for the end as an unattended walk does.
fn attend(job: gonogo::exec::Job) -> (gonogo::exec::Ended, u64) {
    let handle = executor().start_attended(job).expect("it starts");
    let (mut bytes, mut taken) = (Vec::new(), 0);
    loop {
        handle.attend(Duration::from_millis(7));
        let ended = handle.poll();
        while handle.tape().drain(&mut bytes) > 0 {
            taken += bytes.len() as u64;
            bytes.clear();
        }
        if let Some(ended) = ended {
            return (ended, taken);
        }
    }
}

#[test]
fn a_command_that_is_attended_ends_like_any_other() {
    for (text, code, bytes) in [
        ("echo at once", 0, 8),
        ("echo later; sleep 0.1; exit 3", 3, 6),
        ("head -c 3000000 /dev/zero", 0, 3_000_000),
        ("sleep 0.03; head -c 3000000 /dev/zero; sleep 0.03", 0, 3_000_000),
        ("nosuchprogram 2>/dev/null", 127, 0),
    ] {
        let (ended, taken) = attend(job(PIPE, text));
        assert_eq!((ended.ending, taken), (Ending::Exited { code }, bytes), "{text}");
        assert_eq!((ended.left_over, ended.not_dead), (vec![], vec![]), "{text}");
    }
}

#[test]
fn what_an_attended_command_leaves_running_is_named() {
    let (ended, _) = attend(job(PIPE, "sleep 30 & echo $!"));
    assert_eq!(ended.ending, Ending::Exited { code: 0 });
    let names: Vec<&str> = ended.left_over.iter().map(|left| left.name.as_str()).collect();
    assert_eq!(names, ["sleep"]);
    crate::support::kill(&ended.left_over[0].pid.to_string());
}

#[test]
fn an_attended_command_that_nobody_attends_is_watched_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("done");
    // Its output is more than a pipe holds, but not more than may wait for the journal.
    let text = format!("head -c 300000 /dev/zero; echo done > '{}'", file.display());
    drop(executor().start_attended(job(PIPE, &text)).expect("it starts"));
    for _ in 0..200 {
        if file.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("it never came to its end");
}
