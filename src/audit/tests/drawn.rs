//! What the built-in reports look like, by the version that draws them, and that anybody can read the page.

use super::story::{Story, go_live, hooked, mark};
use crate::audit::record::DRAWN_BY;
use crate::audit::verify::{Verified, check_record};
use crate::audit::{Checked, IncludeOutput, bundle, html, markdown, verify};
use crate::run::event::{AttemptId, Event, RunKind, Verdict};
use crate::runbook::Digest;

/// SHA-256 over everything that is compared when a record is verified, of the runs below, by [`DRAWN_BY`].
///
/// Whoever changes a report, or how a runbook is read, raises the last number of [`DRAWN_BY`] and adds a row: a report that
/// an earlier version drew is then “not checked” instead of “altered”. Rows of released versions stay.
const DRAWN: &[(&str, &str)] =
    &[("gonogo 0.1.0 report 8", "287edfbe3ad74af2888573d685a0539fbcb047ec94fa268a907274ae813ed7dd")];

/// A night with two signers, a rejection, a broken glass that was reviewed, a carried step, and a sealed end.
const SEALED: &str = include_str!("sealed.json");

fn runs() -> Vec<Checked> {
    let mut practised = Story::open(RunKind::Rehearsal);
    practised.practise("check-the-disk");
    let mut failed = Story::open(RunKind::Real);
    failed.tell(mark("check-the-disk", Verdict::Failed, Some("no room")));
    failed.tell(mark("gone", Verdict::Passed, None));
    let mut shredded = go_live();
    let why = shredded.tell(Event::OutputShredded { attempt: AttemptId(1), reason: "the token was in it".into() });
    shredded.shred(1, why);
    let told = [go_live(), practised, failed, shredded, hooked()].map(|story| story.evidence().check().unwrap());
    let (sealed, _) = check_record(SEALED.as_bytes()).unwrap();
    told.into_iter().chain([sealed]).collect()
}

#[test]
fn a_report_that_changes_is_drawn_by_another_version() {
    let mut all = String::new();
    for checked in runs() {
        let record = checked.record();
        all += &html(&record, &checked.evidence);
        all += &markdown(&record, &checked.evidence, IncludeOutput::Head(40));
        all += &serde_json::to_string(&record).unwrap();
    }
    // What goes with a bundle is compared as well.
    let [md, py] = bundle::GUIDES;
    all += md;
    all += py;
    let digest = Digest::of(all.as_bytes()).hex();
    let known = DRAWN.iter().find(|(version, _)| *version == DRAWN_BY).map(|(_, digest)| *digest);
    assert_eq!(
        known,
        Some(digest.as_str()),
        "the reports changed: raise the number in DRAWN_BY (src/audit/record.rs) and add the row (\"{DRAWN_BY}\" was {known:?})"
    );
}

#[test]
fn a_record_of_an_earlier_version_stays_intact() {
    let found = verify::record(SEALED.as_bytes());
    let Verified::Intact(intact) = &found else { panic!("{found:?}") };
    assert_eq!((intact.verdict, intact.entries, intact.signatures.len()), ("GO", 65, 5));
    assert!(found.text().contains("REPORT NOT CHECKED: it was drawn up by gonogo 0.1.0 report 1"), "{}", found.text());
}

#[test]
fn headings_go_down_one_level_at_a_time_and_every_table_is_labelled() {
    for checked in runs() {
        let page = html(&checked.record(), &checked.evidence);
        let levels: Vec<u32> = page
            .match_indices("<h")
            .filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10))
            .filter(|level| (1..=6).contains(level))
            .collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1));
        assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{levels:?}");
        assert_eq!(
            page.matches("<table>").count(),
            page.matches("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label").count()
                - page.matches("<svg").count()
        );
        assert_eq!(page.matches("<td>").count(), 0, "each cell says what it is, where columns do not fit");
        let said = page.matches("<svg").count();
        assert_eq!((page.matches("<title id=").count(), page.matches("<desc").count()), (said, said));
    }
}

/// Relative luminance (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let colour = colour.trim_start_matches('#');
    let wide: String =
        if colour.len() == 3 { colour.chars().flat_map(|c| [c, c]).collect() } else { colour.to_owned() };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

#[test]
fn text_stands_out_in_light_dark_and_print() {
    let style = include_str!("../html/style.css");
    let schemes: Vec<&str> = style.split(":root{").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    assert_eq!(schemes.len(), 3, "light, dark, print");
    for scheme in schemes {
        let colour = |name: &str| {
            let found = scheme.split(';').find_map(|one| one.strip_prefix(&format!("--{name}:")));
            luminance(found.unwrap_or_else(|| panic!("--{name} in {scheme}")))
        };
        for (text, ground) in ["fg", "muted", "ok", "bad", "wait"]
            .into_iter()
            .flat_map(|text| ["bg", "card"].map(|ground| (text, ground)))
            .chain([("on", "ok"), ("on", "bad"), ("on", "wait")])
        {
            let (one, other) = (colour(text), colour(ground));
            let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
            assert!(ratio >= 4.5, "{text} on {ground} in {scheme}: {ratio:.1}");
        }
    }
}
