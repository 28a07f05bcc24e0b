//! Whether a text can be seen to leave the shell that runs it as it was: no variable, folder, function, alias, option,
//! umask or trap is another one afterwards.
//!
//! It is a strict acceptor of a small language, the simple commands that most blocks consist of, and says no to everything
//! else: quoting it does not know, substitutions, groups, keywords, here-documents, assignments. A wrong no costs a little
//! time; a wrong yes would lose what a block has left behind, so that there is none by construction: only what is listed
//! here is taken. What a name means is not known here: where functions or aliases are defined, the answer does not hold.

/// Words that are more to a shell than the name of a program: reserved words and built-in commands of bash, dash and ksh that
/// change the shell, name a variable, or run what they are given in the shell itself.
const CHANGES: &str = "\
    . [[ alias autoload bg bind break builtin caller case cd chdir command compgen complete compopt compound \
    continue coproc declare dirs disown do done elif else enable enum esac eval exec export fc fg fi float \
    for function functions getopts global hash help history hist if in integer jobs let local logout mapfile \
    nameref namespace newgrp popd print pushd r read readarray readonly redirect return select set shift \
    shopt source stop suspend test then time times trap typeset ulimit umask unalias unfunction unset until \
    wait while";

/// Whether running `text` in bash or a POSIX shell leaves nothing behind in the shell. Holds only where neither a function
/// nor an alias is defined.
#[must_use]
pub fn is_inert(text: &str) -> bool {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0 };
    loop {
        match reader.command() {
            Some(Next::Command) => {}
            Some(Next::End) => return true,
            None => return false,
        }
    }
}

/// What follows a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Command,
    End,
}

/// A word as far as it matters here.
#[derive(Debug, Default)]
struct Word {
    /// Without its quotes; what is expanded is left out.
    text: Vec<u8>,
    /// Whether any of it is quoted or escaped.
    quoted: bool,
    /// Whether the shell puts something else in.
    expands: bool,
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads a simple command with what ends it. `None`: not of this language.
    fn command(&mut self) -> Option<Next> {
        let mut words: Vec<Word> = Vec::new();
        let next = loop {
            self.skip_blanks();
            match self.peek() {
                None => break Next::End,
                Some(b'\n' | b';') => {
                    self.at += 1;
                    break Next::Command;
                }
                Some(b'|') => {
                    self.at += 1;
                    // `|`, `||` and `|&`.
                    self.at += usize::from(matches!(self.peek(), Some(b'|' | b'&')));
                    break Next::Command;
                }
                Some(b'&') if self.bytes.get(self.at + 1) == Some(&b'&') => {
                    self.at += 2;
                    break Next::Command;
                }
                // `&>` and `&>>` write to a file; a lone `&` is not of this language.
                Some(b'&') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 1;
                    self.redirection()?;
                }
                Some(b'&') => return None,
                Some(b'<' | b'>') => self.redirection()?,
                Some(_) => {
                    let word = self.word()?;
                    let is_number = !word.quoted && word.text.iter().all(u8::is_ascii_digit) && !word.text.is_empty();
                    // `2>`: the number is no word but says what is redirected.
                    if !(is_number && matches!(self.peek(), Some(b'<' | b'>'))) {
                        words.push(word);
                    }
                }
            }
        };
        is_harmless(&words).then_some(next)
    }

    /// `>`, `>>`, `>|`, `>&`, `<`, `<&`, `<>` and the word behind it. Here-documents and process substitutions are not taken.
    fn redirection(&mut self) -> Option<()> {
        let first = self.peek()?;
        self.at += 1;
        match (first, self.peek()?) {
            (b'<', b'<') | (_, b'(') => return None,
            (b'>', b'>' | b'|' | b'&') | (b'<', b'&' | b'>') => self.at += 1,
            _ => {}
        }
        self.skip_blanks();
        let word = self.word()?;
        (!word.text.is_empty() || word.quoted || word.expands).then_some(())
    }

    fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'<' | b'>' => break,
                b'\'' => {
                    let length = memchr::memchr(b'\'', &self.bytes[self.at + 1..])?;
                    word.text.extend_from_slice(&self.bytes[self.at + 1..self.at + 1 + length]);
                    word.quoted = true;
                    self.at += length + 2;
                }
                b'"' => self.double_quotes(&mut word)?,
                b'\\' => {
                    let escaped = *self.bytes.get(self.at + 1)?;
                    self.at += 2;
                    if escaped != b'\n' {
                        word.quoted = true;
                        word.text.push(escaped);
                    }
                }
                b'$' => self.expansion(&mut word)?,
                _ if is_plain(byte) => {
                    word.text.push(byte);
                    self.at += 1;
                }
                _ => return None,
            }
        }
        Some(word)
    }

    fn double_quotes(&mut self, word: &mut Word) -> Option<()> {
        word.quoted = true;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'`' => return None,
                b'$' => self.expansion(word)?,
                b'\\' => {
                    word.text.extend(self.bytes.get(self.at + 1));
                    self.at += 2;
                }
                byte => {
                    word.text.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// `$name`, `${name}`, `$1` and `$?`. All others may assign or run something.
    fn expansion(&mut self, word: &mut Word) -> Option<()> {
        word.expands = true;
        self.at += 1;
        let braced = self.peek()? == b'{';
        self.at += usize::from(braced);
        let rest = &self.bytes[self.at..];
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let length = match rest.first()? {
            b'?' | b'$' | b'#' | b'@' | b'*' | b'0'..=b'9' if !braced => 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => name,
            _ => return None,
        };
        self.at += length;
        if braced {
            if self.peek()? != b'}' {
                return None;
            }
            self.at += 1;
        }
        Some(())
    }

    /// Blanks, continued lines and comments. A comment begins where a word could.
    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                Some(b'#') => {
                    let rest = &self.bytes[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// Characters that stand for themselves in the middle of a word, and those of patterns that only look for files.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"_./,:=@%+-^~*?#".contains(&byte)
}

/// Whether a command is a program, or a built-in command that changes nothing.
fn is_harmless(words: &[Word]) -> bool {
    let Some((name, arguments)) = words.split_first() else {
        // Nothing but redirections, or nothing at all.
        return true;
    };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_./~+-".contains(byte);
    if name.quoted || name.expands || name.text.is_empty() || !name.text.iter().all(is_name) {
        return false;
    }
    match std::str::from_utf8(&name.text) {
        Ok("printf") => arguments.first().is_some_and(is_plain_format),
        Ok(name) => !CHANGES.split(' ').any(|word| word == name),
        Err(_) => false,
    }
}

/// Whether `printf` with this format only prints: `-v` and `%n` set variables.
fn is_plain_format(format: &Word) -> bool {
    let mut pieces = format.text.split(|byte| *byte == b'%').skip(1);
    let counts = |piece: &[u8]| {
        piece
            .iter()
            .find(|byte| !byte.is_ascii_digit() && !b"#-+ '.*hljztLq".contains(byte))
            .is_some_and(|kind| *kind == b'n')
    };
    !format.expands && !format.text.starts_with(b"-") && !pieces.any(counts)
}

#[cfg(test)]
mod tests {
    use super::is_inert;

    #[test]
    fn programs_and_printing_leave_nothing_behind() {
        for text in [
            "",
            "true",
            "true\n",
            "# only words\n",
            "echo done; echo \"it's $HOME and ${USER}\" 'a $(b) `c`'",
            "systemctl status app --no-pager | grep -c 'active (running)' || exit 1",
            "curl -fsS https://shop.test/health?x=1 -o /tmp/h.json 2>&1\nls *.md > list.txt 2>/dev/null",
            "kubectl -n shop get pods \\\n  -l run=web # all of them",
            "/usr/bin/env A=1 prog && ~/bin/tool --name=v && ./x.sh &>> log",
            "printf '%s\\n' \"$x\" | sort -n < in >| out",
            "echo a#b $? $1 $$ >&2",
            "sleep 1; kill -9 $$; exit 3",
            "seq 1 20000000",
            "echo grüße",
        ] {
            assert!(is_inert(text), "{text:?}");
        }
    }

    #[test]
    fn whatever_may_change_the_shell_is_told_apart() {
        for text in CHANGING.lines().chain(OVER_LINES.iter().copied()) {
            assert!(!is_inert(text), "{text:?}");
        }
    }

    const OVER_LINES: &[&str] = &["echo x\ncd /srv", "~+ x=1\nread y", "cat <<E\n$((x=1))\nE", "ls\r\ncd /"];

    const CHANGING: &str = r#"A=1
A=1 prog
A+=x
a[1]=2
cd /srv
true && cd /
ls | read x
export A=1
. ./env
source env
eval 'A=1'
set -e
shopt -s nullglob
trap 'x' EXIT
alias l=ls
umask 27
exec bash
ulimit -n 5
command cd /
builtin cd /
\cd /
'cd' /
"cd" /
c\d /
c''d /
$x /
${x} /
c$x /
echo ${x:=1}
echo ${x}${y=2}
echo $((x++))
echo $[x=1]
echo "$((x=1))"
echo "${x:=1}"
echo "`x`"
echo $(x)
echo `x`
f() { x; }
f () ( x )
{ A=1; }
if true; then A=1; fi
for x in a; do echo; done
[[ a =~ (a) ]]
[ -v 'a[x=1]' ]
test -v 'a[x=1]'
let x=1
((x=1))
! cd /
time cd /
printf -v A x
printf "-vA" x
printf '%n' A
printf '%5.2ln' A
printf $f A
printf
wait -p A
mapfile A
getopts a A
{fd}>file echo
echo {a,b}
cat <<< $((x=1))
diff <(a) b
x >(y)
sleep 5 &
echo 'open
echo "open
echo \
echo $
echo $'x'
echo "${x"
ls >
coproc x
history -c
declare A=1
typeset A
readonly A=1
unset A
pushd /
hash -r
enable -n cd"#;
}
