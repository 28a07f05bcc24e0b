//! Pages, scrapes and flawed Markdown become Markdown that reads the same: the documents in `tests/import/`, each with
//! what it must become beside it (`gonogo import NAME > NAME.imported.md`, after a look at the difference).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use gonogo::runbook::import::{Import, Origin, Unimportable, fidelity, import};
use gonogo::runbook::read::{Unreadable, read};
use gonogo::runbook::{Form, Layout, MAX_BYTES, Runbook, Step};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

fn imported(name: &str) -> (Import, Runbook) {
    let bytes = fs::read(folder().join(name)).unwrap();
    let imported = import(name, &bytes).unwrap();
    let book = read("imported.md", imported.text.as_bytes()).unwrap();
    (imported, book)
}

fn expect(name: &str) -> (Import, Runbook) {
    let (imported, book) = imported(name);
    let path = folder().join(format!("{name}.imported.md"));
    assert_eq!(imported.text, fs::read_to_string(&path).unwrap(), "{name}");
    assert_eq!(book.source.layout, Layout::Markdown);
    (imported, book)
}

/// Steps with their depth, and the code that each offers.
fn walk(book: &Runbook) -> Vec<String> {
    let row = |step: &Step| {
        let offered: Vec<&str> = step
            .commands()
            .filter(|command| command.usage.is_offered())
            .map(|command| command.text.trim_end())
            .collect();
        format!("{} {} {offered:?}", step.number, step.title)
    };
    book.walk().map(|(_, step)| row(step)).collect()
}

#[test]
fn a_scrape_becomes_boxes_and_fences() {
    let (imported, book) = expect("gate-docs.txt");
    assert_eq!(imported.origin, Origin::Scrape);
    let frame = "line 1 `Skip to content`, 68 `Was this page helpful?`, 70 `Yes`, 72 `No`";
    assert_eq!(imported.notes, [format!("left out as the frame of the page: {frame}")]);
    assert_eq!(
        walk(&book),
        [
            "1.1 Docs []",
            r##"2.1 Install the runtime ["# Debian and its children\nsudo apt-get update", "sudo apt-get install -y redis-server"]"##,
            r#"2.2 Create the account ["sudo useradd --system gate"]"#,
            r#"3.1 Write the settings ["openssl rand -hex 32"]"#,
            r#"3.2 Set up the service ["sudo systemctl daemon-reload", "sudo systemctl enable --now gate"]"#,
            "5.1 Certificate is valid (if public) []",
            "5.2 Key is in the safe []",
            "5.3 Somebody else has read <this page> * twice * []",
        ]
    );
}

#[test]
fn what_a_page_does_not_walk_stays_so_and_says_so() {
    let page = std::fs::read_to_string(folder().join("gate-docs.txt")).unwrap();
    let watching = "Monitoring the gate\n\n1\n\nInstall the watcher\n\nIt counts the visitors:\nsudo apt-get install -y collectd\n2\n\n\
        Start the watcher\n\nAs a service:\nsudo systemctl enable --now collectd\n\nRollback\n";
    let page = page.replacen("Rollback\n", watching, 1);
    let before = read("page.txt", page.as_bytes()).unwrap();
    let imported = import("page.txt", page.as_bytes()).unwrap();
    let after = read("page.md", imported.text.as_bytes()).unwrap();
    assert!(imported.text.contains("## Monitoring the gate {role=ongoing}\n"), "{}", imported.text);
    assert_eq!(fidelity::differences(&before, &after), Vec::<String>::new());
    assert_eq!(after.walk().count(), before.walk().count());
    assert!(imported.notes.iter().all(|note| !note.contains("Monitoring the gate")), "{:?}", imported.notes);
}

#[test]
fn a_page_becomes_markdown() {
    let (imported, book) = expect("tern-wiki.html");
    assert_eq!(imported.origin, Origin::Page);
    assert_eq!(book.title, "Move the wiki");
    let fences: Vec<(&str, &str)> = book
        .steps()
        .flat_map(Step::commands)
        .filter(|command| command.form == Form::Fence)
        .map(|command| (command.lang.as_str(), command.text.lines().next().unwrap_or("")))
        .collect();
    assert_eq!(
        fences,
        [
            ("shell", "sudo tar czf wiki.tgz /srv/wiki"),
            ("bash", "sudo systemctl stop wiki"),
            ("console", "rsync -a /srv/wiki tern-2:/srv/"),
            ("yaml", "limits:"),
            ("bash", "sudo systemctl start wiki"),
            ("", "sudo systemctl start wiki-old"),
        ]
    );
    let boxes: Vec<&str> = imported.text.lines().filter(|line| line.trim_start().starts_with("- [")).collect();
    assert_eq!(
        boxes,
        [
            "- [x] Tell the team (10 min)",
            "- [ ] Make a backup:",
            "  - [ ] Look at its size",
            "- [ ] Search finds the new page",
            "- [x] Old links lead here",
            "- [x] Redirect is in place",
        ]
    );
}

#[test]
fn markdown_is_only_mended() {
    let (imported, book) = expect("flawed.md");
    assert_eq!(imported.origin, Origin::Markdown);
    assert_eq!(
        imported.notes,
        [
            "characters were repaired: the text had been decoded as windows-1252 by mistake",
            "fences mended at line 7, 13, 20"
        ]
    );
    assert!(book.problems.iter().all(|problem| problem.code != "unclosed-fence"), "{:?}", book.problems);
    let again = import("flawed.md", imported.text.as_bytes()).unwrap();
    assert_eq!(again.text, imported.text);
    assert_eq!(again.notes, ["this is Markdown already; nothing had to be mended"]);
}

/// Every labelled document of the corpus, scrapes and Markdown alike, reads after the import as it did before.
#[test]
fn the_corpus_reads_the_same_afterwards() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if !path.extension().is_some_and(|ending| ending == "md" || ending == "txt") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let imported = import(&name, &bytes).unwrap();
        let (before, after) = (read(&name, &bytes).unwrap(), read(&name, imported.text.as_bytes()).unwrap());
        assert_eq!(fidelity::differences(&before, &after), Vec::<String>::new(), "{name}");
        assert_eq!(after.source.layout, Layout::Markdown, "{name}");
        count += 1;
    }
    assert!(count > 40, "only {count} documents");
}

#[test]
fn what_is_no_document_is_refused() {
    assert_eq!(import("a.html", b""), Err(Unimportable::Unreadable(Unreadable::Empty)));
    assert_eq!(import("a.html", b"<p>\0"), Err(Unimportable::Unreadable(Unreadable::Binary { at: 3 })));
    assert_eq!(import("a.html", b"<html><script>x</script>"), Err(Unimportable::NoText));
    let large = vec![b'<'; MAX_BYTES + 1];
    let bytes = large.len() as u64;
    assert_eq!(import("a.html", &large), Err(Unimportable::Unreadable(Unreadable::TooLarge { bytes })));
    assert_eq!(import("a.txt", &large), Err(Unimportable::Unreadable(Unreadable::TooLarge { bytes })));
}

#[test]
fn hostile_pages_are_read_to_the_end() {
    let deep = format!("<html>{}core{}", "<div><ul><li>".repeat(20_000), "</div>".repeat(20_000));
    assert!(import("a.html", deep.as_bytes()).unwrap().text.contains("core"));
    let quotes = format!("<html>{}core", "<blockquote>".repeat(50_000));
    assert!(import("a.html", quotes.as_bytes()).unwrap().text.contains("core"));
    let open = format!("<html><p>{}", "<b".repeat(100_000));
    assert!(import("a.html", open.as_bytes()).is_err());
    let cells = format!("<html><table>{}", "<tr><td>a<td>b".repeat(20_000));
    assert_eq!(
        import("a.html", cells.as_bytes()).unwrap().text.lines().filter(|line| *line == "| a | b |").count(),
        20_000
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn scrapes_read_the_same_afterwards(parts in prop::collection::vec(prop::sample::select(&[
        "\n1\n\nInstall the server\n\nDo it once:\nsudo apt-get install -y caddy\n", "\nNetwork Security\n\nWords about it.\n",
        "\n2\n\nCheck the rules\n\n# the list\nsudo ufw status verbose\n\n# only https\nsudo ufw allow 443/tcp\n",
        "\nEdit the file:\nsite.conf\nserver {\n    listen 80;\n}\n", "\nLaunch Checklist\n\n  • Alerts are on\n  • Backup is fresh * and _tried_\n",
        "\nCreate the script:\nbackup.sh\n#!/bin/bash\nDIR=/srv\n\npg_dump shop > $DIR/shop.sql\n", "\nRollback\n\nPut it back:\nsudo systemctl start old\n",
        "\nKEY=value\nOTHER=<value>\n", "\nservices:\n  web:\n    image: shop\n", "\nMonitoring and Alerts\n\nWatch it:\nhtop\n",
        "\n3\n\nRun the job\n\nsudo docker run --rm \\\n  -v /srv:/srv \\\n  tool\n", "\nTask\tOwner\nBackup\tAnna\n",
    ][..]), 12..24)) {
        let text = format!("Guide to the small server\n{}", parts.concat());
        let before = read("x.txt", text.as_bytes()).unwrap();
        prop_assume!(before.source.layout == Layout::Scrape);
        let imported = import("x.txt", text.as_bytes()).unwrap();
        let after = read("x.md", imported.text.as_bytes()).unwrap();
        prop_assert_eq!(after.source.layout, Layout::Markdown);
        prop_assert_eq!(fidelity::differences(&before, &after), Vec::<String>::new(), "{}\n=====\n{}", text, imported.text);
    }

    #[test]
    fn any_tags_make_a_document(parts in prop::collection::vec(prop::sample::select(&[
        "<html>", "<p>", "</p>", "<ul>", "<ol start=7>", "<li>", "</li>", "</ul>", "<table>", "<tr>", "<td>", "<th>", "</table>", "<pre>", "</pre>", "<code class=language-sh>",
        "</code>", "<h2>", "</h2>", "<input type=checkbox>", "<input type=checkbox checked>", "words * and _marks_ ", "```", "# x", "&lt;b&gt;", "<b>", "</b>", "<br>", "<a href=http://x>",
        "</a>", "<blockquote>", "</blockquote>", "<dl>", "<dt>", "<dd>", "<main>", "</main>", "<script>", "</script>", "\n", "é", "1. ", "<details>", "<summary>", "<hr>", "<nav>", "|",
    ][..]), 0..80)) {
        let text = parts.concat();
        if let Ok(imported) = import("x.html", format!("<html>{text}").as_bytes()) {
            let book = read("x.md", imported.text.as_bytes()).unwrap();
            let is_whole = imported.text.ends_with('\n') && !imported.text.contains(['\u{1}', '\u{2}']);
            prop_assert!(is_whole, "marks of boxes are left");
            prop_assert_eq!(book.source.layout, Layout::Markdown);
        }
    }

    #[test]
    fn any_bytes_are_imported_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for name in ["x.html", "x.txt"] {
            if let Ok(imported) = import(name, &bytes) {
                prop_assert!(read(name, imported.text.as_bytes()).is_ok());
            }
        }
    }
}

fn gonogo() -> Command {
    Command::cargo_bin("gonogo").unwrap()
}

#[test]
fn the_result_goes_to_standard_output_or_whole_into_a_new_file() {
    let dir = tempfile::tempdir().unwrap();
    let page = folder().join("tern-wiki.html");
    let wanted = fs::read_to_string(folder().join("tern-wiki.html.imported.md")).unwrap();
    let said = gonogo().arg("import").arg(&page).assert().code(0).stdout(wanted.clone());
    let told = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(told.contains("was read as an HTML page"), "{told}");

    let to = dir.path().join("wiki.md");
    let write = |force: &[&str]| gonogo().arg("import").arg(&page).arg("-o").arg(&to).args(force).assert();
    write(&[]).code(0).stdout("");
    assert_eq!(fs::read_to_string(&to).unwrap(), wanted);
    fs::write(&to, "mine").unwrap();
    let refused = write(&[]).code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("--force"));
    assert_eq!(fs::read_to_string(&to).unwrap(), "mine");
    write(&["--force"]).code(0);
    assert_eq!(fs::read_to_string(&to).unwrap(), wanted);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn the_original_is_never_written() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("page.txt");
    fs::write(&original, "# A\n\n- [ ] go\n").unwrap();
    gonogo().arg("import").arg(&original).arg("-o").arg(&original).arg("--force").assert().code(2);
    assert_eq!(fs::read_to_string(&original).unwrap(), "# A\n\n- [ ] go\n");
}

#[test]
fn bad_input_is_told_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("out.md");
    for (name, bytes, code) in
        [("empty.html", &b""[..], 3), ("bin.txt", b"\x7fELF\0", 3), ("void.html", b"<html></html>", 3)]
    {
        let from = dir.path().join(name);
        fs::write(&from, bytes).unwrap();
        gonogo().arg("import").arg(&from).arg("-o").arg(&to).assert().code(code);
    }
    gonogo().arg("import").arg(dir.path().join("none.txt")).arg("-o").arg(&to).assert().code(6);
    gonogo().arg("import").arg(dir.path()).assert().code(3);
    assert!(!to.exists());
}
