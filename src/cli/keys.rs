//! `gonogo keys`: the one key table, for people and for the README.

use super::args::KeysFormat;
use crate::tui::keys::{Binding, Group, TABLE};
use std::io::{self, Write};

/// Writes the table.
///
/// # Errors
/// When nothing can be written.
pub fn write(format: KeysFormat, out: &mut impl Write) -> io::Result<()> {
    for group in [Group::Move, Group::Step, Group::Command, Group::Run, Group::Screen] {
        let rows = TABLE.iter().filter(|row| row.group == group);
        match format {
            KeysFormat::Text => {
                writeln!(out, "{}", group.word())?;
                for row in rows {
                    writeln!(out, "  {:<18} {}", row.labels(), row.help)?;
                }
            }
            KeysFormat::Md => {
                writeln!(out, "**{}**: {}\n", group.word(), rows.map(row_md).collect::<Vec<_>>().join(" · "))?;
            }
        }
    }
    Ok(())
}

fn row_md(row: &Binding) -> String {
    let keys: Vec<String> = row.labels().split(' ').map(|key| format!("`{key}`")).collect();
    format!("{} {}", keys.join(" "), row.help)
}
