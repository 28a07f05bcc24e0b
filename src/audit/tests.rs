//! Records of told stories: what they look like in every form, and that no alteration goes unseen.

mod alter;
mod drawn;
mod hostile;
mod story;

use super::{IncludeOutput, OutputBytes, compose, json, markdown, show_run, show_step, status_json, verify};
use crate::run::Moment;
use crate::run::estimate::estimates;
use crate::run::event::{AttemptId, Event, RunKind, Verdict};
use crate::run::readiness::readiness;
use crate::run::time::{AsOf, Times, times};
use crate::runbook::{Gate, StepId};
use story::{Story, go_live, hooked, mark, sign};

#[test]
fn markdown_of_a_go_live() {
    let checked = go_live().evidence().check().unwrap();
    insta::assert_snapshot!(markdown(&checked.record(), &checked.evidence, IncludeOutput::Head(3)));
}

#[test]
fn json_of_a_go_live() {
    let checked = go_live().evidence().check().unwrap();
    insta::assert_snapshot!(json(&checked, OutputBytes::Kept));
}

#[test]
fn a_go_live_on_the_terminal() {
    let checked = go_live().evidence().check().unwrap();
    let record = checked.record();
    let step = record.find_step("2.1").unwrap();
    assert_eq!(record.find_step("switch-the-traffic"), Some(step));
    let shown =
        format!("{}\n=====\n{}", show_run(&record, &timed(&checked)), show_step(&record, step, &checked.evidence));
    assert!(show_run(&record, &timed(&checked)).lines().all(|line| line.chars().count() <= 80), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn status_of_a_go_live() {
    let checked = go_live().evidence().check().unwrap();
    insta::assert_snapshot!(status_json(
        &readiness(&checked.book, &checked.run),
        &checked.run,
        &checked.book,
        &timed(&checked)
    ));
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let [one, two] = [(), ()].map(|()| go_live().evidence().check().unwrap());
    let document = |checked: &super::Checked| markdown(&checked.record(), &checked.evidence, IncludeOutput::Full);
    assert_eq!(document(&one), document(&two));
    assert_eq!(json(&one, OutputBytes::Kept), json(&two, OutputBytes::Kept));
}

#[test]
fn a_rehearsal_says_so_in_every_form() {
    let mut story = Story::open(RunKind::Rehearsal);
    story.practise("check-the-disk");
    story.tell(mark("check-the-disk", Verdict::Passed, None));
    let checked = story.evidence().check().unwrap();
    let record = checked.record();
    let step = record.find_step("1.1").unwrap();
    let status = status_json(&readiness(&checked.book, &checked.run), &checked.run, &checked.book, &timed(&checked));
    let document = json(&checked, OutputBytes::Kept);
    let finding = verify::record(document.as_bytes()).text();
    for (form, text) in [
        ("markdown", markdown(&record, &checked.evidence, IncludeOutput::None)),
        ("run", show_run(&record, &timed(&checked))),
        ("step", show_step(&record, step, &checked.evidence)),
        ("finding", finding),
    ] {
        let start: String = text.lines().take(3).collect();
        assert!(start.contains("REHEARSAL"), "{form}: {text}");
    }
    assert!(document.contains("\"rehearsal\": true") && document.contains("\"word\": \"REHEARSED\""), "{document}");
    assert!(status.contains("\"kind\": \"rehearsal\"") && status.contains("\"verdict\": \"REHEARSED\""), "{status}");
}

#[test]
fn a_run_without_anything_done_has_a_record() {
    let checked = Story::open(RunKind::Real).evidence().check().unwrap();
    let record = checked.record();
    assert_eq!((record.verdict.word, record.chain.entries, record.sittings.len()), ("HOLD", 2, 1));
    let document = markdown(&record, &checked.evidence, IncludeOutput::None);
    assert!(document.contains("| Closed | not closed |"), "{document}");
    assert!(document.contains("\nNot walked, and nothing done there: Rollback (rollback).\n"), "{document}");
    assert!(matches!(verify::record(json(&checked, OutputBytes::Kept).as_bytes()), verify::Verified::Intact(_)));
}

/// Who let what run, in the words of every form; and none of it acts as a form of its own.
#[test]
fn what_ran_by_itself_is_told_with_its_grounds() {
    let checked = hooked().evidence().check().unwrap();
    let record = checked.record();
    let page = markdown(&record, &checked.evidence, IncludeOutput::None);
    let from = page.find("## What ran by itself").unwrap();
    insta::assert_snapshot!(&page[from..from + page[from..].find("\n## Steps\n").unwrap()]);
    let html = super::html(&record, &checked.evidence);
    for said in [
        "<h2 id=\"by-itself\">What ran by itself</h2>",
        "<code>psql --version</code>",
        ".&#x2f;window.sh\n```",
        "not as required",
        "its end was not seen",
        "trusted by lee, dba (ops@bastion), 2026-11-21 02:14:11 UTC, entry 4",
        "trusted 2026-11-20T09:00:00Z by dana, before this run, for these bytes",
        "no entry says that anybody trusted it",
        "not recorded by the version that ran it",
        "after step 1.1 Check the disk",
        "13.4 | &lt;b&gt;",
    ] {
        assert!(html.contains(said), "{said}: {html}");
    }
    // Where nothing did, there is no such section.
    let quiet = go_live().evidence().check().unwrap();
    assert!(!markdown(&quiet.record(), &quiet.evidence, IncludeOutput::None).contains("by itself\n"));
    assert!(!super::html(&quiet.record(), &quiet.evidence).contains("id=\"by-itself\""));
}

#[test]
fn a_recording_of_a_journal_without_times_says_so_and_one_with_them_plays() {
    let checked = go_live().evidence().check().unwrap();
    let mut record = checked.record();
    let cast = |record: &super::record::Record| {
        let found = super::cast::find(record, None, Some(1)).unwrap();
        super::cast::cast(record, found, &checked.evidence).unwrap()
    };
    let untimed = cast(&record);
    assert!(untimed.contains("\"untimed\"") && untimed.contains("# Untimed: all of it comes at once"), "{untimed}");
    let lines = || untimed.lines().skip(1).filter(|line| !line.starts_with('#'));
    assert!(lines().all(|line| line.starts_with("[0.000, ") || line.starts_with("[12.345, \"x\"")), "{untimed}");
    let attempts = record.phases.iter_mut().flat_map(|phase| &mut phase.steps).flat_map(|step| &mut step.attempts);
    for output in attempts.filter_map(|attempt| attempt.output.as_mut()) {
        output.times = vec![(1500, 0), (99_000, 5)];
    }
    let timed = cast(&record);
    assert!(!timed.contains("ntimed") && timed.contains("\n[1.500, \"o\", "), "{timed}");
    assert!(timed.contains("\n[10.845, \"o\", "), "a time after the end is the end: {timed}");
    assert!(timed.contains("\n[0.000, \"x\", "), "{timed}");
}

#[test]
fn outputs_may_be_left_out_and_shredded() {
    let mut story = go_live();
    let why = story.tell(Event::OutputShredded { attempt: AttemptId(1), reason: "the token was in it".into() });
    story.shred(1, why);
    let checked = story.evidence().check().unwrap();
    let document = json(&checked, OutputBytes::LeftOut);
    let verify::Verified::Intact(intact) = verify::record(document.as_bytes()) else { panic!("{document}") };
    assert_eq!(intact.outputs, verify::Outputs { checked: 0, shredded: 1, left_out: 3 });
    let page = markdown(&checked.record(), &checked.evidence, IncludeOutput::Full);
    assert!(page.contains(&format!("**Removed**: 30 bytes were shredded; entry {why} says why.")), "{page}");
    // Evidence read back from a file without outputs still makes a document.
    assert!(document.contains("\"left_out\": true") && !document.contains("\"salt\""), "{document}");
}

#[test]
fn gates_show_who_may_release_them_and_whether_it_still_holds() {
    let mut story = Story::open(RunKind::Real);
    story.tell(mark("check-the-disk", Verdict::Passed, None));
    let signed = story.tell(sign("check-the-disk"));
    let mut checked = story.evidence().check().unwrap();
    let gate = Gate { role: None, min: 2, not_performer: true };
    checked.book.phases[0].steps[0].gate = Some(Box::new(gate));
    let held = compose(&checked.book, &checked.run, &checked.entries);
    assert_eq!((held.gates[0].state, held.gates[0].signed, held.gates[0].needed), ("held", Some(0), Some(2)));
    assert_eq!(held.sign_offs[0].voided_by, None);
    let page = markdown(&held, &checked.evidence, IncludeOutput::None);
    assert!(
        page.contains("| step 1.1 Check the disk | 2 × any person, not the performer | **held**: 0 of 2 |"),
        "{page}"
    );
    let again = story.tell(mark("check-the-disk", Verdict::Failed, None));
    let record = story.evidence().check().unwrap().record();
    assert_eq!((record.sign_offs[0].seq, record.sign_offs[0].voided_by), (signed, Some(again)));
}

#[test]
fn a_step_the_runbook_does_not_have_is_not_lost() {
    let mut story = Story::open(RunKind::Real);
    story.tell(mark("gone", Verdict::Failed, Some("it was there")));
    story.tell(Event::NoteAdded { step: Some(StepId("gone".into())), text: "<b>look</b>".into() });
    let checked = story.evidence().check().unwrap();
    let record = checked.record();
    assert_eq!((record.strays[0].state, record.strays[0].notes.len()), ("failed", 1));
    let page = markdown(&record, &checked.evidence, IncludeOutput::None);
    assert!(page.contains("not in the runbook as it is read now") && page.contains(r"\<b\>look\</b\>"), "{page}");
    assert!(
        show_run(&record, &timed(&checked)).contains("In the entries, but not in the runbook"),
        "{}",
        show_run(&record, &timed(&checked))
    );
}

/// How long things took, as nobody works on it any more.
fn timed(checked: &super::Checked) -> Times {
    let last = Moment::of(&checked.entries.last().unwrap().stamp);
    times(&checked.book, &checked.run, &estimates(&checked.book, &[]), AsOf::LastEntry(&last))
}
