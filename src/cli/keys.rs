//! `gonogo keys`: the one key table, for people and for the README.

use super::args::KeysFormat;
use crate::tui::keys::{Binding, Group, Keymap, TABLE};
use std::io::{self, Write};

/// Writes the table.
///
/// # Errors
/// When nothing can be written.
pub fn write(keymap: &Keymap, format: KeysFormat, out: &mut impl Write) -> io::Result<()> {
    for group in [Group::Move, Group::Step, Group::Command, Group::Run, Group::Screen] {
        let rows = TABLE.iter().filter(|row| row.group == group);
        match format {
            KeysFormat::Text => {
                writeln!(out, "{}", group.word())?;
                for row in rows {
                    writeln!(out, "  {:<18} {}", keymap.labels(row), row.help)?;
                }
            }
            KeysFormat::Md => {
                writeln!(
                    out,
                    "**{}**: {}\n",
                    group.word(),
                    rows.map(|row| row_md(keymap, row)).collect::<Vec<_>>().join(" · ")
                )?;
            }
        }
    }
    Ok(())
}

/// The table as a section of the man page (man(7)).
///
/// # Errors
/// When nothing can be written.
pub fn man(out: &mut impl Write) -> io::Result<()> {
    let keymap = Keymap::default();
    writeln!(out, ".SH KEYS\nOn the screen; \\fIgonogo config\\fR can change them.")?;
    for row in TABLE {
        writeln!(out, ".TP\n\\fB{}\\fR\n{}", roff(&keymap.labels(row)), roff(row.help))?;
    }
    Ok(())
}

/// Text that is no order to the formatter, whatever it begins with.
fn roff(text: &str) -> String {
    format!("\\&{}", text.replace('\\', "\\e").replace('-', "\\-"))
}

fn row_md(keymap: &Keymap, row: &Binding) -> String {
    let keys: Vec<String> = keymap.labels(row).split(' ').map(|key| format!("`{key}`")).collect();
    format!("{} {}", keys.join(" "), row.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_man_page_has_every_key() {
        let mut page = Vec::new();
        man(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches(".TP").count(), TABLE.len());
        assert!(page.contains("\\fB\\&Ctrl\\-d PgDn\\fR\n\\&half a page down"), "{page}");
        assert!(page.contains("\\fB\\&.\\fR"), "a dot begins no order: {page}");
    }
}
