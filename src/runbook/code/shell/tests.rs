use super::{Ending, read, sets, syntax_error};

/// Each statement as its commands' words, joined by `|`.
fn outline(text: &str) -> Vec<String> {
    read(text)
        .statements
        .iter()
        .map(|statement| {
            let commands: Vec<String> = statement
                .commands
                .iter()
                .map(|command| {
                    let assigns = command.assigns.iter().map(|assign| format!("{}=", assign.name));
                    let words = command.words.iter().map(|word| word.text.to_string());
                    assigns.chain(words).collect::<Vec<_>>().join(" ")
                })
                .collect();
            commands.join(" | ")
        })
        .collect()
}

#[test]
fn statements_and_commands() {
    let table: &[(&str, &[&str])] = &[
        ("ls -la", &["ls -la"]),
        ("a\nb", &["a", "b"]),
        ("a; b && c\nd", &["a | b | c", "d"]),
        ("a \\\n  b\nc", &["a b", "c"]),
        ("a |\n  b\nc", &["a | b", "c"]),
        ("a &&\n# why\n  b\nc", &["a | b", "c"]),
        ("X=1\nX=1 cmd $X", &["X=", "X= cmd $X"]),
        ("X=$(date +%F)", &["X= | date +%F"]),
        ("echo \"a\nb\" c", &["echo a\nb c"]),
        ("echo 'it' \"is\"", &["echo it is"]),
        ("cat <<EOF > f\nrm -rf /\nEOF\nls", &["cat", "ls"]),
        ("cat <<'EOF'\n$X\nEOF", &["cat"]),
        ("cat <<-EOF\n\tx\n\tEOF\nls", &["cat", "ls"]),
        ("if a; then\n  b\nfi\nc", &["a | b", "c"]),
        ("for i in 1 2; do\n  echo $i\ndone", &["for i in 1 2 | echo $i"]),
        ("while read l; do x; done < f\ny", &["read l | x", "y"]),
        ("case $x in\n  a|b) c ;;\n  *) d ;;\nesac\ne", &["c | d", "e"]),
        ("f() {\n  a\n}\nf", &["a", "f"]),
        ("function g {\n  a\n}\ng", &["a", "g"]),
        ("( cd x\n  ls )\ny", &["cd x | ls", "y"]),
        ("a=(1 2\n 3)\nb", &["a=", "b"]),
        ("[[ -f x && -d y ]] && z", &["[[ -f x -d y ]] | z"]),
        ("diff <(a) <(b)", &["diff <(a) <(b) | a | b"]),
        ("echo `hostname`", &["echo `hostname` | hostname"]),
        ("cmd > out 2>&1 < in", &["cmd"]),
        ("sleep 5 &\nx", &["sleep 5", "x"]),
        ("echo \"$(a \"b c\")\" d", &["echo $(a \"b c\") d | a b c"]),
        ("x=${y:-\"a}b\"}", &["x="]),
        ("ls # end\npwd", &["ls", "pwd"]),
        ("# only\n\n# words", &[]),
        ("echo a#b", &["echo a#b"]),
        ("X=$(cat <<EOF\nhi\nEOF\n)\nls", &["X= | cat", "ls"]),
        ("[ -f x ] || exit 1", &["[ -f x ] | exit 1"]),
        ("find . -exec rm {} \\;", &["find . -exec rm {} ;"]),
        ("until curl -f u; do sleep 1; done", &["curl -f u | sleep 1"]),
        ("for ((i=0;i<3;i++)); do echo; done\nx", &["for | echo", "x"]),
    ];
    for (text, expected) in table {
        assert_eq!(outline(text), *expected, "{text:?}");
        let script = read(text);
        assert_eq!(syntax_error(text, &script), None, "{text:?}");
        assert_eq!(script.ending, Ending::Complete, "{text:?}");
    }
}

#[test]
fn what_is_left_open_is_an_error() {
    for text in ["echo 'a", "echo \"a", "cat <<EOF\nx", "if a; then b", "a &&", "a |", "( a", "f() {", "echo $(a"] {
        let script = read(text);
        assert_eq!(script.ending, Ending::Open, "{text:?}");
        assert!(script.error.is_some(), "{text:?}");
    }
    for text in ["a )", "fi", "&& a", "echo (b)", "ls >"] {
        assert!(read(text).error.is_some(), "{text:?}");
    }
}

#[test]
fn redirections_are_kept() {
    let script = read("a > x 2> /dev/null < y; b &> z; c >> w 2>&1");
    let commands = &script.statements[0].commands;
    assert_eq!(commands[0].writes, ["x"]);
    assert_eq!(commands[0].reads, ["y"]);
    assert_eq!(commands[1].writes, ["z"]);
    assert_eq!(commands[2].writes, ["w"]);
}

#[test]
fn variables_that_are_set() {
    let text = "A=1\nexport B=2 C\nfor d in x; do read -r e; done\n(F=1)\nG=1 cmd\nif a; then H=1; fi\nprintf -v i x";
    assert_eq!(sets(&read(text)), ["A", "B", "C", "d", "e", "H", "i"]);
}

#[cfg(feature = "shell-analysis")]
#[test]
fn the_grammar_sees_what_counting_does_not() {
    let text = "for x in a b\n  echo $x\ndone";
    assert!(syntax_error(text, &read(text)).is_some());
}
