//! A child that has become somebody else's: it cannot be signalled, and that is said.

use crate::home::{Home, came};
use std::os::unix::fs::{PermissionsExt as _, chown};

/// A user that owns nothing here.
const NOBODY: u32 = 65534;

#[test]
fn a_child_that_cannot_be_killed_is_not_confirmed_dead() {
    let home = Home::new();
    let become_root = home.path("become");
    let there = std::path::Path::new("/usr/bin/setpriv");
    if !rustix::process::geteuid().is_root() || std::fs::copy(there, &become_root).is_err() {
        let why = "only root, with setpriv, can make a child that its parent may not signal";
        return crate::skip::skip("a_child_that_cannot_be_killed_is_not_confirmed_dead", why);
    }
    // Like sudo: the program takes another user's place, for good.
    std::fs::set_permissions(&become_root, std::fs::Permissions::from_mode(0o4755)).unwrap();
    home.write("deploy.md", "# D\n\n## A\n\n- [ ] Hold on\n\n  ```sh {timeout=1s}\n  ./become --reuid=0 --clear-groups sleep 90 & echo $! > root.pid; wait\n  ```\n");
    std::fs::set_permissions(home.path("."), std::fs::Permissions::from_mode(0o755)).unwrap();
    chown(home.path("."), Some(NOBODY), Some(NOBODY)).unwrap();
    chown(home.path("deploy.md"), Some(NOBODY), Some(NOBODY)).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let ours = home.command(&[]);
        let mut command = assert_cmd::Command::new(there);
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_gonogo")])
            .args(arguments);
        command.env_clear().current_dir(home.folder.path()).timeout(std::time::Duration::from_mins(2));
        for (name, value) in ours.get_envs() {
            command.env(name, value.unwrap());
        }
        came(&mut command)
    };
    let ran = as_nobody(&["exec", "deploy.md"]);
    let pid = std::fs::read_to_string(home.path("root.pid")).unwrap().trim().to_owned();
    let alive = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains("(sleep)"));
    std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
    assert!(alive, "it could not be killed: {ran:?}");
    assert_eq!(ran.exit, Some(1), "{ran:?}");
    assert!(ran.err.contains(&format!("NOT CONFIRMED DEAD: sleep (process {pid})")), "{ran:?}");
    let run = as_nobody(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let ended =
        as_nobody(&["show", &run, "--events"]).lines().into_iter().find(|event| event["kind"] == "attempt_ended");
    let ended = ended.unwrap()["data"].clone();
    assert_eq!(ended["not_dead"][0]["name"], "sleep", "{ended}");
    assert_eq!(ended["not_dead"][0]["pid"].to_string(), pid);
    let shown = as_nobody(&["show", &run, "1.1"]);
    assert!(shown.out.contains("sleep (NOT CONFIRMED DEAD)"), "{shown:?}");
}
