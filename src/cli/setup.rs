//! From arguments and environment to what a session needs.

use super::args::{Common, RunArgs};
use super::environment::Environment;
use super::exit::Failure;
use super::signals::outlive_file_limit;
use crate::exec::probe;
use crate::run::decide::Caution;
use crate::session::{Approval, Keep, Setup};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Name and version, as they are recorded.
pub const PROGRAM: &str = concat!("gonogo ", env!("CARGO_PKG_VERSION"));

/// Gathers everything a session needs. `skin` says how the operator works.
///
/// # Errors
/// When a value, a length or a folder makes no sense, or there is no shell.
pub fn setup(common: &Common, with: &RunArgs, skin: &'static str, env: &Environment) -> Result<Setup, Failure> {
    outlive_file_limit();
    let who = env.who(common);
    let cwd = folder(with.cwd.as_deref())?;
    let values = values(with)?;
    let config = &common.settings;
    let timeout_ms = match (length_ms(&with.timeout)?, config.length("run.timeout")) {
        (0, limit) => limit,
        (limit, _) => Some(limit),
    };
    Ok(Setup {
        journal: env.journal(common)?,
        cwd,
        shell: shell(with.shell.as_deref().or(config.chosen("run.shell")))?,
        environment: env.vars().clone(),
        values,
        timeout_ms,
        caution: if config.word("run.confirm") == "always" { Caution::Always } else { Caution::Risk },
        keep: keep(with, config)?,
        hooks: config.hooks().to_vec(),
        approval: Approval::Asked,
        skin,
        program: PROGRAM.to_owned(),
        operator: who.answer()?,
    })
}

/// How much of an output is stored: `--keep HEAD[,TAIL]`, else the configuration.
fn keep(with: &RunArgs, config: &super::config::Config) -> Result<Keep, Failure> {
    let Some(given) = &with.keep else {
        return Ok(Keep { head: config.size("journal.keep_head"), tail: config.size("journal.keep_tail") });
    };
    let (head, tail) = given.split_once(',').unwrap_or((given, given));
    Ok(Keep { head: size_bytes(head.trim())?, tail: size_bytes(tail.trim())? })
}

fn folder(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = given.unwrap_or(Path::new("."));
    let shown = path.display();
    let cwd = fs::canonicalize(path)
        .map_err(|error| Failure::system(format!("cannot start in {shown}: {error}; name a folder with --cwd")))?;
    if cwd.is_dir() { Ok(cwd) } else { Err(Failure::usage(format!("--cwd {shown} is no folder"))) }
}

fn shell(given: Option<&str>) -> Result<String, Failure> {
    let candidates = given.map_or_else(|| vec!["bash", "sh"], |shell| vec![shell]);
    let found = candidates.iter().find_map(|shell| probe::which(shell));
    found.map(|path| path.display().to_string()).ok_or_else(|| {
        Failure::system(format!("no {} is on the PATH; name a shell with --shell", candidates.join(" or ")))
    })
}

fn values(with: &RunArgs) -> Result<BTreeMap<String, String>, Failure> {
    let mut values = BTreeMap::new();
    if let Some(path) = &with.vars_file {
        let shown = path.display();
        let text =
            fs::read_to_string(path).map_err(|error| Failure::system(format!("cannot read {shown}: {error}")))?;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = split(line)
                .ok_or_else(|| Failure::invalid(format!("{shown}:{}: not a NAME=VALUE line", number + 1)))?;
            values.insert(name, value);
        }
    }
    for given in &with.vars {
        let (name, value) = split(given)
            .ok_or_else(|| Failure::usage(format!("--var {given}: say NAME=VALUE, such as --var host=db1")))?;
        values.insert(name, value);
    }
    Ok(values)
}

fn split(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let name = name.trim();
    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
}

/// `30s`, `10m`, `2h`, `500ms`, or `0`, in milliseconds.
///
/// # Errors
/// When it is none of these.
pub fn length_ms(text: &str) -> Result<u64, Failure> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "" if number == "0" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .filter(|_| factor > 0)
        .and_then(|number| number.checked_mul(factor))
        // Longer ones could be recorded and not be read again.
        .filter(|ms| *ms < 1 << 53)
        .ok_or_else(|| Failure::usage(format!("{text} is no length; say 30s, 10m or 2h")))
}

/// `32MiB`, `64KiB`, `1GiB`, `500kB`, `4096`, in bytes.
///
/// # Errors
/// When it is none of these.
pub fn size_bytes(text: &str) -> Result<u64, Failure> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .filter(|_| factor > 0)
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| Failure::usage(format!("{text} is no size; say 32MiB, 64KiB or 4096")))
}

#[cfg(test)]
mod tests {
    use super::{length_ms, size_bytes, split};

    #[test]
    fn sizes_have_units_or_are_bytes() {
        let read = |text| size_bytes(text).ok();
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("4096"), Some(4096));
        assert_eq!(read("64KiB"), Some(65536));
        assert_eq!(read("1 MB"), Some(1_000_000));
        assert_eq!(read("2g"), Some(2 << 30));
        for wrong in ["", "-1", "x", "1TiB", "MiB", "99999999999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lengths_have_units() {
        let read = |text| length_ms(text).ok();
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("500ms"), Some(500));
        assert_eq!(read("30s"), Some(30_000));
        assert_eq!(read("10m"), Some(600_000));
        assert_eq!(read("2h"), Some(7_200_000));
        for wrong in ["", "5", "s", "-1s", "1d", "99999999999999999999h"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(split("url=a=b"), Some(("url".into(), "a=b".into())));
        assert_eq!(split("=x"), None);
        assert_eq!(split("x"), None);
    }
}
