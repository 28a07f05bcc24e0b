//! The real program in a real terminal: keys in, screen lines out, and death in the middle of everything.

#[path = "screen/interactive.rs"]
mod interactive;
#[path = "common/skip.rs"]
#[expect(clippy::disallowed_methods, reason = "the script that counts says where")]
mod skip;
mod terminal;

use rustix::process::Signal;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use terminal::Terminal;

const BOOK: &str = "\
# Move the shop

## Prepare

### Count the orders

```bash
echo counted >> trace; echo forty-two orders
```

### Freeze the shop

```bash
touch started; echo frozen >> trace; sleep 60
```

- [ ] The shop says it is closed

## Switch

### Point the name to the new host

- [ ] The name points to the new host
";

struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("book.md"), BOOK).expect("the runbook is written");
        Place { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn journal(&self) -> PathBuf {
        self.path().join("state/journal.db")
    }

    fn open(&self, size: (u16, u16), arguments: &[&str]) -> Terminal {
        let journal = self.journal().display().to_string();
        let mut all = vec!["--journal", &journal, "--operator", "dana"];
        all.extend(arguments);
        Terminal::start(self.path(), size, &all)
    }

    fn open_with(&self, size: (u16, u16), arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
        let journal = self.journal().display().to_string();
        let mut all = vec!["--journal", &journal, "--operator", "dana"];
        all.extend(arguments);
        Terminal::start_with(self.path(), size, &all, environment)
    }

    fn trace(&self) -> String {
        fs::read_to_string(self.path().join("trace")).unwrap_or_default()
    }

    /// The program's other commands, off the terminal: standard output and exit code.
    fn ask(&self, arguments: &[&str]) -> (String, i32) {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .args(["--journal", &self.journal().display().to_string()])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("gonogo starts");
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
    }
}

#[test]
fn looking_creates_nothing_and_enter_and_space_run_nothing() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("\r");
    screen.keys("\x1b");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
    assert!(!place.journal().exists(), "no journal before the first recorded act");
    assert_eq!(place.trace(), "");
}

#[test]
fn links_can_be_opened_from_the_first_frame_on() {
    let place = Place::new();
    fs::write(place.path().join("page.md"), "# Page\n\n- [ ] Read [the page](https://shop.example/a)\n")
        .expect("written");
    let mut screen = place.open((100, 30), &["page.md"]);
    screen.wait_for("Read the page");
    let opens = b"\x1b]8;;https://shop.example/a\x1b\\";
    terminal::until("a link to open", || screen.raw().windows(opens.len()).any(|bytes| bytes == opens));
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

#[test]
fn a_run_is_walked_left_and_resumed() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("forty-two orders");
    screen.wait_for("exit 0");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4), "{}", screen.text());
    assert_eq!(place.trace(), "counted\n");

    let mut screen = place.open((80, 24), &["resume"]);
    screen.wait_for("passed");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
    assert_eq!(place.trace(), "counted\n", "nothing ran again by itself");
}

#[test]
fn killed_in_the_middle_of_a_command_it_comes_back_as_unknown() {
    for round in 0..rounds() {
        let place = Place::new();
        let mut screen = place.open((100, 30), &["book.md"]);
        screen.wait_for("Count the orders");
        screen.keys("r");
        screen.wait_for("Run 1.1");
        screen.keys("y");
        screen.wait_for("exit 0");
        screen.keys("}");
        screen.wait_for("Freeze the shop");
        screen.keys("r");
        screen.wait_for("Run 1.2");
        screen.keys("y");
        place.wait_for("started");
        screen.kill();
        assert_eq!(place.ask(&["status"]).1, 4, "round {round}: unknown is HOLD");
        let (status, _) = place.ask(&["status", "--format", "json"]);
        assert!(status.contains("\"unknown\": 1"), "round {round}: {status}");

        let mut screen = place.open((100, 30), &["resume"]);
        screen.wait_for("unknown");
        assert_eq!(place.trace(), "counted\nfrozen\n", "round {round}: nothing ran again by itself");
        screen.keys("\x1b");
        screen.keys("q");
        screen.wait_end();
    }
    if rounds() > 3 {
        let said = format!("FIGURES screen: {} kills in the middle of a command: all unknown, 0 re-runs\n", rounds());
        std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("somebody listens");
    }
}

#[test]
fn an_edit_of_the_file_is_seen_while_it_is_walked_and_after_a_kill() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("exit 0");
    fs::write(place.path().join("book.md"), BOOK.replace("forty-two", "forty-three")).expect("it is edited");
    screen.wait_for("the file was edited");
    screen.keys("E");
    screen.wait_for("no longer holds");
    screen.keys("\x1b");
    screen.kill();

    let mut screen = place.open((120, 36), &["resume"]);
    screen.wait_for("The runbook was edited");
    screen.keys("a");
    screen.keys("\r");
    screen.wait_for("stale");
    screen.keys("gj");
    screen.wait_for("Stale: the runbook changed after this was done");
    assert_eq!(place.trace(), "counted\n", "nothing ran again by itself");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("forty-three orders");
    screen.wait_for("1.1 passed");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

#[test]
fn a_closed_terminal_loses_nothing() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("exit 0");
    screen.hang_up();
    assert_eq!(screen.wait_end(), Some(130), "it leaves in order");
    let (runs, code) = place.ask(&["status"]);
    assert_eq!(code, 4, "{runs}");
    assert!(runs.contains("1 passed"), "{runs}");
}

#[test]
fn being_told_to_end_leaves_the_terminal_in_order_and_the_run_saved() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("exit 0");
    assert!(screen.left_behind().contains(&"alternate screen"), "the test can tell");
    screen.signal(Signal::TERM);
    assert_eq!(screen.wait_end(), Some(130));
    terminal::until("the terminal to be in order", || screen.left_behind().is_empty());
    let (runs, code) = place.ask(&["status"]);
    assert_eq!((code, runs.contains("1 passed")), (4, true), "{runs}");
}

#[test]
fn stopped_and_continued_it_gives_the_terminal_back_and_takes_it_again() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    for round in ["a signal", "Ctrl-z"] {
        if round == "Ctrl-z" {
            screen.keys("\x1a");
        } else {
            screen.signal(Signal::TSTP);
        }
        screen.wait_stopped();
        terminal::until(&format!("the terminal to be in order after {round}"), || screen.left_behind().is_empty());
        screen.signal(Signal::CONT);
        terminal::until("the screen to come back", || screen.left_behind().len() >= 4);
        screen.wait_for("Count the orders");
    }
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4), "{}", screen.text());
    assert_eq!(screen.left_behind(), [""; 0]);
}

#[test]
fn a_crash_leaves_the_terminal_in_order_the_run_saved_and_names_its_file() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    screen.keys("r");
    screen.wait_for("Run 1.1");
    screen.keys("y");
    screen.wait_for("exit 0");
    screen.keys("q");
    screen.wait_end();
    let mut screen = place.open_with((120, 36), &["resume"], &[("GONOGO_FUSE", "1")]);
    screen.wait_for("Count the orders");
    screen.keys("j");
    assert_eq!(screen.wait_end(), Some(101), "{}", screen.text());
    assert_eq!(screen.left_behind(), [""; 0]);
    let said = screen.text();
    assert!(said.contains("gonogo crashed. What was recorded is safe"), "{said}");
    let folder = place.path().join("state");
    let mut names = fs::read_dir(&folder).expect("the journal's folder").flatten().map(|entry| entry.file_name());
    let crash = names.find(|name| name.to_string_lossy().starts_with("crash-")).expect("a crash file");
    assert!(said.replace(['\n', '\r'], "").contains(&*crash.to_string_lossy()), "{said}");
    let kept = fs::read_to_string(folder.join(&crash)).expect("it can be read");
    assert!(kept.contains("the crash that was asked for") && kept.contains("src/tui/drive.rs"), "{kept}");
    let (runs, _) = place.ask(&["status"]);
    assert!(runs.contains("1 passed"), "{runs}");
    let mut screen = place.open((120, 36), &["resume"]);
    screen.wait_for("Count the orders");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

#[test]
fn an_output_is_read_in_the_pager_as_text_and_the_screen_comes_back() {
    let place = Place::new();
    let book =
        "# Long\n\n## Only\n\n### Print\n\n```bash {match=400}\nprintf '\\033[31mred\\033[0m\\n'; seq 1 400\n```\n";
    fs::write(place.path().join("book.md"), book).expect("the runbook is written");
    let script =
        "#!/bin/sh\nls \"$(dirname \"$0\")/state\" > there\ncat > paged\necho leafing\nread -r key < /dev/tty\n";
    fs::write(place.path().join("pager.sh"), script).expect("the pager is written");
    let pager = format!("sh {}", place.path().join("pager.sh").display());
    let mut screen = place.open_with((120, 36), &["book.md"], &[("PAGER", &pager)]);
    screen.wait_for("Print");
    screen.keys("o");
    screen.wait_for("no command of this step has printed anything yet");
    screen.keys("r");
    screen.wait_for("exit 0");
    screen.keys("o");
    screen.wait_for("leafing");
    screen.keys("\r");
    screen.wait_for("back from sh");
    let leafed = fs::read_to_string(place.path().join("paged")).expect("the pager was given a file");
    assert!(leafed.starts_with("red\n1\n2\n") && leafed.contains("\n400\n"), "{leafed:?}");
    let there = fs::read_to_string(place.path().join("there")).expect("the pager looked");
    assert!(there.contains("journal.db") && !there.contains("output-"), "no copy lies about while it is read: {there}");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(0), "{}", screen.text());
    let mut screen = place.open_with((120, 36), &["--new", "book.md"], &[("PAGER", "no-such-pager")]);
    screen.wait_for("Print");
    screen.keys("r");
    screen.wait_for("exit 0");
    screen.keys("o");
    screen.wait_for("cannot start no-such-pager");
    screen.keys("q");
    screen.wait_end();
}

#[test]
fn a_note_is_written_in_the_editor_while_a_command_goes_on() {
    let place = Place::new();
    fs::write(place.path().join("edit.sh"), "#!/bin/sh\necho 'from the editor' > \"$1\"\ntouch edited\nsleep 1\n")
        .expect("the editor is written");
    let editor = format!("sh {}", place.path().join("edit.sh").display());
    let mut screen = place.open_with((120, 36), &["book.md"], &[("EDITOR", &editor)]);
    screen.wait_for("Count the orders");
    screen.keys("a");
    screen.wait_for("Ctrl-o");
    screen.keys("\x0f");
    place.wait_for("edited");
    screen.wait_for("from the editor");
    screen.keys("\r");
    screen.wait_for("noted");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

#[test]
fn the_configuration_says_theme_and_keys_and_a_mistake_in_it_is_named() {
    let place = Place::new();
    let folder = place.path().join("config/gonogo");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("config.yaml"), "keys:\n  quit: [Q]\nui: {theme: high-contrast, glyphs: ascii}\n")
        .expect("a file");
    let mut screen = place.open((120, 36), &["book.md"]);
    screen.wait_for("Count the orders");
    assert!(!screen.text().contains('│'), "{}", screen.text());
    screen.keys("q");
    screen.keys("Q");
    assert_eq!(screen.wait_end(), Some(4));
    fs::write(folder.join("config.yaml"), "ui:\n  them: dark\n").expect("a file");
    let mut screen = place.open((120, 36), &["book.md"]);
    assert_eq!(screen.wait_end(), Some(3));
    let said = screen.text().replace(['\n', '\r'], "");
    assert!(said.contains("config.yaml:2: there is no setting ui.them; did you mean ui.theme?"), "{said}");
}

#[test]
fn a_terminal_that_answers_decides_between_dark_and_light() {
    let place = Place::new();
    let folder = place.path().join("config/gonogo");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("config.yaml"), "ui: {theme_dark: dark, theme_light: light}\n").expect("a file");
    let mut screen = place.open((120, 36), &["book.md"]);
    // Nobody answers at first: the screen is there all the same, and a late answer presses no key.
    screen.wait_for("Count the orders");
    screen.keys("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    screen.keys("j");
    screen.wait_for("Freeze the shop");
    assert_eq!(place.trace(), "", "the r of rgb ran nothing");
    assert!(!screen.text().contains("Run 1.1"), "{}", screen.text());
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

#[test]
fn a_window_of_no_size_harms_neither_the_screen_nor_the_command() {
    let place = Place::new();
    let book =
        "# Size\n\n## Only\n\n### Print\n\n```bash {interactive=true}\nread -r go; stty size; echo \"went $go\"\n```\n";
    fs::write(place.path().join("book.md"), book).expect("the runbook is written");
    let mut screen = place.open((100, 30), &["book.md"]);
    screen.wait_for("Print");
    screen.keys("r");
    interactive::begin(&mut screen);
    screen.keys("i");
    for size in [(0, 0), (1, 1), (0, 30), (100, 0)] {
        screen.resize(size);
        screen.keys("");
    }
    screen.keys("on\r");
    screen.resize((100, 30));
    screen.wait_for("went on");
    screen.wait_for("exit 0");
    screen.keys("\u{1b}");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(0), "{}", screen.text());
}

#[test]
fn a_tiny_terminal_is_told_what_size_is_needed() {
    let place = Place::new();
    let mut screen = place.open((20, 5), &["book.md"]);
    screen.wait_for("40");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(4));
}

impl Place {
    fn wait_for(&self, name: &str) {
        terminal::until(&format!("the file {name}"), || self.path().join(name).exists());
    }
}

/// How often the program is killed: three times here, `GONOGO_KILLS` for more.
#[expect(clippy::disallowed_methods, reason = "a test has no other place to read how long it may take")]
fn rounds() -> u32 {
    std::env::var("GONOGO_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

/// Presses `r` until the command runs, agreeing where it asks, and waits for its end.
fn run(screen: &mut Terminal, step: &str) {
    screen.wait_for(&format!(" {step} "));
    screen.keys("r");
    if screen.text().contains("r again runs it") {
        screen.keys("r");
    }
    if screen.text().contains("Yes, run it") {
        screen.keys("y");
    }
    terminal::until(&format!("the end of {step}"), || {
        let text = screen.text();
        text.contains(&format!("{step} passed"))
            || text.contains(&format!("{step}: "))
            || text.contains(&format!("{step} failed"))
    });
}

#[test]
fn a_newcomer_walks_the_demo_to_its_go() {
    let place = Place::new();
    let mut screen = place.open((120, 36), &["demo"]);
    screen.wait_for("Nothing runs by itself: r runs, ? shows all keys");
    screen.keys("?");
    screen.wait_for("type to filter");
    screen.keys("\x1b");
    for step in ["1.1", "1.2", "1.3"] {
        run(&mut screen, step);
        screen.keys("}");
    }
    run(&mut screen, "2.1");
    screen.wait_for("s signs it off");
    screen.keys("s");
    screen.wait_for("the heading names the café");
    screen.keys("\x1b[B\r");
    screen.wait_for("2.1 passed");
    screen.keys("}");
    run(&mut screen, "2.2");
    screen.wait_for("2.2 failed");
    screen.wait_for("R goes to the rollback");
    screen.keys(".");
    run(&mut screen, "2.2");
    screen.keys(",");
    screen.keys("r");
    screen.wait_for("all links lead somewhere");
    screen.wait_for("2.2 passed");
    screen.keys("}");
    screen.wait_for("2.3.1");
    screen.keys(" ");
    screen.wait_for("2.3.1 passed");
    screen.keys("}");
    run(&mut screen, "3.1");
    screen.keys("}");
    screen.wait_for("3.2 Delete the site");
    screen.keys("r");
    screen.wait_for("Type the step's number");
    screen.keys("3.2\r");
    screen.wait_for("3.2 passed");
    for step in ["3.3", "3.4"] {
        screen.keys("}");
        run(&mut screen, step);
    }
    screen.keys("}");
    screen.wait_for("3.5.1");
    screen.keys(" ");
    screen.wait_for("every step is settled, b shows the board");
    screen.keys("b");
    screen.wait_for("call outstanding");
    screen.keys("p");
    screen.wait_for("release: go or no-go?");
    screen.keys("\x1b[B");
    screen.keys("\r");
    screen.wait_for("release: GO");
    screen.wait_for("Nothing.");
    screen.keys("q");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(0), "{}", screen.text());
}
