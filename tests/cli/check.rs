//! `gonogo check`: codes, formats and the exit code, as a build server sees them.

use crate::home::Home;
use serde_json::Value;

const BOOK: &str = "# Empty the silo\n\n## Go\n\n1. Open the hatch\n\n   ```bash\n   rm -rf /srv/<silo>\n   ```\n\n\
                    2. Watch the level\n\n   ```bash\n   tail -f /var/log/silo.log\n   ```\n";

#[test]
fn every_format_names_the_same_codes_and_warnings_do_not_fail() {
    let home = Home::new();
    home.write("silo.md", BOOK);
    let json = home.call(&["check", "silo.md", "--format", "json"]);
    assert_eq!(json.exit, Some(0), "{}", json.err);
    let value: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["schema"], 1);
    let codes: Vec<(u64, &str)> = value["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["line"].as_u64().unwrap(), problem["code"].as_str().unwrap()))
        .collect();
    assert_eq!(codes, [(7, "placeholder"), (7, "no-rollback"), (13, "endless")]);
    let github = home.call(&["check", "silo.md", "--format", "github"]);
    assert!(github.out.contains("::warning file=silo.md,line=7,col=4,title=placeholder::"), "{}", github.out);
    let text = home.call(&["check", "silo.md"]);
    for part in ["[endless]", "silo.md:13", "tail -f", "0 errors, 3 warnings, 0 hints"] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
}

#[test]
fn an_error_is_exit_code_3_also_beside_a_good_file() {
    let home = Home::new();
    home.write("good.md", "# P\n\n## Go\n\n1. Call the miller\n");
    home.write("twice.md", "# P\n\n## Go {#a}\n\n- [ ] one {#b}\n- [ ] two {#b}\n");
    let came = home.call(&["check", "twice.md", "good.md"]);
    assert_eq!(came.exit, Some(3), "{}", came.out);
    assert!(
        came.out.contains("[duplicate-id]") && came.out.contains("good.md: 1 phase, 1 step; 0 errors"),
        "{}",
        came.out
    );
}
