//! How much of an output is stored: by the flag, by the configuration, and what is said about the rest.

use crate::home::{Home, came, steps};
use serde_json::Value;

/// The digest of the first attempt's output.
fn output(home: &Home) -> Value {
    let events = home.call(&[
        "show",
        home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap(),
        "--events",
    ]);
    let ended = events.lines().into_iter().find(|event| event["kind"] == "attempt_ended").unwrap();
    ended["data"]["output"].clone()
}

#[test]
fn head_and_tail_are_as_large_as_they_are_wished_and_the_digest_is_that_of_all() {
    let home = Home::new();
    home.write("deploy.md", steps(&["seq 1 20000"]));
    let whole = (1..=20000).map(|number: u32| number.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    let config = home.write("config.yaml", "journal: {keep_head: 1KiB, keep_tail: 10}\n");
    let exec = |arguments: &[&str], config: Option<&std::path::Path>| {
        let mut command = home.command(&[&["exec", "deploy.md"], arguments].concat());
        if let Some(config) = config {
            command.env("GONOGO_CONFIG", config);
        }
        assert_eq!(came(&mut command).exit, Some(0));
        output(&home)
    };
    let sizes = |output: &Value| -> Vec<u64> {
        output["parts"].as_array().unwrap().iter().map(|part| part["bytes"].as_u64().unwrap()).collect()
    };
    let all = exec(&[], None);
    assert_eq!((sizes(&all), &all["dropped"]), (vec![whole.len() as u64], &Value::from(0)));
    for (output, parts) in [
        (exec(&["--keep", "100,50"], None), vec![100, 50]),
        (exec(&[], Some(&config)), vec![1024, 10]),
        (exec(&["--keep", "2KiB"], Some(&config)), vec![2048, 2048]),
    ] {
        assert_eq!(sizes(&output), parts, "{output}");
        assert_eq!(output["bytes"].as_u64(), Some(whole.len() as u64));
        assert_eq!(output["dropped"].as_u64(), Some(whole.len() as u64 - parts.iter().sum::<u64>()));
        assert_eq!(output["sha256"], all["sha256"], "the digest is that of the whole stream");
    }
    // The flag in a file where it cannot be, and a size that is none.
    home.call(&["exec", "deploy.md", "--keep", "much"]).refuses(2, &["much is no size"]);
    home.write("config.yaml", "journal: {keep_head: lots}\n");
    came(home.command(&["exec", "deploy.md"]).env("GONOGO_CONFIG", &config))
        .refuses(3, &["keep_head", "lots is no size"]);
}
