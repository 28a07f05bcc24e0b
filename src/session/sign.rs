//! Statements: worded on the run as it stands, signed with the operator's key when there is one, verified at once, recorded.

use super::{Denied, Fault, Session};
use crate::exec::probe::{GitUser, git_user};
pub use crate::exec::sign::Asking;
use crate::exec::sign::{self, Key, NotSigned};
use crate::run::decide::sign::{Signer, deferred, draft, draft_close, may_state};
use crate::run::decide::{Intent, Refusal};
use crate::run::event::{Actor, Carried, Meaning, Scope};
use crate::run::sshsig::STATEMENT;
use crate::run::statement::Statement;
use crate::runbook::StepId;

/// Who signs, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What the key is listed under in files of allowed signers.
    pub principal: String,
    /// Without a key, what the operator says is recorded, not signed.
    pub key: Option<Key>,
}

/// What the operator said about who signs; the rest is found out when something is to be signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// File of a key, or `none`.
    pub key: Option<String>,
    pub principal: Option<String>,
}

impl Wanted {
    /// Asks the agent, and git unless it has told already, for what was not said.
    ///
    /// # Errors
    /// When the key that was named is none.
    pub fn find(&self, operator: &Actor, git: Option<GitUser>) -> Result<Identity, String> {
        let is_needed = self.principal.is_none() || self.key.is_none();
        let git = git.or_else(|| is_needed.then(git_user)).unwrap_or_default();
        let principal = self.principal.clone().or_else(|| git.email.clone());
        let principal = principal.unwrap_or_else(|| format!("{}@{}", operator.user, operator.host));
        Ok(Identity { principal, key: Key::find(self.key.as_deref(), &git)? })
    }
}

impl Session {
    /// Says who signs here. Until then nothing is signed, and git and the agent are not asked.
    pub fn identify(&mut self, wanted: Wanted) {
        self.wanted = Some(wanted);
        self.identity.take();
    }

    /// Who signs here; found out with the first question.
    ///
    /// # Errors
    /// When the key that was named is none.
    pub fn identity(&self) -> Result<&Identity, Fault> {
        let found = self.identity.get_or_init(|| match &self.wanted {
            Some(wanted) => wanted.find(&self.setup.operator, None),
            None => Ok(Identity { principal: self.setup.operator.name.clone(), key: None }),
        });
        found.as_ref().map_err(|error| Fault::Exec(error.clone()))
    }

    /// Words a sign-off on the run as it stands, to be shown whole before anything is signed.
    ///
    /// # Errors
    /// When the operator may not state it, or the run cannot be read.
    pub fn draft(&mut self, scope: Scope, meaning: Meaning, reason: Option<String>) -> Result<Statement, Denied> {
        self.demand_recorded()?;
        let operator = &self.setup.operator;
        let key = self.identity()?.key.as_ref().map(|key| key.fingerprint.as_str());
        let who = (operator.name.as_str(), operator.role.as_deref(), key);
        may_state(&self.book, &self.run, &scope, meaning, who, reason.as_deref())?;
        let reason = reason.map(|reason| self.secrets.cleaned(&reason));
        let now = self.clock.now().at;
        Ok(draft((&self.book, &self.run), (scope, meaning), &self.signer()?, now, reason)?)
    }

    /// Words a sign-off that somebody else is asked for; who that is, they say themselves.
    ///
    /// # Errors
    /// When there is nothing to sign, or the run cannot be read.
    pub fn draft_for_another(&mut self, scope: Scope, meaning: Meaning) -> Result<Statement, Denied> {
        self.demand_recorded()?;
        if self.run.closed.is_some() {
            return Err(Refusal::Closed.into());
        }
        let signer = Signer { principal: "?", name: "?", role: None };
        Ok(draft((&self.book, &self.run), (scope, meaning), &signer, self.clock.now().at, None)?)
    }

    /// Words the statement that closes the run.
    ///
    /// # Errors
    /// When it cannot be closed now, or cannot be read.
    pub fn draft_close(&mut self, reason: Option<String>, carried: Vec<Carried>) -> Result<Statement, Denied> {
        self.demand_recorded()?;
        if self.run.closed.is_some() {
            return Err(Refusal::Closed.into());
        }
        // Only who drives the run closes it, and sitting down is an entry: it has to stand before the signed head.
        self.take_the_wheel()?;
        let reason = reason.map(|reason| self.secrets.cleaned(&reason));
        let clean = |carried: Carried| Carried { reason: self.secrets.cleaned(&carried.reason), ..carried };
        let carried = carried.into_iter().map(clean).collect();
        let now = self.clock.now().at;
        Ok(draft_close((&self.book, &self.run), &self.signer()?, now, reason, carried)?)
    }

    /// The deferred steps: what a close carries.
    pub fn deferred(&self) -> impl Iterator<Item = StepId> + use<> {
        let deferred = deferred(&self.book, &self.run);
        deferred.into_iter().map(|step| step.id.clone()).collect::<Vec<_>>().into_iter()
    }

    fn signer(&self) -> Result<Signer<'_>, Fault> {
        let operator = &self.setup.operator;
        Ok(Signer { principal: &self.identity()?.principal, name: &operator.name, role: operator.role.as_deref() })
    }

    /// A statement is about recorded entries: the first one is written now, if nothing was recorded yet. What this process
    /// has to record before anything else is recorded now as well, so that the statement is about the last entry.
    fn demand_recorded(&mut self) -> Result<(), Fault> {
        self.mend()?;
        self.catch_up()?;
        self.open_run()
    }

    /// Signs a statement; `None` when there is no key.
    ///
    /// # Errors
    /// When there is a key and it did not sign.
    pub fn sign(&self, statement: &Statement, asking: Asking) -> Result<Option<String>, NotSigned> {
        let identity = self.identity().map_err(|error| NotSigned::Failed(error.to_string()))?;
        let Some(key) = &identity.key else {
            return Ok(None);
        };
        sign::sign_asking(key, STATEMENT, statement.text().as_bytes(), asking).map(Some)
    }

    /// Records a statement with its signature, by whomever: both are verified first.
    ///
    /// # Errors
    /// When they do not hold, do not fit this run, or cannot be recorded.
    pub fn state(&mut self, statement: Statement, signature: Option<String>) -> Result<(), Denied> {
        let refuse = |why: String| Err(Refusal::BadStatement(why).into());
        if let Some(signature) = &signature
            && let Err(why) = sign::holds(signature, STATEMENT, statement.text().as_bytes())
        {
            return refuse(format!("its signature: {why}"));
        }
        if statement.reason.as_ref().is_some_and(|reason| self.secrets.cleaned(reason) != *reason) {
            return refuse("its reason holds a secret".to_owned());
        }
        self.mend()?;
        self.catch_up()?;
        let (seq, hash) = statement.head;
        if seq == 0 || seq > self.run.head.seq {
            return refuse("its head is not in this run's chain".to_owned());
        }
        if seq < self.run.head.seq {
            let there = self.entries_since(seq - 1)?.first().map(|entry| entry.hash);
            if there != Some(hash) {
                return refuse("its head is not in this run's chain".to_owned());
            }
        }
        self.intend(&Intent::State { statement: Box::new(statement), signature })
    }
}
