//! What is said to a shell before the block, and what it is asked at the end.
//!
//! Everything uses built-in commands only, so that nothing is forked, and names that begin with `__gonogo`.

use super::statement::{Kind, Record, Variable, quote, unquote, variables};
use super::{Carried, Dialect};
use crate::exec::Job;
use crate::runbook::ShellSession;
use std::os::fd::RawFd;

/// The parts of a dump by name. `None` when the shell did not get to its end.
pub(super) fn sections(dump: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut fields = dump.split(|byte| *byte == 0).skip(1);
    let mut found = Vec::new();
    while let Some(name) = fields.next() {
        if name == b"end" {
            return Some(found);
        }
        found.push((name, fields.next()?));
    }
    None
}

/// The text that a shell reads first: what is carried, and the arrangement to say at the end what has become of it, if that
/// is asked for.
pub(super) fn opening(
    dialect: Dialect,
    carried: &Carried,
    dump: Option<RawFd>,
    job: &Job,
    bash_env: Option<&[u8]>,
) -> Vec<u8> {
    let mut script = Vec::new();
    if dialect == Dialect::Bash {
        match bash_env {
            Some(value) => append(&mut script, &[b"export BASH_ENV=", &quote(value), b"\n"]),
            None => append(&mut script, &[b"unset BASH_ENV\n"]),
        }
        append(&mut script, &[b"shopt -s expand_aliases extglob\n"]);
    }
    let mut records: Vec<&Record> =
        if carried.dialect == Some(dialect) { carried.records.iter().collect() } else { Vec::new() };
    records.sort_by_key(|record| record.kind);
    if dialect == Dialect::Bash && !records.iter().any(|record| record.kind == Kind::Option) {
        append(&mut script, &[b"shopt -u extglob\n"]);
    }
    let (arrangement, last) = dump.map(|dump| arrangement(dialect, dump, job)).unwrap_or_default();
    // Our own functions are read before any alias of the operator could change them.
    append(&mut script, &[arrangement.as_bytes()]);
    let (shared, usual): (Vec<&Record>, Vec<&Record>) =
        records.into_iter().partition(|record| record.kind == Kind::Shared);
    for record in usual {
        append(&mut script, &[&record.text, b"\n"]);
    }
    append(&mut script, &[last.as_bytes()]);
    // From here on an error counts, and every line may be traced.
    for record in shared {
        append(&mut script, &[&record.text, b"\n"]);
    }
    script
}

fn append(script: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        script.extend_from_slice(part);
    }
}

/// Functions, and the lines that arm them.
fn arrangement(dialect: Dialect, dump: RawFd, job: &Job) -> (String, String) {
    let dump = dump.to_string();
    // Asked for before anything is switched off for our own sake.
    let (bash_set, set) = match job.session {
        ShellSession::Shared => (BASH_SET.replace("@DUMP@", &dump), SET),
        ShellSession::Fresh | ShellSession::Carry => (String::new(), ""),
    };
    match dialect {
        Dialect::Bash if job.text.contains("trap") => {
            let question = BASH_QUESTION.replace("@DUMP@", &dump);
            let function = BASH_FUNCTION.replace("@SET@", &bash_set).replace("@QUESTION@", &question);
            (function + BASH_TRAP, "builtin trap '{ __gonogo_dump; } 2>/dev/null' EXIT\n".into())
        }
        Dialect::Bash => {
            let question = BASH_QUESTION.replace("@DUMP@", &dump);
            let handler = quote(format!("{{ {bash_set}builtin set +eux\n{question}}} 2>/dev/null").as_bytes());
            (String::new(), format!("builtin trap {} EXIT\n", String::from_utf8_lossy(&handler)))
        }
        Dialect::Sh => (
            SH_DUMP.replace("@SET@", set).replace("@DUMP@", &dump),
            "trap '{ __gonogo_dump; } 2>/dev/null' EXIT\n".into(),
        ),
        Dialect::Zsh => (ZSH_DUMP.replace("@SET@", set).replace("@DUMP@", &dump), String::new()),
    }
}

/// Asks how errors are treated.
const BASH_SET: &str = r"{ builtin printf '\0set\0'; builtin set +o; } >&@DUMP@
";
const SET: &str = r"printf '\0set\0'; set +o
    ";

/// What the shell is asked at its end. It stands in the EXIT trap itself, so that a block that lists its functions sees only
/// its own. The redirection around it hides what `set -x` would show.
const BASH_QUESTION: &str = r"{
    builtin printf '\0variables\0'; builtin declare -p
    builtin printf '\0functions\0'; builtin declare -f
    builtin printf '\0exported\0'; builtin declare -F
    builtin printf '\0aliases\0'; builtin alias -p
    builtin printf '\0umask\0'; builtin umask -p
    builtin printf '\0shopt\0'; builtin shopt -p
    builtin printf '\0options\0'; builtin set +o
    builtin printf '\0folders\0'; builtin dirs -l -p
    builtin printf '\0end\0'
  } >&@DUMP@
";

/// For a block that sets traps: the question as a function, which gives back the block's own status.
const BASH_FUNCTION: &str = r#"__gonogo_dump() {
  builtin local "__gonogo_status=$?"
  @SET@  builtin set +eux
  builtin unset -f trap __gonogo_dump
  @QUESTION@  builtin return "$__gonogo_status"
}
"#;

/// A block's own EXIT trap comes after our question instead of in its place. In a subshell there is nothing to keep.
const BASH_TRAP: &str = r#"trap() {
  if ((BASH_SUBSHELL)) || [[ $# -eq 0 || $1 == -[lp]* ]]; then
    builtin trap "$@"
    return
  fi
  [[ $1 == -- ]] && builtin shift
  [[ $# -eq 1 ]] && builtin set -- - "$1"
  builtin local __gonogo_signal __gonogo_status=0 "__gonogo_handler=$1"
  builtin shift
  for __gonogo_signal; do
    case ${__gonogo_signal^^} in
      EXIT | SIGEXIT | 0)
        case $__gonogo_handler in
          -) builtin trap -- '{ __gonogo_dump; } 2>/dev/null' EXIT ;;
          *) builtin trap -- '{ __gonogo_dump; } 2>/dev/null'$'\n'"$__gonogo_handler" EXIT ;;
        esac
        ;;
      *) builtin trap -- "$__gonogo_handler" "$__gonogo_signal" || __gonogo_status=$? ;;
    esac
  done
  builtin return "$__gonogo_status"
}
"#;

/// Functions cannot be listed in a POSIX shell, and an EXIT trap of the block's own replaces ours.
const SH_DUMP: &str = r"__gonogo_dump() {
  __gonogo_status=$?
  {
    @SET@set +eux
    printf '\0exports\0'; export -p
    printf '\0variables\0'; set
    printf '\0aliases\0'; alias
    printf '\0umask\0'; umask
    printf '\0end\0'
  } >|/dev/fd/@DUMP@
  return $__gonogo_status
}
";

/// Both the hook and a trap: the hook survives a trap of the block, the trap an end by `set -e`. Whichever comes first removes
/// the function.
const ZSH_DUMP: &str = r"__gonogo_dump() {
  builtin local __gonogo_status=$? __gonogo_name
  {
    @SET@builtin setopt local_options no_err_exit no_unset no_xtrace
    builtin printf '\0variables\0'
    for __gonogo_name in ${(k)parameters}; do
      case ${parameters[$__gonogo_name]} in
        *readonly*|*local*) ;;
        *scalar*export*) builtin printf 'export %s=%s\n' $__gonogo_name ${(qq)${(P)__gonogo_name}} ;;
        *export*) builtin typeset -p $__gonogo_name ;;
        *special*) ;;
        *) builtin typeset -p $__gonogo_name ;;
      esac
    done
    builtin printf '\0functions\0'; builtin unfunction __gonogo_dump; builtin functions
    builtin printf '\0aliases\0'; builtin alias -L
    builtin printf '\0umask\0'; builtin umask
    builtin printf '\0folder\0'; builtin printf '%s' $PWD
    builtin printf '\0end\0'
  } >|/dev/fd/@DUMP@ 2>/dev/null
  builtin return $__gonogo_status
}
zmodload zsh/parameter
zshexit_functions+=(__gonogo_dump)
builtin trap '(( $+functions[__gonogo_dump] )) && __gonogo_dump' EXIT
";

/// Variables that belong to the shell, to the terminal, or to us.
const OWNED: &[&str] = &[
    "_",
    "BASH",
    "BASHOPTS",
    "BASHPID",
    "BASH_ALIASES",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_ARGV0",
    "BASH_CMDS",
    "BASH_COMMAND",
    "BASH_ENV",
    "BASH_EXECUTION_STRING",
    "BASH_LINENO",
    "BASH_LOADABLES_PATH",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_SUBSHELL",
    "BASH_VERSINFO",
    "BASH_VERSION",
    "COLUMNS",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HOSTNAME",
    "HOSTTYPE",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PS4",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "UID",
    "ZSH_EXECUTION_STRING",
    "ZSH_SUBSHELL",
    "zshexit_functions",
    "status",
];

/// Whether a variable is not the operator's.
pub(super) fn is_owned(name: &str) -> bool {
    OWNED.contains(&name) || name.starts_with("__gonogo") || name.starts_with("GONOGO_")
}

/// The parts of a dump that are not variables, as records.
pub(super) fn other_records(dialect: Dialect, sections: &[(&[u8], &[u8])]) -> Vec<Record> {
    let mut records = Vec::new();
    for (name, content) in sections {
        let (kind, text) = match *name {
            b"functions" => (Kind::Function, content.to_vec()),
            b"exported" => (Kind::Option, exported(content)),
            b"aliases" => (Kind::Alias, aliases(dialect, content)),
            b"umask" => (Kind::Umask, umask(content)),
            b"shopt" => (Kind::Option, shopt(content)),
            b"options" => (Kind::Option, options(content)),
            b"folders" => (Kind::Folders, folders(content)),
            b"set" => (Kind::Shared, shared(dialect, content)),
            _ => continue,
        };
        if !text.is_empty() {
            records.push(Record { kind, text, secret: false });
        }
    }
    records
}

/// `export -f` for the functions that are exported.
fn exported(listing: &[u8]) -> Vec<u8> {
    let names: Vec<&[u8]> =
        listing.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"declare -fx ")).collect();
    if names.is_empty() { Vec::new() } else { [b"builtin export -f ", &names.join(&b' ')[..]].concat() }
}

fn aliases(dialect: Dialect, listing: &[u8]) -> Vec<u8> {
    match dialect {
        Dialect::Bash | Dialect::Zsh => listing.to_vec(),
        // A POSIX shell prints only `name='value'`.
        Dialect::Sh => {
            let found = variables(listing);
            let statements = found.iter().map(|alias| {
                let text = alias.text.strip_prefix(b"alias ").unwrap_or(alias.text);
                [b"alias ", text, b"\n"].concat()
            });
            statements.collect::<Vec<_>>().concat()
        }
    }
}

fn umask(said: &[u8]) -> Vec<u8> {
    let said = said.trim_ascii();
    if said.starts_with(b"umask") { said.to_vec() } else { [b"umask ", said].concat() }
}

/// The options of `shopt`, as two commands. What is about errors, and what cannot be set, is left out.
fn shopt(listing: &[u8]) -> Vec<u8> {
    let chosen = |prefix: &[u8]| -> Vec<&[u8]> {
        listing
            .split(|byte| *byte == b'\n')
            .filter_map(|line| line.strip_prefix(prefix))
            .filter(|name| !name.starts_with(b"compat"))
            .filter(|name| {
                !matches!(*name, b"expand_aliases" | b"login_shell" | b"restricted_shell" | b"inherit_errexit")
            })
            .collect()
    };
    let on = chosen(b"shopt -s ").join(&b' ');
    let off = chosen(b"shopt -u ").join(&b' ');
    [b"builtin shopt -s ", &on[..], b"\nbuiltin shopt -u ", &off[..]].concat()
}

/// Of the options of `set`, those that say how words are read.
fn options(listing: &[u8]) -> Vec<u8> {
    const CARRIED: &[&[u8]] = &[b"set -o allexport", b"set -o noclobber", b"set -o noglob", b"set +o braceexpand"];
    let lines: Vec<&[u8]> = listing.split(|byte| *byte == b'\n').filter(|line| CARRIED.contains(line)).collect();
    lines.join(&b'\n')
}

/// Of the options of `set`, those that go from one block of a shared session to the next. Not among them: what belongs to a
/// terminal (`monitor`, `emacs`, `history`), and `noexec`, after which nothing would run.
fn shared(dialect: Dialect, listing: &[u8]) -> Vec<u8> {
    let names: &[&[u8]] = match dialect {
        // What is missing here is carried to every block.
        Dialect::Bash => &[
            b"errexit",
            b"errtrace",
            b"functrace",
            b"keyword",
            b"nounset",
            b"physical",
            b"pipefail",
            b"verbose",
            b"xtrace",
        ],
        Dialect::Sh => {
            &[b"allexport", b"errexit", b"noclobber", b"noglob", b"nounset", b"pipefail", b"verbose", b"xtrace"]
        }
        Dialect::Zsh => &[
            b"allexport",
            b"cshnullglob",
            b"errexit",
            b"errreturn",
            b"extendedglob",
            b"globdots",
            b"globsubst",
            b"ksharrays",
            b"kshglob",
            b"noclobber",
            b"noequals",
            b"noglob",
            b"nonomatch",
            b"nounset",
            b"nullglob",
            b"numericglobsort",
            b"pipefail",
            b"rcexpandparam",
            b"shwordsplit",
            b"verbose",
            b"xtrace",
        ],
    };
    let is_named = |line: &&[u8]| line.strip_prefix(b"set -o ").is_some_and(|name| names.contains(&name));
    listing.split(|byte| *byte == b'\n').filter(is_named).collect::<Vec<_>>().join(&b'\n')
}

/// The folders under the current one on the stack of `pushd`.
fn folders(listing: &[u8]) -> Vec<u8> {
    let mut below: Vec<&[u8]> =
        listing.split(|byte| *byte == b'\n').skip(1).filter(|folder| !folder.is_empty()).collect();
    below.reverse();
    below.iter().flat_map(|folder| [b"builtin pushd -n ", &quote(folder)[..], b" >/dev/null\n"].concat()).collect()
}

/// The statement that gives a variable to the next shell: without a read-only mark, which would stop the block that sets it
/// from being run again.
pub(super) fn statement(variable: &Variable<'_>, exported: bool, inherited: bool) -> Vec<u8> {
    let mut text = Vec::new();
    match variable.command.strip_prefix(b"declare -") {
        Some(flags) => {
            let flags: Vec<u8> = flags.iter().copied().filter(|flag| *flag != b'r').collect();
            append(&mut text, &[b"declare -", if flags.is_empty() { b"-" } else { &flags }, b" "]);
            append(&mut text, &[&variable.text[variable.command.len() + 1..]]);
        }
        None if variable.command.is_empty() => append(&mut text, &[variable.text]),
        None => append(&mut text, &[variable.command, b" ", &variable.text[variable.command.len() + 1..]]),
    }
    let name = variable.name.as_bytes();
    if inherited && !exported {
        append(&mut text, &[b"\nbuiltin export -n ", name]);
    }
    if exported && variable.command.is_empty() {
        append(&mut text, &[b"\nexport ", name]);
    }
    text
}

/// The names that a POSIX shell exports.
pub(super) fn exports(listing: &[u8]) -> Vec<String> {
    variables(listing).iter().map(|variable| variable.name.to_owned()).collect()
}

/// All values that occur in a statement, without quotes and escapes: to look for secrets in them.
pub(super) fn bare(variable: &Variable<'_>) -> Vec<u8> {
    variable.written.map(unquote).unwrap_or_default()
}
