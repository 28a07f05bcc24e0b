//! A machine made of stand-ins: every program that a runbook calls is a small script that notes the call and answers as
//! the real one does.

use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with stand-ins, the files that one runbook expects, and a journal of its own.
pub struct World {
    folder: TempDir,
    pub runbook: PathBuf,
    /// Programs that are the machine's own, although a stand-in exists.
    real: Vec<&'static str>,
    environment: Vec<(String, String)>,
}

/// How a call of the program ended.
#[derive(Debug)]
pub struct Came {
    pub exit: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Came {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let came =
            Came { exit: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) };
        assert!(!came.err.contains("panicked"), "{came:?}");
        came
    }
}

impl World {
    /// The world of one bundled runbook, laid out by `tests/standins/worlds/NAME`.
    pub fn of(name: &str) -> Self {
        Self::with(name, &[])
    }

    /// The same, with some programs real.
    pub fn with(name: &str, real: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runbook = root().join("runbooks").join(format!("{name}.md"));
        let world = World { folder, runbook, real: real.to_vec(), environment: Vec::new() };
        world.lay_out(&root().join("tests/standins/worlds").join(name));
        world
    }

    fn lay_out(&self, layout: &Path) {
        let bin = self.path("bin");
        fs::create_dir(&bin).unwrap();
        for entry in fs::read_dir(root().join("tests/standins")).unwrap() {
            let from = entry.unwrap().path();
            let name = from.file_name().unwrap().to_str().unwrap().to_owned();
            if from.is_file() && !self.real.contains(&name.as_str()) {
                fs::copy(&from, bin.join(&name)).unwrap();
                fs::set_permissions(bin.join(&name), fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        let laid = self.command("sh").arg("-eu").arg(layout).env("PATH", path()).output().unwrap();
        assert!(laid.status.success(), "{}: {}", layout.display(), String::from_utf8_lossy(&laid.stderr));
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program in this world: nothing of the developer's home is seen.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{}", self.path("bin").display(), path()))
            .env("REAL_PATH", path())
            .env("STANDINS", self.folder.path())
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "dana")
            .env("GIT_AUTHOR_EMAIL", "dana@example.org")
            .env("GIT_COMMITTER_NAME", "dana")
            .env("GIT_COMMITTER_EMAIL", "dana@example.org")
            .env("GONOGO_JOURNAL", self.path("journal.db"))
            .env("GONOGO_OPERATOR", "dana")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path());
        command
    }

    pub fn gonogo(&self, arguments: &[&str]) -> Came {
        self.command(env!("CARGO_BIN_EXE_gonogo")).args(arguments).output().unwrap().into()
    }

    /// The calls that stand-ins noted, in order.
    pub fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.path("calls")).unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Lets every call fail that a shell pattern matches; no pattern lets all succeed.
    pub fn fail(&self, pattern: Option<&str>) {
        fs::write(self.path("fail"), pattern.unwrap_or("")).unwrap();
    }

    pub fn plan(&self) -> Value {
        plan(&self.runbook)
    }
}

/// The machine's own programs.
fn path() -> String {
    std::env::var("PATH").unwrap()
}

pub fn plan(runbook: &Path) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_gonogo")).args(["plan", "--format", "json"]).arg(runbook).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// All steps of a list of steps, parents first.
pub fn subtree(steps: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for step in steps.as_array().unwrap() {
        all.push(step);
        all.extend(subtree(&step["steps"]));
    }
    all
}

pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} of {value}"))
}
