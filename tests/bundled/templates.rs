//! `gonogo new`: clean templates, written once, never over anything.

use crate::world::{World, plan, root, text};
use std::fs;

const TEMPLATES: [&str; 5] = ["go-live", "incident", "release", "restore-drill", "hand-over"];

#[test]
fn it_lists_every_template_with_a_line() {
    let world = World::of("photoflow");
    let listed = world.gonogo(&["new"]);
    assert_eq!(listed.exit, 0);
    let names: Vec<&str> = listed.out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, TEMPLATES);
    assert!(listed.out.lines().all(|line| line.split_whitespace().count() > 3), "{}", listed.out);
    let files = fs::read_dir(root().join("runbooks/templates")).unwrap().count();
    assert_eq!(files, TEMPLATES.len(), "no template is left out");
}

#[test]
fn each_is_clean_and_can_be_walked() {
    let world = World::of("photoflow");
    for name in TEMPLATES {
        let file = format!("{name}.md");
        let made = world.gonogo(&["new", name, "-o", &file]);
        assert_eq!((made.exit, made.out.as_str()), (0, ""), "{name}: {made:?}");
        assert!(made.err.contains(&format!("gonogo check {file}")), "{name}: {made:?}");
        assert_eq!(fs::read_to_string(world.path(&file)).unwrap(), world.gonogo(&["new", name]).out, "{name}");
        let checked = world.gonogo(&["check", &file]);
        assert!(checked.out.contains("; 0 errors, 0 warnings, 0 hints"), "{name}: {checked:?}");
        let plan = plan(&world.path(&file));
        let phases = plan["phases"].as_array().unwrap();
        let walked: Vec<_> = phases.iter().filter(|phase| phase["walked"] == true).collect();
        assert!(walked.len() >= 3, "{name}");
        for phase in walked {
            assert!(!phase["criteria"].as_array().unwrap().is_empty(), "{name}: {}", text(phase, "id"));
            assert!(!phase["steps"].as_array().unwrap().is_empty(), "{name}: {}", text(phase, "id"));
        }
    }
}

#[test]
fn it_never_overwrites() {
    let world = World::of("photoflow");
    fs::write(world.path("mine.md"), "# Mine\n").unwrap();
    std::os::unix::fs::symlink(world.path("nowhere"), world.path("link.md")).unwrap();
    for there in ["mine.md", "link.md", "app"] {
        let refused = world.gonogo(&["new", "go-live", "-o", there]);
        assert_eq!((refused.exit, refused.out.as_str()), (2, ""), "{there}: {refused:?}");
        assert_eq!(refused.err.lines().count(), 1, "{refused:?}");
        assert!(refused.err.contains(there) && refused.err.contains("-o"), "what, where, what next: {refused:?}");
    }
    assert_eq!(fs::read_to_string(world.path("mine.md")).unwrap(), "# Mine\n");
    assert!(!world.path("nowhere").exists());
    let lost = world.gonogo(&["new", "go-live", "-o", "no/such/folder.md"]);
    assert_eq!(lost.exit, 6);
    assert!(lost.err.contains("no/such/folder.md") && lost.err.contains("make it first"), "{lost:?}");
    assert_eq!(world.gonogo(&["new", "no-such-template"]).exit, 2);
    assert_eq!(world.gonogo(&["new", "-o", "x.md"]).exit, 2, "a file without a template");
}

#[test]
fn the_restore_drill_goes_to_go() {
    let world = World::of("photoflow");
    world.gonogo(&["new", "restore-drill", "-o", "drill.md"]);
    fs::create_dir(world.path("backups")).unwrap();
    let dump = world.command("sh").args(["-c", "echo dump | gzip > backups/photoflow_20260101.sql.gz"]).status();
    assert!(dump.unwrap().success());
    let values = format!("DB_NAME=photoflow\nTABLE=tasks\nBACKUP_DIR={}\n", world.path("backups").display());
    fs::write(world.path("values"), values).unwrap();
    let mut world = world;
    world.runbook = world.path("drill.md");
    let status = crate::operator::Operator::of(&world).to_the_end();
    assert_eq!(status.exit, 0, "{status:?}");
}
