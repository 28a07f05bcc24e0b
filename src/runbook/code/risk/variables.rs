//! Variables that decide which program runs, or what a program runs besides: whoever sets them does not only look.

use crate::runbook::code::invocation::Call;
use crate::runbook::code::shell::{self, Script, Simple};
use crate::runbook::code::words::{among, begins};

/// Whether a script sets one of them, in front of a command or for what follows.
pub(super) fn sets_deciding(script: &Script<'_>) -> bool {
    let mut commands = script.statements.iter().flat_map(|statement| &statement.commands);
    commands.any(|command| assigns_deciding(command))
        || shell::sets(script).iter().any(|name| decides(name) && name != "IFS")
}

fn assigns_deciding(command: &Simple<'_>) -> bool {
    let reads = command.texts().next() == Some("read");
    command.assigns.iter().any(|assign| {
        // `IFS= read -r line` says where a line is cut, and nothing else.
        decides(assign.name)
            && !(assign.name == "IFS" && (reads || command.words.is_empty()))
            && !is_harmless(assign.name, assign.value)
    })
}

/// Whether one of them stands between `sudo` or `env` and the program.
pub(super) fn given_to(call: &Call<'_>) -> bool {
    let program = call.words[0];
    call.simple
        .texts()
        .take_while(|word| *word != program)
        .any(|word| word.split_once('=').is_some_and(|(name, value)| decides(name) && !is_harmless(name, value)))
}

/// `PAGER=cat`: to print is what a pager is for.
fn is_harmless(name: &str, value: &str) -> bool {
    name.ends_with("PAGER") && among!(value.trim_matches(['"', '\'']), "" "cat" "less" "more")
}

fn decides(name: &str) -> bool {
    name.ends_with("PAGER")
        || name.ends_with("EDITOR")
        || begins!(name, "LD_" "DYLD_" "GIT_" "BASH_FUNC" "PYTHON" "PERL5" "RUBY" "NODE_OPTIONS")
        || among!(name, "PATH" "BASH_ENV" "ENV" "IFS" "SHELL" "VISUAL" "BROWSER" "LESSOPEN" "LESSCLOSE" "PROMPT_COMMAND" "PS4"
            "SHELLOPTS" "BASHOPTS" "CDPATH" "KUBECTL_EXTERNAL_DIFF" "SSH_ASKPASS" "SUDO_ASKPASS" "RSYNC_RSH" "CURL_HOME" "WGETRC"
            "AWKPATH" "AWKLIBPATH" "GCONV_PATH" "JAVA_TOOL_OPTIONS" "JDK_JAVA_OPTIONS" "OPENSSL_CONF" "PSQLRC" "RIPGREP_CONFIG_PATH"
            "DOCKER_CONFIG")
}
