//! Configuration and themes, as they are asked for.

use crate::home::{Home, came};
use std::fs;

const BOOK: &str =
    "# T\n\n## Phase 1: A\n\n### Look\n\n```bash\nuname\n```\n\n## Phase 2: B\n\n### See\n\n```bash\nuname\n```\n";

fn configured(text: &str) -> Home {
    let home = Home::new();
    fs::create_dir_all(home.path("config/gonogo/themes")).unwrap();
    home.write("config/gonogo/config.yaml", text);
    home
}

#[test]
fn what_holds_is_shown_with_where_it_comes_from() {
    let home = configured("operator: {name: lee, role: dba}\nui: {theme: light}\n");
    let shown = home.call(&["config", "show", "--theme", "dark"]);
    assert_eq!(shown.exit, Some(0), "{shown:?}");
    let line =
        |start: &str| shown.out.lines().find(|line| line.trim().starts_with(start)).unwrap_or_default().to_owned();
    assert!(line("name:").contains("dana") && line("name:").ends_with("# GONOGO_OPERATOR"), "{}", shown.out);
    assert!(line("role:").contains("dba") && line("role:").ends_with("config.yaml"), "{}", shown.out);
    assert!(line("theme:").contains("dark") && line("theme:").ends_with("# --theme"), "{}", shown.out);
    assert!(line("glyphs:").ends_with("# built in"), "{}", shown.out);
    let path = home.call(&["config", "path"]);
    assert!(path.out.lines().next().unwrap().ends_with("config/gonogo/config.yaml"), "{path:?}");
}

#[test]
fn a_mistake_is_named_with_its_line_and_keeps_nobody_from_reading() {
    let home = configured("run:\n  timeuot: 5m\n");
    home.write("book.md", BOOK);
    let words = ["config.yaml:2: there is no setting run.timeuot; did you mean run.timeout?"];
    home.call(&["exec", "book.md"]).refuses(3, &words);
    assert_eq!(home.call(&["plan", "book.md"]).exit, Some(0));
    assert_eq!(home.call(&["config", "path"]).exit, Some(0), "the way to mend it stays open");
    let shown = home.call(&["config", "show"]);
    assert!(shown.exit == Some(3) && shown.err.contains(words[0]), "{shown:?}");
    home.call(&["runs", "--config", "nowhere.yaml"]).refuses(6, &["nowhere.yaml"]);
}

#[test]
fn keys_that_clash_are_refused_and_own_keys_are_printed() {
    let home = configured("keys: {run: [s]}\n");
    home.call(&["keys"]).refuses(3, &["s would do both run and sign_off"]);
    let home = configured("keys: {run: [<C-r>, W]}\n");
    let keys = home.call(&["keys"]);
    assert!(keys.out.contains("Ctrl-r W           run the selected command"), "{}", keys.out);
}

#[test]
fn a_project_may_tighten_what_asks_but_not_loosen_it() {
    let home = Home::new();
    home.write("book.md", BOOK);
    let ran = |home: &Home| {
        let walked = came(home.command(&["book.md", "--plain", "--new"]).write_stdin("r\nq\n"));
        walked.out.contains("Linux") || walked.out.contains("Darwin")
    };
    assert!(ran(&home), "what only looks runs at once");
    home.write(".gonogo.yaml", "run: {confirm: always}\n");
    assert!(!ran(&home), "now it asks first, and q is no consent");
    home.write(".gonogo.yaml", "editor: {command: touch broken}\n");
    home.call(&["exec", "book.md"]).refuses(3, &["editor.command belongs to your own configuration"]);
    fs::create_dir_all(home.path("config/gonogo")).unwrap();
    home.write("config/gonogo/config.yaml", "run: {confirm: always}\n");
    home.write(".gonogo.yaml", "run: {timeout: 10m, confirm: risk}\n");
    home.call(&["exec", "book.md"])
        .refuses(3, &["run.confirm: a project may tighten it, but risk is looser than always"]);
}

#[test]
fn the_file_is_edited_and_checked_afterwards() {
    let home = Home::new();
    home.write("edit.sh", "echo 'ui: {theme: drak}' > \"$1\"\n");
    let editor = format!("sh {}", home.path("edit.sh").display());
    let edited = came(home.command(&["config", "edit"]).env("EDITOR", &editor));
    assert_eq!(edited.exit, Some(0), "a theme is looked for when it is worn: {edited:?}");
    let listed = home.call(&["theme", "preview"]);
    assert!(listed.exit == Some(3) && listed.err.contains("no theme named drak; did you mean dark?"), "{listed:?}");
    home.write("edit.sh", "echo 'ui: {glyphs: emoji}' > \"$1\"\n");
    let edited = came(home.command(&["config", "edit"]).env("EDITOR", &editor));
    edited.refuses(3, &["ui.glyphs: “emoji” is none of unicode, ascii"]);
}

#[test]
fn the_schema_is_one() {
    let schema = Home::new().call(&["config", "schema"]).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["properties"]["ui"]["properties"]["glyphs"]["enum"][1], "ascii");
    assert_eq!(schema["properties"]["ui"]["additionalProperties"], false);
}

#[test]
fn themes_are_listed_and_shown_with_ones_own() {
    let home = configured("ui: {theme: harbour}\n");
    home.write("config/gonogo/themes/harbour.yaml", "name: harbour\ninherits: dark\nstyles: {ok: \"#00ff00\"}\n");
    let list = home.call(&["theme", "list"]);
    assert!(list.out.contains("* harbour          dark, your own"), "{}", list.out);
    assert!(list.out.contains("  high-contrast    dark\n"), "{}", list.out);
    let shown = home.call(&["theme", "preview", "--color", "always"]);
    assert!(shown.out.contains("\u{1b}[38;2;0;255;0;48;2;20;24;31m"), "{:?}", shown.out);
    let plain = home.call(&["theme", "preview", "harbour"]);
    assert!(!plain.out.contains("38;2"), "off a terminal there is no colour: {:?}", plain.out);
}
