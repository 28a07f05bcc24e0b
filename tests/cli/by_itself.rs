//! What would run by itself: `gonogo trust`, `exec`, the plain walk, and what follows an export.

use crate::home::{Home, came, steps};
use std::os::unix::fs::PermissionsExt as _;

const HOOKED: &str = "---\nhooks: {before_run: 'echo hook >> \"$DID\"'}\n---\n";

fn hooked() -> String {
    format!("{HOOKED}{}", steps(&["echo 1 >> \"$DID\""]))
}

#[test]
fn running_the_operators_own_file_unattended_is_the_trust_in_it() {
    let home = Home::new();
    home.write("deploy.md", hooked());
    let ran = home.call(&["exec", "deploy.md"]);
    assert_eq!((ran.exit, home.did()), (Some(0), vec!["hook".to_owned(), "1".to_owned()]), "{ran:?}");
    // Only for this run: it says nothing about a walk that shows what it runs.
    let shown = home.call(&["trust", "deploy.md"]);
    assert_eq!(shown.exit, Some(4), "{shown:?}");
    assert!(shown.out.contains("before_run hook of runbook: echo hook >> \"$DID\""), "{shown:?}");
}

#[test]
fn a_file_that_others_can_write_needs_its_digest() {
    let home = Home::new();
    let path = home.write("deploy.md", hooked());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let refused = home.call(&["exec", "deploy.md"]);
    refused.refuses(3, &["can be written by anybody", "--trust sha256:"]);
    assert_eq!(home.did(), [""; 0]);
    let digest = refused.err.split("--trust ").nth(1).unwrap().trim().to_owned();
    let wrong = digest.replace(['0', '1'], "2");
    home.call(&["exec", "deploy.md", "--trust", &wrong]).refuses(3, &["nothing ran"]);
    assert_eq!(home.did(), [""; 0]);
    let ran = home.call(&["exec", "deploy.md", "--trust", &digest]);
    assert_eq!((ran.exit, home.did().len()), (Some(0), 2), "{ran:?}");
    // One byte more, and the digest is another one's.
    home.write("deploy.md", hooked() + "\n");
    home.call(&["exec", "deploy.md", "--trust", &digest]).refuses(3, &["nothing ran"]);
}

#[test]
fn hooks_of_a_project_wait_for_trust_also_unattended() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\""]));
    home.write(".gonogo.yaml", "hooks: {before_run: ['echo project >> \"$DID\"']}\n");
    let waits = home.call(&["exec", "deploy.md"]);
    assert_eq!((waits.exit, home.did()), (Some(4), Vec::<String>::new()), "{waits:?}");
    assert!(waits.out.contains("nobody has trusted"), "{waits:?}");
    let trusted = home.call(&["trust", "deploy.md", "--yes"]);
    assert!(trusted.exit == Some(0) && trusted.out.contains("as long as not a byte changes"), "{trusted:?}");
    let ran = home.call(&["exec", "deploy.md"]);
    assert_eq!((ran.exit, home.did()), (Some(0), vec!["project".to_owned(), "1".to_owned()]), "{ran:?}");
    // Changed, it waits again; refused, the walk goes on without it.
    home.write(".gonogo.yaml", "hooks: {before_run: ['echo evil >> \"$DID\"']}\n");
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(4));
    home.call(&["trust", "deploy.md", "--no"]);
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    assert!(!home.did().contains(&"evil".to_owned()));
    let forgot = home.call(&["trust", "deploy.md", "--forget"]);
    assert!(forgot.out.contains("asks again"), "{forgot:?}");
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(4));
}

#[test]
fn a_before_run_hook_that_fails_keeps_an_unattended_run_from_beginning() {
    let home = Home::new();
    let front = "---\nhooks: {before_run: 'echo change freeze; exit 9'}\n---\n";
    home.write("deploy.md", format!("{front}{}", steps(&["echo 1 >> \"$DID\""])));
    for more in [&[][..], &["--keep-going"]] {
        let came = home.call(&[&["exec", "deploy.md"], more].concat());
        assert_eq!((came.exit, home.did()), (Some(4), Vec::<String>::new()), "{came:?}");
        assert!(came.out.contains("exit 9: change freeze"), "{came:?}");
    }
}

#[test]
fn the_plain_walk_asks_once_and_shows_the_words() {
    let home = Home::new();
    home.write("deploy.md", hooked());
    let walk = |answers: &str| came(home.command(&["deploy.md", "--plain", "--new"]).write_stdin(answers)).out;
    let later = walk("r\n\nq\n");
    assert!(later.contains("before_run hook of runbook: echo hook") && later.contains("Not run."), "{later}");
    assert_eq!(home.did(), [""; 0]);
    let trusted = walk("r\nt\ny\nq\n");
    assert!(trusted.contains("The hook: exit 0."), "{trusted}");
    assert_eq!(home.did(), ["hook", "1"]);
    let again = walk("r\ny\nq\n");
    assert!(!again.contains("May it?"), "{again}");
    assert_eq!(home.did(), ["hook", "1", "hook", "1"]);
}

#[test]
fn what_follows_an_export_gets_its_path_and_is_recorded() {
    let home = Home::new();
    home.write("deploy.md", steps(&["true"]));
    let config = home.write(
        "config.yaml",
        "hooks:\n  after_export: ['echo \"$GONOGO_EXPORT_FORMAT $GONOGO_EXPORT\" >> \"$DID\"', 'exit 4']\n",
    );
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    let mut command = home.command(&["export", "-o", "out.json", "--format", "json"]);
    let exported = came(command.env("GONOGO_CONFIG", &config));
    assert_eq!(exported.exit, Some(0), "{exported:?}");
    assert!(exported.err.contains("after_export hook “exit 4”: exit 4"), "{exported:?}");
    assert_eq!(home.did(), ["json out.json"]);
    let events = home.call(&["export", "--format", "jsonl"]).out;
    assert_eq!(events.matches("hook_began").count(), 2, "{events}");
    let verified = home.call(&["verify", "out.json"]);
    assert_eq!(verified.exit, Some(0), "{verified:?}");
}

#[test]
fn what_runs_is_what_was_read_whatever_becomes_of_the_file() {
    let home = Home::new();
    let swap =
        "printf '# D\\n## A\\n- [ ] x\\n  ```sh\\n  echo evil >> \"$DID\"\\n  ```\\n' > new.md; mv new.md deploy.md";
    home.write("deploy.md", steps(&[swap, "echo 2 >> \"$DID\""]));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    assert_eq!(home.did(), ["2"]);
    assert!(std::fs::read_to_string(home.path("deploy.md")).unwrap().contains("evil"), "it was swapped");
}

#[test]
fn a_file_of_somebody_else_needs_its_digest() {
    let home = Home::new();
    let path = home.write("deploy.md", hooked());
    if std::os::unix::fs::chown(&path, Some(12345), None).is_err() {
        return crate::skip::skip("a_file_of_somebody_else_needs_its_digest", "only root can give a file away");
    }
    let refused = home.call(&["exec", "deploy.md"]);
    refused.refuses(3, &["belongs to uid 12345, not to you", "--trust sha256:"]);
    // A link of one's own to it does not make it one's own.
    std::os::unix::fs::symlink(&path, home.path("mine.md")).unwrap();
    home.call(&["exec", "mine.md"]).refuses(3, &["belongs to uid 12345"]);
    assert_eq!(home.did(), [""; 0]);
}

/// Hooks that follow an export follow a sealed close as well, and the report tells who let them.
#[test]
fn a_sealed_run_tells_what_followed_its_exports() {
    let home = Home::new();
    let front = "---\nrequires: {commands: ['sh-as-required >= 1']}\nhooks: {before_run: 'echo window open'}\n---\n";
    home.write("deploy.md", format!("{front}{}", steps(&["true"])));
    home.write("sh-as-required", "#!/bin/sh\necho sh-as-required 1.2\n");
    std::fs::set_permissions(home.path("sh-as-required"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let config = home.write("config.yaml", "hooks:\n  after_export: ['echo \"sent $GONOGO_EXPORT_FORMAT\"']\n");
    crate::sign::key(&home, "dana");
    let path = format!("{}:{}", home.path("").display(), std::env::var("PATH").unwrap());
    let call = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        came(command.env("GONOGO_CONFIG", &config).env("PATH", &path))
    };
    assert_eq!(call(&["exec", "deploy.md"]).exit, Some(0));
    assert_eq!(call(&["close", "--key", "dana"]).exit, Some(0));
    for name in ["one", "two"] {
        let exported = call(&["export", "--format", "bundle", "-o", name, "--key", "none"]);
        assert_eq!(exported.exit, Some(0), "{exported:?}");
    }
    // The second one holds what followed the first.
    let verified = home.call(&["verify", "two", "--sealed"]);
    let (exit, said) = crate::bundle::python(&home.path("two"), &["--sealed"]);
    assert_eq!((verified.exit, exit), (Some(0), Some(0)), "{verified:?} {said}");
    let report = std::fs::read_to_string(home.path("two/report.md")).unwrap();
    for said in [
        "## What ran by itself",
        "`sh-as-required --version` | exited with 0 | sh-as-required 1.2 |",
        "starting this file was the trust in it",
        "**before_run**: exited with 0",
        "echo window open",
        "**after_export**: exited with 0",
        "sent bundle",
        "the operator's own configuration",
    ] {
        assert!(report.contains(said), "{said}: {report}");
    }
    let events = std::fs::read_to_string(home.path("two/events.jsonl")).unwrap();
    let at = |kind: &str| events.find(&format!("\"kind\":\"{kind}\"")).unwrap();
    assert!(
        at("requirements_probed") < at("attempt_intended") && at("run_closed") < events.rfind("hook_began").unwrap()
    );
}
