//! What a scenario's lines mean: `mark 1.2 waived "no budget"`, `exit 0 matched`.

use gonogo::run::Value;
use gonogo::run::decide::{Consent, Execute, Intent};
use gonogo::run::event::{
    AttemptId, Call, Channel, Ending, Meaning, Rejoin, Resolution, Scope, StopReason, StopSignal, Target, Verdict,
};
use gonogo::runbook::{PhaseId, Runbook, StepId};

/// A wish, as an operator would say it.
///
/// `run STEP [block N] [line N] [yes | typed WORD] [as "TEXT"] [because "REASON"]` · `mark STEP VERDICT ["REASON"]` ·
/// `reverse STEP` · `note [STEP] "TEXT"` · `give NAME "VALUE" | secretly` · `release|approve|verify|perform|reject
/// STEP|PHASE|run ["REASON"]` · `call ROLE go|nogo ["REASON"]` · `resolve N succeeded|failed "REASON"` · `rejoin N watch|stop "REASON"` ·
/// `stop int|term|kill [evidence|leaving]` · `close ["REASON"]`
pub fn wish(book: &Runbook, line: &str) -> Intent {
    let words = words(line);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let rest = |at: usize| words.get(at).cloned();
    match word(0) {
        "run" => Intent::Execute(execute(book, &words)),
        "mark" => Intent::Mark { step: step(book, word(1)), verdict: verdict(word(2)), reason: rest(3) },
        "reverse" => Intent::Reverse { step: step(book, word(1)) },
        "note" if words.len() > 2 => Intent::Note { step: Some(step(book, word(1))), text: word(2).to_owned() },
        "note" => Intent::Note { step: None, text: word(1).to_owned() },
        "give" if word(2) == "secretly" => Intent::Give { name: word(1).to_owned(), value: Value::Secret },
        "give" => Intent::Give { name: word(1).to_owned(), value: Value::Plain(word(2).to_owned()) },
        "release" | "approve" | "verify" | "perform" | "reject" => {
            let meaning = match word(0) {
                "release" => Meaning::Released,
                "approve" => Meaning::Approved,
                "verify" => Meaning::Verified,
                "perform" => Meaning::Performed,
                _ => Meaning::Rejected,
            };
            Intent::SignOff { scope: scope(book, word(1)), meaning, reason: rest(2) }
        }
        "call" => {
            let call = if word(2) == "go" { Call::Go } else { Call::NoGo };
            Intent::Call { role: word(1).to_owned(), call, reason: rest(3) }
        }
        "resolve" => {
            let attempt = AttemptId(word(1).trim_start_matches('#').parse().expect("resolve N"));
            let resolution = if word(2) == "succeeded" { Resolution::Succeeded } else { Resolution::Failed };
            Intent::Resolve { attempt, resolution, reason: word(3).to_owned() }
        }
        "rejoin" => {
            let attempt = AttemptId(word(1).parse().expect("rejoin N"));
            let purpose = if word(2) == "stop" { Rejoin::Stop } else { Rejoin::Watch };
            Intent::Rejoin { attempt, purpose, reason: word(3).to_owned() }
        }
        "stop" => Intent::Stop { signal: signal(word(1)), why: why(word(2)) },
        "close" => Intent::Close { reason: rest(1) },
        other => panic!("no wish begins with {other}: {line}"),
    }
}

fn execute(book: &Runbook, words: &[String]) -> Execute {
    let mut target = Target { step: step(book, &words[1]), command: 0, part: None };
    let (mut edited, mut consent, mut reason) = (None, Consent::None, None);
    let mut rest = words[2..].iter();
    while let Some(word) = rest.next() {
        let mut next = || rest.next().unwrap_or_else(|| panic!("{word} what? in {words:?}"));
        match word.as_str() {
            "block" => target.command = next().parse::<u32>().expect("a block's number") - 1,
            "line" => target.part = Some(next().parse::<u32>().expect("a line's number") - 1),
            "yes" => consent = Consent::Yes,
            "typed" => consent = Consent::Typed(next().clone()),
            "as" => edited = Some(next().clone()),
            "because" => reason = Some(next().clone()),
            other => panic!("run … {other}? in {words:?}"),
        }
    }
    Execute { target, edited, consent, reason, channel: Channel::Pipe }
}

/// `exit N [matched|unmatched]`, `signal N`, `timeout`, `stopped`, `kept`, `asked`, `not-started`.
pub fn ending(line: &str) -> (Ending, Option<bool>) {
    let words = words(line);
    let number = || words[1].parse().expect("a number");
    let ending = match words[0].as_str() {
        "exit" => Ending::Exited { code: number() },
        "signal" => Ending::Signalled { signal: number() },
        "timeout" => Ending::TimedOut,
        "stopped" => Ending::Stopped,
        "kept" => Ending::Kept,
        "asked" => Ending::Asked,
        "not-started" => Ending::NotStarted { reason: "no such shell".to_owned() },
        other => panic!("nothing ends with {other}"),
    };
    let matched = match words.last().map(String::as_str) {
        Some("matched") => Some(true),
        Some("unmatched") => Some(false),
        _ => None,
    };
    (ending, matched)
}

pub fn step(book: &Runbook, typed: &str) -> StepId {
    // A name that there is not is a wish as well: it has to be refused.
    book.find_step(typed).map_or_else(|| StepId(typed.to_owned()), |step| step.id.clone())
}

pub fn scope(book: &Runbook, typed: &str) -> Scope {
    if typed == "run" {
        return Scope::Run;
    }
    match book.find_step(typed) {
        Some(step) => Scope::Step(step.id.clone()),
        None => Scope::Phase(PhaseId(typed.to_owned())),
    }
}

fn verdict(word: &str) -> Verdict {
    match word {
        "passed" => Verdict::Passed,
        "remarks" => Verdict::PassedWithRemarks,
        "failed" => Verdict::Failed,
        "waived" => Verdict::Waived,
        "na" => Verdict::NotApplicable,
        "deferred" => Verdict::Deferred,
        other => panic!("no verdict is called {other}"),
    }
}

fn signal(word: &str) -> StopSignal {
    match word {
        "term" => StopSignal::Terminate,
        "kill" => StopSignal::Kill,
        _ => StopSignal::Interrupt,
    }
}

fn why(word: &str) -> StopReason {
    match word {
        "evidence" => StopReason::Evidence,
        "leaving" => StopReason::Leaving,
        _ => StopReason::Operator,
    }
}

/// Words, and texts between double quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                any = true;
            }
            c if c.is_whitespace() && !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            c => word.push(c),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}
