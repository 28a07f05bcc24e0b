//! What an author marks as work is walked, and what is said of a heading holds for what it consists of.

use super::{book, check, problems};

#[test]
fn a_phase_that_its_author_marks_is_walked() {
    for mark in [
        ".manual gate=dba",
        ".manual .critical",
        ".manual",
        ".manual owner=dana",
        "gate=dba",
        ".critical",
        "weight=2",
        "signoff=dba",
    ] {
        for title in ["Deploy", "Cutover", "Database", "DNS switch", "Overview"] {
            let text = format!("# Move\n## Before\n- [ ] look\n## {title} {{{mark}}}\nSee the ticket.\n");
            let id = title.to_lowercase().replace(' ', "-");
            let outline = super::outline(&book(&text));
            assert!(outline.contains(&format!("forward {title} #{id}")), "{text}{outline}");
            assert!(outline.contains(&format!("manual {title}")), "{text}{outline}");
        }
    }
    // Nothing stands below it, and it is the only one of its level.
    for text in ["# Move\n## Cutover {.manual}\n", "# Move\n### Cutover {.manual}\n", "## Cutover {.manual}\n"] {
        assert_eq!(book(text).walk().count(), 1, "{text}");
    }
    let gated = book("# Move\n## Before\n- [ ] look\n## Deploy {gate=dba .manual}\n```bash\n./deploy.sh\n```\n");
    assert_eq!(gated.phases[1].gate.as_ref().and_then(|gate| gate.role.as_deref()), Some("dba"));
    check(
        "# Move\n## Cutover\n```bash {run=never}\n./cut.sh\n```\n### Next {.manual}\n```bash\n./next.sh\n```\n",
        "
        forward Cutover #cutover
          manual Cutover
            > 3 text `./cut.sh`
          manual Next
            > 7 text `./next.sh`
        ",
    );
    // A name for links and style sheets is no mark, and nobody walks a rollback because it has an owner.
    assert_eq!(book("# M\n## Before\n- [ ] look\n## Overview {#o .unnumbered}\nWords.\n").walk().count(), 1);
    assert_eq!(book("# M\n## Before\n- [ ] look\n## Rollback {.critical}\n- [ ] back\n").walk().count(), 1);
}

#[test]
fn a_gate_above_the_phases_is_kept() {
    let text = "# M\n## Cutover {gate=dba}\n### Stop\n- [ ] a\n- [ ] b\n### Start\n- [ ] c\n";
    assert!(book(text).phases.iter().any(|phase| phase.gate.is_some()), "{}", super::outline(&book(text)));
}

#[test]
fn what_is_said_of_a_step_holds_for_its_parts() {
    let weights = |mark: &str, own: &str| -> Vec<(bool, u32)> {
        let text = format!("# M\n## Go\n- [ ] look\n### Deploy {{{mark}}}\n- [ ] one{own}\n- [ ] two\n");
        let book = book(&text);
        let leaves = book.steps().filter(|step| step.title != "look" && step.is_leaf());
        leaves.map(|step| (step.critical, step.weight)).collect()
    };
    assert_eq!(weights(".critical", ""), [(true, 5), (true, 5)]);
    assert_eq!(weights("weight=7", ""), [(false, 7), (false, 7)]);
    assert_eq!(weights(".critical", " (optional)"), [(false, 1), (true, 5)]);
    assert_eq!(weights("#d", ""), [(false, 3), (false, 3)]);
    let text = "# M\n## Go\n- [ ] look\n### Deploy {.manual}\n1. one\n   ```bash\n   ./one.sh\n   ```\n2. two\n   ```bash\n   ./two.sh\n   ```\n";
    let offered = |text: &str| {
        book(text).steps().flat_map(crate::runbook::Step::commands).filter(|one| one.usage.is_offered()).count()
    };
    assert_eq!((offered(text), offered(&text.replace(" {.manual}", ""))), (0, 2));
}

#[test]
fn one_heading_has_its_id_once() {
    for text in [
        "# M\n## Before\n- [ ] x\n## Go\n### Deploy {#dep}\n```bash\nls\n```\n#### One\n```bash\nls /a\n```\n#### Two\n```bash\nls /b\n```\n",
        "# M\n## Before\n- [ ] x\n## Go\n### Deploy {#dep}\n```bash\nls\n```\n1. One\n2. Two\n",
    ] {
        assert_eq!(problems(text), [], "{text}");
        let book = book(text);
        let named: Vec<&str> = book.steps().filter(|step| step.id.0 == "dep").map(|step| step.title.as_str()).collect();
        assert_eq!((named, book.phases[1].steps[0].id.0.as_str()), (vec!["Deploy"], "dep"), "{text}");
    }
    for more in ["Words.\n", "```bash\nls /b\n```\n", "1. Look\n"] {
        for own in ["", "```bash\nls /a\n```\n", "1. Look\n", "Look.\n"] {
            for above in ["## Go\n- [ ] a\n", "## Go\n", "## Before\n- [ ] b\n## Go\n- [ ] a\n"] {
                let text = format!("# M\n{above}### Rollback {{#rb}}\n{own}#### More\n{more}");
                assert!(problems(&text).iter().all(|(_, code)| *code != "duplicate-id"), "{text}");
            }
        }
    }
    let twice = "# M\n## Go\n### A {#x}\n- [ ] a\n- [ ] b\n### B {#x}\n- [ ] a\n- [ ] b\n";
    assert_eq!(problems(twice), [(6, "duplicate-id")]);
}

#[test]
fn slips_of_the_pen_in_classes_are_hints() {
    let text = |class: &str| format!("# M\n## Go {{{class}}}\n- [ ] a\n");
    assert_eq!(problems(&text(".critcal")), [(2, "unknown-key")]);
    assert_eq!(problems(&text(".optinal")), [(2, "unknown-key")]);
    assert_eq!(problems(&text(".unnumbered .fancy")), []);
    assert_eq!(problems("# M\n## Go\n- [ ] a {.critcal}\n"), [(3, "unknown-key")]);
}

#[test]
fn a_block_that_is_not_understood_waits_for_a_person() {
    let command = |info: &str| {
        let book = book(&format!("# M\n## Go\n```bash {info}\nls /srv\n```\n"));
        let command = book.steps().flat_map(crate::runbook::Step::commands).next().expect("there is a block");
        (command.usage.is_offered(), command.interactive, command.options.run == crate::runbook::RunPolicy::Auto)
    };
    assert_eq!(command("{expect=0}"), (true, false, false));
    assert_eq!(command("{run=auto}"), (true, false, true));
    assert_eq!(command("{expect=abc}"), (true, true, false));
    assert_eq!(command("{match=\"(\" run=auto}"), (true, true, false));
    for info in ["{run=nver}", "{manual}", "do not run", "{run=auto} Do not run this", "{run:never}"] {
        assert!(!command(info).0, "{info}");
    }
}

#[test]
fn an_unknown_phase_is_pointed_at() {
    for (front, line) in [
        ("gate: {nope: {role: dba}}", 3),
        ("gate:\n  nope: {role: dba}", 4),
        ("phases:\n  go: {weight: 2}\n  nope: {weight: 2}", 5),
        ("signoff: {roles: [dba], at: [nope]}", 3),
    ] {
        let text = format!("---\ntitle: nope\n{front}\n---\n# M\n## Go\n- [ ] a\n");
        assert_eq!(problems(&text), [(line, "unknown-phase")], "{front}");
    }
}
