//! Where the run acts: user and host, folder, and for the tools that carry one about, the cluster context and the branch.
//!
//! It is recorded when the first command runs, and looked at again before each one. What the runbook itself changes, such as
//! the branch of a runbook that checks one out, is shown when the run begins and not compared afterwards: doing what the
//! document says is no deviation. A context that a block sets for its own shell alone is not seen.

use super::{Session, Setup};
use crate::exec::probe;
use crate::runbook::{Block, Runbook};
use std::time::Duration;

/// How long a tool may take to say where it points.
const PATIENCE: Duration = Duration::from_secs(2);

/// What of the target depends on a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointer {
    Kube,
    Git,
}

impl Pointer {
    const ALL: [Pointer; 2] = [Pointer::Kube, Pointer::Git];

    fn tools(self) -> &'static [&'static str] {
        match self {
            Pointer::Kube => &["kubectl", "helm", "kustomize"],
            Pointer::Git => &["git"],
        }
    }

    /// Words by which a block moves it.
    fn movers(self) -> &'static [&'static str] {
        match self {
            Pointer::Kube => &["use-context", "set-context", "kubectx", "KUBECONFIG="],
            Pointer::Git => &["git checkout", "git switch", "git clone", "git init", "git rebase"],
        }
    }

    fn ask(self, setup: &Setup) -> Option<String> {
        let folder = setup.cwd.display().to_string();
        let (program, arguments) = match self {
            Pointer::Kube => ("kubectl", vec!["config", "current-context"]),
            Pointer::Git => ("git", vec!["-C", &folder, "symbolic-ref", "--short", "-q", "HEAD"]),
        };
        let name = match self {
            Pointer::Kube => "kube",
            Pointer::Git => "git",
        };
        probe::ask(program, &arguments, PATIENCE).ok()?.text().map(|found| format!("{name} {found}"))
    }
}

/// Which tools' pointers matter to a runbook and are not moved by it.
fn relevant(book: &Runbook) -> Vec<Pointer> {
    let texts = || {
        book.steps().flat_map(|step| &step.blocks).filter_map(|block| match block {
            Block::Command(command) => Some(command.text.as_str()),
            Block::Prose(_) => None,
        })
    };
    let uses = |pointer: Pointer| {
        texts().any(|text| {
            text.split(|c: char| !(c.is_alphanumeric() || c == '-')).any(|word| pointer.tools().contains(&word))
        })
    };
    let moves = |pointer: Pointer| texts().any(|text| pointer.movers().iter().any(|mover| text.contains(mover)));
    Pointer::ALL.into_iter().filter(|pointer| uses(*pointer) && !moves(*pointer)).collect()
}

/// Whoever commands run as, which an environment variable could not tell for sure.
fn acting_user() -> String {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    });
    named.unwrap_or(uid)
}

impl Session {
    /// Looks where commands would act now.
    pub(super) fn look_at_target(&mut self) {
        let setup = &self.setup;
        let pointers = self.pointers.get_or_init(|| relevant(&self.book));
        let user = self.acting_user.get_or_init(acting_user);
        let mut parts = vec![format!("{user}@{}", setup.operator.host), setup.cwd.display().to_string()];
        parts.extend(pointers.iter().filter_map(|pointer| pointer.ask(setup)));
        self.target = Some(parts.join(", "));
    }

    /// Where commands act, once that was looked at: `kim@web1, /srv/app, kube prod`.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }
}
