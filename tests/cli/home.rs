//! A home of its own for every call: nothing of the developer's machine is seen or touched.

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Home {
    pub folder: TempDir,
}

/// What a call came to.
#[derive(Debug)]
pub struct Came {
    pub exit: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Home {
    pub fn new() -> Self {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn journal(&self) -> PathBuf {
        self.path("state/gonogo/journal.db")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.folder.path())
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("TMPDIR", self.path(""))
            .env("USER", "ops")
            .env("GONOGO_OPERATOR", "dana")
            .env("DID", self.path("did"))
            .current_dir(self.folder.path())
            .args(arguments)
            .timeout(std::time::Duration::from_mins(2));
        command
    }

    pub fn call(&self, arguments: &[&str]) -> Came {
        came(&mut self.command(arguments))
    }

    pub fn did(&self) -> Vec<String> {
        std::fs::read_to_string(self.path("did")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// Names of everything below the home, to see that nothing was created.
    pub fn names(&self) -> Vec<String> {
        fn below(folder: &Path, into: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                into.push(path.display().to_string());
                if path.is_dir() {
                    below(&path, into);
                }
            }
        }
        let mut names = Vec::new();
        below(self.folder.path(), &mut names);
        names.sort();
        names
    }
}

pub fn came(command: &mut Command) -> Came {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let came = Came { exit: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
    assert!(!came.err.contains("panicked"), "{came:?}");
    came
}

impl Came {
    /// One sentence on standard error, nothing on standard output, this exit code.
    pub fn refuses(&self, exit: i32, parts: &[&str]) {
        assert_eq!(self.exit, Some(exit), "{self:?}");
        assert_eq!(self.out, "", "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "one sentence: {self:?}");
        assert!(self.err.starts_with("gonogo: "), "{self:?}");
        for part in parts {
            assert!(self.err.contains(part), "does not say {part}: {self:?}");
        }
    }

    /// The same where something was shown before.
    pub fn refuses_loudly(&self, exit: i32, part: &str) {
        assert_eq!(self.exit, Some(exit), "{self:?}");
        assert!(self.err.starts_with("gonogo: ") && self.err.contains(part), "{self:?}");
    }

    /// Arguments that clap does not take.
    pub fn refuses_usage(&self, part: &str) {
        assert_eq!(self.exit, Some(2), "{self:?}");
        assert!(self.err.contains(part), "{self:?}");
    }

    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// JSON without what differs from call to call: the shape that is promised.
pub fn steady(mut value: Value) -> String {
    blank(&mut value);
    serde_json::to_string_pretty(&value).unwrap()
}

fn blank(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // When an output was printed: there when the machine is slow.
            if fields.get("times").is_some_and(Value::is_array) {
                fields.remove("times");
            }
            for (name, field) in fields {
                let volatile = match name.as_str() {
                    "id" => field.as_str().is_some_and(|id| id.len() == 26 && id.starts_with("01")),
                    "run" | "short" | "runbook" | "at" | "opened" | "opened_at" | "closed" | "closed_at" | "boot"
                    | "host" | "mark" | "user" | "program" | "cwd" | "target" | "path" | "shell" | "sha256"
                    | "digest" => field.is_string(),
                    "mono_us" | "pid" | "started" | "took_ms" | "elapsed_ms" | "uid" => field.is_number(),
                    _ => false,
                };
                if volatile {
                    *field = Value::String(format!("[{name}]"));
                } else {
                    blank(field);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(blank),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A document whose steps each have one block.
pub fn steps(blocks: &[&str]) -> String {
    let mut text = "# Desk\n\n## Work\n\n".to_owned();
    for (number, block) in blocks.iter().enumerate() {
        text.push_str(&format!("- [ ] Step {}\n\n  ```sh\n", number + 1));
        for line in block.lines() {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str("  ```\n");
    }
    text
}
