//! Statements on the screen: worded, shown whole in a dialog, then signed and recorded.

use super::{Drawn, Walk};
use crate::run::decide::Intent;
use crate::run::event::Carried;
use crate::run::statement::Statement;
use crate::session::{Asking, Denied, NotSigned};
use crate::tui::msg::Msg;

impl Walk<'_> {
    /// Words the statement that a wish stands for.
    pub(super) fn draft(&mut self, wish: Intent) -> Msg {
        let drafted = match wish.clone() {
            Intent::SignOff { scope, meaning, reason } => self.session.draft(scope, meaning, reason),
            Intent::Close { reason } => {
                // The one reason that was given is the reason for everything that is left.
                let carried = |step| Carried { step, reason: reason.clone().unwrap_or_default() };
                let carried = self.session.deferred().map(carried).collect();
                self.session.draft_close(reason.clone(), carried)
            }
            Intent::Execute(_)
            | Intent::Trust(_)
            | Intent::Soak { .. }
            | Intent::PauseSoak { .. }
            | Intent::Stop { .. }
            | Intent::Mark { .. }
            | Intent::Reverse { .. }
            | Intent::Note { .. }
            | Intent::Give { .. }
            | Intent::Call { .. }
            | Intent::Resolve { .. }
            | Intent::Rejoin { .. }
            | Intent::Detour { .. }
            | Intent::EndDetour
            | Intent::Correct { .. }
            | Intent::Adopt(_)
            | Intent::Stay { .. }
            | Intent::State { .. }
            | Intent::Override { .. } => return Msg::Told("nothing to sign".to_owned()),
        };
        match (drafted, self.session.identity()) {
            (Ok(statement), Ok(identity)) => {
                Msg::Drafted(Box::new(statement), identity.key.as_ref().map(|key| key.fingerprint.clone()))
            }
            (Err(Denied::Refused(refusal)), _) => Msg::Refused(wish, refusal),
            (Err(Denied::Faulted(fault)), _) | (Ok(_), Err(fault)) => Msg::Faulted(fault.to_string()),
        }
    }

    /// Signs a statement and records it. A key that wants a passphrase, a PIN or a touch gets the terminal,
    /// which is not recorded.
    pub(super) fn state(&mut self, statement: Statement) -> anyhow::Result<Msg> {
        let signed = match self.session.sign(&statement, Asking::Later) {
            Err(NotSigned::Locked) => {
                self.input.pause();
                self.screen.suspend()?;
                let signed = self.session.sign(&statement, Asking::Terminal);
                self.screen.resume()?;
                self.input.resume();
                self.drawn = Drawn::Stale;
                signed
            }
            done => done,
        };
        let signature = match signed {
            Ok(signature) => signature,
            Err(error) => return Ok(Msg::Faulted(format!("{error}; nothing was recorded"))),
        };
        let wish = Intent::State { statement: Box::new(statement.clone()), signature: signature.clone() };
        Ok(match self.session.state(statement, signature) {
            Ok(()) => Msg::Done(wish),
            Err(Denied::Refused(refusal)) => Msg::Refused(wish, refusal),
            Err(Denied::Faulted(fault)) => Msg::Faulted(fault.to_string()),
        })
    }
}
