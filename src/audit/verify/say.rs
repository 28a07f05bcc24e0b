//! A finding in words: what holds, what that proves, and what it does not.

use super::{Closed, Drawing, Intact, Outputs, Subject, Verified};
use crate::audit::signature::{Signature, Trust};
use crate::audit::text;

impl Verified {
    /// The finding for people: what holds, what it proves and what it does not. Ends with a line end.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Verified::Intact(intact) => intact.text(),
            Verified::Altered { place, reason } => {
                format!("ALTERED: {}: {}\n", brief(&place.to_string()), brief(reason))
            }
            Verified::Unreadable { reason } => format!("unreadable: {}\n", brief(reason)),
        }
    }
}

/// Longest part of a finding, in characters: what is quoted in it may be as long as the file.
const LONGEST: usize = 400;

fn brief(said: &str) -> String {
    match said.char_indices().nth(LONGEST) {
        None => text::inline(said),
        Some((at, _)) => text::inline(&said[..at]) + "…",
    }
}

/// What a finding proves of any run.
const PROVED: &str = "\
It proves: every entry follows the one before it, from the first to this head; the runbook
is the one the run was opened with; every output that is here is the one that was recorded.";

/// What it proves of a record file besides.
const PROVED_OF_RECORD: &str = "Verdict, figures and all else the record says follow from its entries.";

const UNSEALED: &str = "\
It does not prove (unsealed: no signature closes it): a chain proves nothing about its tail or
its owner. Entries after the last signature may be missing, or the whole may have been made
anew. To exclude that, compare entries and head with what was noted elsewhere at the time.";

const SEALED: &str = "\
It is sealed: the signed close fixes every entry before it. It does not prove whose keys these
are (only --signers FILE does), when the owner of a key really used it, or that nothing was run
outside gonogo.";

impl Intact {
    fn text(&self) -> String {
        let mut lines = vec![format!("intact: run {}", text::inline(&self.run.0))];
        if self.rehearsal {
            lines.push("REHEARSAL: nothing was executed".to_owned());
        }
        let percent = self.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
        let Outputs { checked, shredded, left_out } = self.outputs;
        let closed = self.closed.as_ref().map_or("no: the run goes on, or was left".into(), Closed::text);
        let sealed = self.seal().map_or("no".to_owned(), |seal| format!("yes, {}", by(seal)));
        lines.extend([
            format!("  entries  {}", self.entries),
            format!("  head     {}", self.head),
            format!("  verdict  {}{percent}", self.verdict),
            format!("  closed   {closed}"),
            format!("  sealed   {sealed}"),
            format!("  outputs  {checked} checked, {shredded} shredded, {left_out} left out"),
        ]);
        for signature in &self.signatures {
            let voided = if signature.voided { " (no longer holds: work went on)" } else { "" };
            lines.push(format!(
                "  signed   entry {}: {}{voided}, {}",
                signature.seq,
                signature.meaning.word(),
                by(signature)
            ));
        }
        if self.unsigned > 0 {
            let statements = text::count(self.unsigned, "statement is", "statements are");
            lines.push(format!("  unsigned {statements} recorded as said by somebody, without a key"));
        }
        if let Drawing::NotChecked(why) = &self.drawing {
            lines.push(format!("  REPORT NOT CHECKED: {}; believe the entries, not the summary", text::inline(why)));
        }
        lines.extend([String::new(), PROVED.to_owned()]);
        if self.subject != Subject::Run && self.drawing == Drawing::Compared {
            lines.push(PROVED_OF_RECORD.to_owned());
        }
        lines.push(if self.seal().is_some() { SEALED } else { UNSEALED }.to_owned());
        lines.join("\n") + "\n"
    }
}

fn by(signature: &Signature) -> String {
    let Signature { name, signer, key, .. } = signature;
    let trust = match &signature.trust {
        Trust::OwnWord => "their own word".to_owned(),
        Trust::Listed => "listed in your signers".to_owned(),
        Trust::Unlisted(why) => format!("NOT TRUSTED: {}", text::inline(why)),
    };
    let presence = signature.presence.map(|presence| format!("{}; ", presence.words())).unwrap_or_default();
    format!("{} <{}> with {} ({presence}{trust})", text::inline(name), text::inline(signer), text::inline(key))
}

impl Closed {
    fn text(&self) -> String {
        let after = match self.after {
            0 => String::new(),
            more => format!("; {} after that", text::count(more, "entry", "entries")),
        };
        format!("as {}, {}, by {}{after}", text::inline(&self.verdict), text::time(self.at), self.by)
    }
}
