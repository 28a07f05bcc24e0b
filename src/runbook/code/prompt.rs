//! Console transcripts: which lines are typed behind a prompt, and which are what came back.
//!
//! `$ ls`, `user@host:~$ ls`, `[root@db /]# ls`, `> ls`, `# ls` where the other lines are output. Lines behind
//! `mysql>` or `>>>` are text for the program above them, never for a shell.

use super::lang::Tag;
use super::shell::{self, Ending};
use super::{program, words};
use crate::runbook::code::words::among;

/// A transcript taken apart. Offsets count lines of the block from 0.
#[derive(Debug, Default)]
pub struct Transcript {
    /// What was typed, with the comments between.
    pub typed: Vec<(u32, String)>,
    /// What came back.
    pub output: Vec<(u32, String)>,
    /// What was typed into a program that the shell had started.
    pub inner: Vec<(u32, String)>,
}

/// What kind of prompts a block has.
#[derive(Debug)]
pub enum Prompts {
    /// None.
    Absent,
    /// Those of a shell that is here.
    Shell(Transcript),
    /// Only those of a program such as `mysql>`.
    Program,
    /// Those of a shell that is not here (`PS C:\>`).
    Foreign,
}

/// How shell prompts look in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `$ `, `host$ `, `❯ `.
    Usual,
    /// `> `.
    Angle,
    /// `# `, for root.
    Root,
}

/// Takes a block apart by its prompts.
#[must_use]
pub fn split(text: &str, tag: Tag) -> Prompts {
    let Some(first) = first_line(text) else {
        return Prompts::Absent;
    };
    if is_foreign(first) {
        return Prompts::Foreign;
    }
    if inner(first).is_some() {
        return Prompts::Program;
    }
    let style = if usual(first, tag).is_some() {
        Style::Usual
    } else if angle(first).is_some() {
        Style::Angle
    } else if is_root_session(text) || tag == Tag::Console && is_typed_by_root(text) {
        Style::Root
    } else {
        return Prompts::Absent;
    };
    Prompts::Shell(transcript(text, style, tag))
}

/// A console in which every line is `# ` and a program: root typed it, and nothing came back.
fn is_typed_by_root(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek().is_some()
        && lines.all(|line| {
            let word = line.strip_prefix("# ").and_then(|rest| rest.split_whitespace().next()).unwrap_or("");
            program::is_startable(word) && !program::is_also_word(word)
        })
}

/// The first line that is neither empty nor a comment; a root prompt looks like a comment, so it may be one.
fn first_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    if first.starts_with('#') { lines.find(|line| !line.starts_with('#')).or(Some(first)) } else { Some(first) }
}

fn transcript(text: &str, style: Style, tag: Tag) -> Transcript {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Transcript::default();
    let typed_next = comments_of_typed(&lines, style, tag);
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index].trim_end();
        let offset = u32::try_from(index).unwrap_or(u32::MAX);
        index += 1;
        if let Some(typed) = typed(line, style, tag) {
            found.typed.push((offset, typed.to_owned()));
            let count = continued(typed, &lines[index..], style, tag);
            for line in &lines[index..index + count] {
                found.typed.push((u32::try_from(index).unwrap_or(u32::MAX), without_mark(line).to_owned()));
                index += 1;
            }
        } else if let Some(typed) = inner(line) {
            found.inner.push((offset, typed.to_owned()));
        } else if line.starts_with('#') && style != Style::Root && typed_next[index] {
            found.typed.push((offset, line.to_owned()));
        } else if !line.is_empty() || !found.output.is_empty() {
            found.output.push((offset, line.to_owned()));
        }
    }
    while found.output.last().is_some_and(|(_, line)| line.is_empty()) {
        found.output.pop();
    }
    found
}

/// How many of the lines below a typed one belong to it, because the shell would wait for more.
fn continued(typed: &str, below: &[&str], style: Style, tag: Tag) -> usize {
    if below.is_empty() || !is_open(typed) {
        return 0;
    }
    let most = below.iter().position(|line| self::typed(line, style, tag).is_some()).unwrap_or(below.len());
    // All lines that may belong to it are read once, not again for every one of them: its first statement ends it.
    let mut whole = typed.to_owned();
    for line in &below[..most] {
        whole.push('\n');
        whole.push_str(without_mark(line));
    }
    let first = shell::read(&whole).statements.first().map_or(0, |statement| statement.span.end);
    let count = memchr::memchr_iter(b'\n', &whole.as_bytes()[..first]).count();
    let end = memchr::memchr_iter(b'\n', whole.as_bytes()).nth(count).unwrap_or(whole.len());
    if count == 0 || is_open(&whole[..end]) { most } else { count }
}

/// A line without the mark of a shell that waits for more.
fn without_mark(line: &str) -> &str {
    line.strip_prefix("> ").unwrap_or(line)
}

/// For each line whether the next one that is neither empty nor a comment is a prompted one; one more for the text's end.
fn comments_of_typed(lines: &[&str], style: Style, tag: Tag) -> Vec<bool> {
    let mut is_typed = vec![false; lines.len() + 1];
    for (index, line) in lines.iter().map(|line| line.trim_end()).enumerate().rev() {
        is_typed[index] = if line.is_empty() || line.starts_with('#') {
            is_typed[index + 1]
        } else {
            typed(line, style, tag).is_some()
        };
    }
    is_typed
}

fn is_open(command: &str) -> bool {
    shell::read(command).ending == Ending::Open
}

fn typed(line: &str, style: Style, tag: Tag) -> Option<&str> {
    match style {
        Style::Usual => usual(line, tag),
        Style::Angle => angle(line),
        Style::Root => root(line),
    }
}

/// `$ cmd`, `$cmd`, `% cmd` in consoles or before a known program, `❯ cmd`, `user@host:~$ cmd`, `[x] $ cmd`, `(venv) $ cmd`.
fn usual(line: &str, tag: Tag) -> Option<&str> {
    let line = line.trim_start();
    for mark in ["$ ", "❯ ", "➜ ", "λ "] {
        if let Some(typed) = line.strip_prefix(mark) {
            return Some(typed.trim_start());
        }
    }
    if line == "$" {
        return Some("");
    }
    let is_typed = |typed: &&str| {
        let word = typed.split_whitespace().next().unwrap_or("");
        tag == Tag::Console || program::is_known(word) && !program::is_also_word(word)
    };
    if let Some(typed) = line.strip_prefix("% ").filter(is_typed) {
        return Some(typed);
    }
    if let Some(glued) = line.strip_prefix('$') {
        let word = glued.split_whitespace().next().unwrap_or("");
        let is_program = word.starts_with(|first: char| first.is_ascii_lowercase()) && program::is_known(word);
        return (is_program && (glued.contains(' ') || tag == Tag::Console)).then_some(glued);
    }
    named(line)
}

/// A prompt that names the user, the host or the folder.
fn named(line: &str) -> Option<&str> {
    let end = line
        .match_indices(['$', '#', '%'])
        .map(|(at, _)| at)
        .find(|&at| line[at + 1..].starts_with(' ') || at + 1 == line.len())?;
    let head = &line[..end];
    let typed = line[end + 1..].trim_start();
    let is_short = head.len() <= 120 && !head.contains(['=', '"', '\'', '`', '|']);
    let first = head.split_whitespace().next().unwrap_or("");
    let is_address = first.contains('@')
        && !first.starts_with('@')
        && (head.trim_end().len() == first.len()
            || first.ends_with([':', ']'])
            || head.contains(" ~")
            || head.contains(" /"));
    let is_bracket =
        head.starts_with('[') && head.trim_end().ends_with(']') && !head.starts_with("[ ") && !head.starts_with("[[");
    let is_environment = head.starts_with('(') && head.contains(')') && head.len() < 40 && !head.contains("((");
    let is_folder = (head.starts_with('~') || head.starts_with('/'))
        && !head.trim_end().contains(' ')
        && line.as_bytes()[end] == b'$';
    (is_short && (is_address || is_bracket || is_environment || is_folder)).then_some(typed)
}

/// `> cmd`, if a known program follows; else it may be a quotation.
fn angle(line: &str) -> Option<&str> {
    let typed = line.strip_prefix("> ")?;
    let first = typed.split_whitespace().next()?;
    (program::is_startable(first) && !words::is_sentence(typed)).then_some(typed)
}

/// `# cmd`: only where every other line can be neither comment nor command.
fn is_root_session(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let is_command = |line: &str| line.split_whitespace().next().is_some_and(program::is_startable);
    let prompted = lines.iter().filter(|line| line.starts_with('#')).count();
    lines.first().is_some_and(|line| root(line).is_some())
        && prompted < lines.len()
        && lines.iter().filter(|line| line.starts_with('#')).all(|line| root(line).is_some())
        && lines.iter().filter(|line| !line.starts_with('#')).all(|line| !is_command(line) && !line.contains('='))
}

fn root(line: &str) -> Option<&str> {
    let typed = line.strip_prefix("# ")?;
    let first = typed.split_whitespace().next()?;
    let is_program = first.starts_with(|first: char| first.is_ascii_lowercase() || matches!(first, '.' | '/'));
    (is_program && program::is_startable(first) && !words::is_sentence(typed) && !typed.ends_with(':')).then_some(typed)
}

/// What is typed into a program: `mysql> x`, `>>> x`, `shop=# x`, `127.0.0.1:6379> x`, `MariaDB [(none)]> x`.
fn inner(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(typed) = line.strip_prefix(">>> ").or_else(|| line.strip_prefix("(gdb) ")) {
        return Some(typed);
    }
    let end = line
        .match_indices(['>', '#'])
        .map(|(at, _)| at)
        .find(|&at| line[at + 1..].starts_with(' ') || at + 1 == line.len())?;
    let head = &line[..end];
    let typed = line[end + 1..].trim_start();
    let is_program = among!(head, "mysql" "sqlite" "sftp" "ftp" "gpg" "redis" "mongo" "mongosh" "cqlsh" "influx" "iex"
            "pry" "lftp" "hive" "rs0:PRIMARY" "mysqlsh" "ksql" "rabbitmq" "telnet")
        || head.starts_with("MariaDB [")
        || head.starts_with("irb(")
        || head.starts_with("iex(")
        || head.starts_with("cqlsh:");
    let is_database = head.strip_suffix(['=', '-', '(']).is_some_and(shell::is_name);
    let is_address = head.split_once(':').is_some_and(|(host, port)| {
        !host.is_empty()
            && !port.is_empty()
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    });
    (is_program || is_database || is_address).then_some(typed)
}

fn is_foreign(line: &str) -> bool {
    let line = line.trim_start();
    let is_drive = line.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && line.get(1..3) == Some(":\\")
        && line.contains('>');
    line.starts_with("PS ") && line.contains('>') || line.starts_with("PS>") || is_drive
}

#[cfg(test)]
mod tests {
    use super::{Prompts, split};
    use crate::runbook::code::lang::Tag;

    fn outline(text: &str) -> String {
        match split(text, Tag::Console) {
            Prompts::Absent => "absent".to_owned(),
            Prompts::Program => "program".to_owned(),
            Prompts::Foreign => "foreign".to_owned(),
            Prompts::Shell(found) => {
                let show = |lines: &[(u32, String)]| {
                    lines.iter().map(|(at, line)| format!("{at}:{line}")).collect::<Vec<_>>().join(";")
                };
                format!("{} | {} | {}", show(&found.typed), show(&found.output), show(&found.inner))
            }
        }
    }

    #[test]
    fn transcripts_are_taken_apart() {
        let table = [
            ("$ ls\na\nb", "0:ls | 1:a;2:b | "),
            ("$ ls\n$ pwd", "0:ls;1:pwd |  | "),
            ("$ls -la\nx", "0:ls -la | 1:x | "),
            ("$ a \\\n  b\nout", "0:a \\;1:  b | 2:out | "),
            ("$ cat <<EOF\nx\nEOF\nx", "0:cat <<EOF;1:x;2:EOF | 3:x | "),
            ("$ for i in 1; do\n> echo $i\n> done\n1", "0:for i in 1; do;1:echo $i;2:done | 3:1 | "),
            ("deploy@web1:~$ uptime\n up 3 days", "0:uptime | 1: up 3 days | "),
            ("[root@db /]# id\nuid=0", "0:id | 1:uid=0 | "),
            ("[app] $ make", "0:make |  | "),
            ("(venv) $ pip list", "0:pip list |  | "),
            ("~/src$ make", "0:make |  | "),
            ("> npm install", "0:npm install |  | "),
            ("# systemctl status x\nactive", "0:systemctl status x | 1:active | "),
            ("# note\n$ ls\n# more\n$ pwd\n/", "0:# note;1:ls;2:# more;3:pwd | 4:/ | "),
            ("$ mysql -u root\nmysql> SHOW TABLES;", "0:mysql -u root |  | 1:SHOW TABLES;"),
            ("% ls", "0:ls |  | "),
        ];
        for (text, expected) in table {
            assert_eq!(outline(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_is_typed_over_many_lines_ends_where_the_shell_ends_it() {
        let table = [
            ("$ cat <<EOF\na\n$ b\nEOF", "0:cat <<EOF;1:a;2:b | 3:EOF | "),
            ("$ cat <<E1 <<E2\na\nE1\nb\nE2\nout", "0:cat <<E1 <<E2;1:a;2:E1;3:b;4:E2 | 5:out | "),
            ("$ a |\n  b \\\n  c\nout 'x", "0:a |;1:  b \\;2:  c | 3:out 'x | "),
            ("$ echo 'a\nb' \\\nc\nout", "0:echo 'a;1:b' \\;2:c | 3:out | "),
            ("$ if x; then\n> a\n> fi\nout\nout", "0:if x; then;1:a;2:fi | 3:out;4:out | "),
            ("$ echo 'a\nb\nc", "0:echo 'a;1:b;2:c |  | "),
            ("$ a &&\n# note\nb\nout", "0:a &&;1:# note;2:b | 3:out | "),
            ("# a\n\n# b\n$ ls\n# c", "0:# a;2:# b;3:ls | 4:# c | "),
        ];
        for (text, expected) in table {
            assert_eq!(outline(text), expected, "{text:?}");
        }
    }

    #[test]
    fn other_prompts_and_none() {
        let table = [
            ("mysql> SELECT 1;", "program"),
            (">>> import x", "program"),
            ("shop=# \\dt", "program"),
            ("127.0.0.1:6379> PING", "program"),
            ("gpg> trust", "program"),
            ("PS C:\\> dir", "foreign"),
            ("C:\\app> dir", "foreign"),
            ("ls\npwd", "absent"),
            ("$HOME/bin/x", "absent"),
            ("$VAR -x", "absent"),
            ("> a quoted sentence", "absent"),
            ("# install the package\nnpm i", "absent"),
            ("# test connection\nFOO=1", "absent"),
            ("[ -f x ] && echo $ y", "absent"),
            ("curl -u a@b:c $ x", "absent"),
            ("git push git@h:x/y # done", "absent"),
            ("", "absent"),
        ];
        for (text, expected) in table {
            assert_eq!(outline(text), expected, "{text:?}");
        }
    }
}
