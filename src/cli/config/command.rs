//! `gonogo config path|show|edit|schema`.

use super::Config;
use super::table::{FIELDS, Field, Kind};
use crate::cli::args::{Common, ConfigCommand};
use crate::cli::environment::Environment;
use crate::cli::exit::{Exit, Failure};
use crate::tui::keys::TABLE;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Does what was asked.
///
/// # Errors
/// When the configuration is not in order, or cannot be read or written.
pub fn command(what: ConfigCommand, common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    match what {
        ConfigCommand::Path => path(common, env, out),
        ConfigCommand::Show => show(common, env, out),
        ConfigCommand::Edit => edit(common, env, out),
        ConfigCommand::Schema => {
            let text = serde_json::to_string_pretty(&schema()).expect("a tree of plain values is JSON");
            writeln!(out, "{text}")?;
            Ok(Exit::Success)
        }
    }
}

fn path(common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let (config, _) = Config::gather(common, env, Path::new("."))?;
    let state = |path: &Path| if path.exists() { "" } else { "  (does not exist)" };
    if let Some(file) = &config.file {
        writeln!(out, "{}{}", file.display(), state(file))?;
    }
    if let Some(themes) = config.themes() {
        writeln!(out, "{}{}", themes.display(), state(&themes))?;
    }
    if let Some(project) = &config.project {
        writeln!(out, "{}", project.display())?;
    }
    Ok(Exit::Success)
}

/// Every setting with where it comes from, in a form that could be a configuration file.
fn show(common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let (config, problems) = Config::gather(common, env, Path::new("."))?;
    let mut section = "";
    for field in FIELDS {
        if field.section() != section {
            section = field.section();
            writeln!(out, "{section}:")?;
        }
        if let Some((value, origin)) = config.values.get(field.path) {
            let line = format!("  {}: {value}", field.name());
            writeln!(out, "{line:<44} # {origin}")?;
        }
    }
    if !config.keys.is_empty() {
        writeln!(out, "keys:")?;
        for (action, keys) in &config.keys {
            writeln!(out, "  {action}: [{}]", keys.join(", "))?;
        }
    }
    if problems.is_empty() {
        return Ok(Exit::Success);
    }
    out.flush()?;
    let sentences: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::invalid(sentences.join("; ")))
}

fn edit(common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let (config, _) = Config::gather(common, env, Path::new("."))?;
    let file = config.file.as_deref().ok_or_else(|| {
        Failure::system("no home folder is known, so no place for a configuration; name one with --config FILE")
    })?;
    let cannot = |error: std::io::Error| Failure::system(format!("cannot write {}: {error}", file.display()));
    if !file.exists() {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        fs::write(file, template()).map_err(cannot)?;
    }
    let editor = config.chosen("editor.command").unwrap_or("vi").to_owned();
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).arg(file).status();
    let status =
        status.map_err(|error| Failure::system(format!("cannot start {editor}: {error}; set VISUAL or EDITOR")))?;
    if !status.success() {
        return Err(Failure::system(format!("{editor} ended with {status}")));
    }
    Config::load(common, env, Path::new("."))?;
    writeln!(out, "{} is in order", file.display())?;
    Ok(Exit::Success)
}

/// A file that says nothing yet, with everything that could be said.
fn template() -> String {
    let mut text = "# gonogo: every setting with its default. `gonogo config show` prints what holds.\n".to_owned();
    let mut section = "";
    for field in FIELDS {
        if field.section() != section {
            section = field.section();
            writeln!(text, "\n# {section}:").expect("writing to a String cannot fail");
        }
        let default = if field.kind == Kind::List {
            format!("[{}]", field.default.split_whitespace().collect::<Vec<_>>().join(", "))
        } else if field.default.is_empty() {
            "\"\"".to_owned()
        } else {
            field.default.to_owned()
        };
        writeln!(text, "#   {}: {default}  # {}", field.name(), field.help).expect("writing to a String cannot fail");
    }
    text.push_str("\n# keys:  # an action and its keys; `gonogo config schema` lists the actions\n#   run: [r]\n#   find: [\"/\"]\n");
    text
}

/// The JSON Schema (draft 2020-12) of a configuration file, for editors.
fn schema() -> Json {
    let mut sections: Map<String, Json> = Map::new();
    for field in FIELDS {
        let section = sections
            .entry(field.section())
            .or_insert_with(|| json!({"type": "object", "additionalProperties": false, "properties": {}}));
        section["properties"][field.name()] = property(field);
    }
    let keys = json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]});
    let actions: Map<String, Json> =
        TABLE.iter().map(|row| (row.action.name(), json!({"description": row.help, "$ref": "#/$defs/keys"}))).collect();
    sections.insert("keys".to_owned(), json!({"type": "object", "additionalProperties": false, "properties": actions}));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gonogo config.yaml",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
        "$defs": {"keys": keys},
    })
}

fn property(field: &Field) -> Json {
    let mut property = match field.kind {
        Kind::Text => json!({"type": "string", "default": field.default}),
        Kind::Choice(choices) => json!({"enum": choices, "default": field.default}),
        Kind::Flag => json!({"type": "boolean", "default": field.default == "true"}),
        Kind::Length => {
            json!({"type": ["string", "integer"], "pattern": "^(0|[0-9]+(ms|s|m|h))$", "default": field.default})
        }
        Kind::Size => {
            json!({"type": ["string", "integer"], "pattern": "^[0-9]+ ?([kKmMgG]i?[bB]?)?$", "default": field.default})
        }
        Kind::Number(least, most) => {
            let default: u32 = field.default.parse().unwrap_or(least);
            json!({"type": "integer", "minimum": least, "maximum": most, "default": default})
        }
        Kind::List => {
            let default: Vec<&str> = field.default.split_whitespace().collect();
            json!({"type": "array", "items": {"type": "string"}, "default": default})
        }
    };
    property["description"] = json!(field.help);
    property
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn the_schema_knows_every_setting_and_every_action() {
        let schema = schema();
        for field in FIELDS {
            let property = &schema["properties"][field.section()]["properties"][field.name()];
            assert_eq!(property["description"], field.help, "{}", field.path);
        }
        assert_eq!(schema["properties"]["keys"]["properties"]["run"]["$ref"], "#/$defs/keys");
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn the_template_says_nothing_and_all_of_it_can_be_said() {
        let template = template();
        let path = Path::new("config.yaml");
        assert!(read::read(path, &template).values.is_empty());
        let said: String =
            template.lines().skip(1).map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
        let layer = read::read(path, &said.replace("\n#  ", "\n  "));
        assert_eq!(layer.problems, []);
        assert_eq!(layer.values.len(), FIELDS.len(), "{said}");
    }
}
