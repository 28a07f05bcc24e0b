//! Titles, phases and roles.

use super::{book, check, problems};

#[test]
fn a_title_is_the_first_heading_of_the_first_level() {
    assert_eq!(book("# 🚀 **Ship it** ##\n## A\n- [ ] a\n# Later\n").title, "Ship it");
    assert_eq!(book("# {{ name }}\n# Real\n- [ ] a\n").title, "Real");
    assert_eq!(book("---\nname: From front\n---\n## A\n- [ ] a\n").title, "From front");
    assert_eq!(book("- [ ] a\n").title, "plan");
}

#[test]
fn phases_stand_at_the_shallowest_level_that_repeats() {
    check(
        "
        # Move
        ## Prepare
        - [ ] a
        ### Deeper
        - [ ] b
        ## Switch
        - [ ] c
        ",
        "
        prep Prepare #prepare
          manual a
          group Deeper
            manual b
        forward Switch #switch
          manual c
        ",
    );
}

#[test]
fn several_titles_with_content_are_phases() {
    check(
        "
        # Plan
        Words.
        # One
        - [ ] a
        # Two
        - [ ] b
        ",
        "
        forward One #one
          manual a
        forward Two #two
          manual b
        ",
    );
}

#[test]
fn a_heading_around_counted_phases_is_a_wrapper() {
    check(
        "
        # Move
        ## Procedure
        ### Phase 1: Copy
        - [ ] a
        ### Phase 2: Switch
        - [ ] b
        ## Contacts
        Nobody.
        ",
        "
        forward Phase 1: Copy #phase-1-copy
          manual a
        forward Phase 2: Switch #phase-2-switch
          manual b
        reference Contacts #contacts
        ",
    );
}

#[test]
fn what_is_at_hand_is_lifted_out_of_what_is_walked() {
    check(
        "
        # Move
        ## Switch
        ### Go
        ```sh
        make go
        ```
        ### Rollback
        ```sh
        make back
        ```
        ## Done
        - [ ] a
        ",
        "
        forward Switch #switch
          command Go
            > 4 run `make go`
        rollback Rollback #rollback
          command Rollback
            > 8 run `make back`
        forward Done #done
          manual a
        ",
    );
}

#[test]
fn boxes_make_a_section_walked_except_in_trouble() {
    check(
        "
        # Plan
        ## Monitoring
        - [ ] graphs
        ## Crisis management
        - [ ] call
        ## Useful commands
        ```sh
        uptime
        ```
        ",
        "
        forward Monitoring #monitoring
          manual graphs
        trouble Crisis management #crisis-management
          manual call
        ongoing Useful commands #useful-commands
          command Useful commands
            > 7 run `uptime`
        ",
    );
}

#[test]
fn a_rollback_document_walks_its_rollback() {
    let book = book("# Rollback of a release\n## Roll back the base\n- [ ] a\n## References\ntext\n");
    let walked: Vec<&str> =
        book.phases.iter().filter(|phase| phase.is_walked()).map(|phase| phase.title.as_str()).collect();
    assert_eq!(walked, ["Roll back the base"]);
}

#[test]
fn bold_lines_labels_and_bullets_stand_in_for_headings() {
    check(
        "
        **Before**

        - [ ] a

        **After**

        - [ ] b
        ",
        "
        forward Before #before
          manual a
        forward After #after
          manual b
        ",
    );
    check(
        "
        Week 1:

        - [ ] a

        Week 2:

        - [ ] b
        ",
        "
        forward Week 1 #week-1 (at Week 1)
          manual a
        forward Week 2 #week-2 (at Week 2)
          manual b
        ",
    );
    check(
        "
        - Line:
          - [ ] a
        - Router:
          - [ ] b
        ",
        "
        forward Line #line
          manual a
        forward Router #router
          manual b
        ",
    );
}

#[test]
fn headings_carry_claims_owners_and_gates() {
    check(
        "
        # Plan
        ## Copy {#copy .gate role=dba owner=kim} ✅ DONE
        - [ ] a
        ## Switch ⚠️ IN PROGRESS {.gate role=lead}
        <!-- gonogo: estimate=10m -->
        - [ ] b
        ## T-2h: Rest
        **Owner**: lee
        - [ ] c
        ",
        "
        forward Copy {#copy .gate role=dba owner=kim} #copy-copy-gate-role-dba-owner-kim (claims done)
          manual a
        forward Switch #switch (claims doing) (takes 600s) gate
          manual b
        forward T-2h: Rest #t-2h-rest (by lee) (at T-2h)
          manual c
        ",
    );
}

#[test]
fn a_heading_without_a_title_opens_no_section() {
    let text = "# P\n## A\n- [ ] a\n## {#lost}\n- [ ] b\n##\n- [ ] c\n## B\n- [ ] d\n";
    let read = book(text);
    let phases: Vec<(&str, usize)> =
        read.phases.iter().map(|phase| (phase.title.as_str(), phase.steps.len())).collect();
    assert_eq!(phases, [("A", 3), ("B", 1)]);
    assert_eq!(problems(text), [(4, "empty-heading"), (6, "empty-heading")]);
}

#[test]
fn patterns_of_a_fence_keep_their_backslashes() {
    let pattern = |info: &str| {
        let read = book(&format!("# P\n## A\n1. Ask\n   ~~~{info}\n   uptime\n   ~~~\n"));
        read.steps().next().unwrap().command(0).unwrap().options.matches.clone().unwrap()
    };
    assert_eq!(pattern(r#"sh {match="\d+\.\d+ \*"}"#), r"\d+\.\d+ \*");
    assert_eq!(pattern(r#"sh {"match":"\\d+"}"#), r"\d+");
    assert_eq!(pattern(r"sh {match=ok\!}"), r"ok\!");
}

#[test]
fn an_id_given_twice_is_an_error() {
    assert_eq!(problems("# P\n## A {#x}\n- [ ] a\n## B {#x}\n- [ ] b\n"), [(4, "duplicate-id")]);
}

#[test]
fn front_matter_reaches_phases_by_their_ids() {
    let book = book(
        "---\ngate: {switch: {role: dba, min: 2}}\nphases: {switch: {weight: 9, optional: true}}\n---\n# P\n## Switch\n- [ ] a\n## B\n- [ ] b\n",
    );
    assert_eq!(book.phases[0].gate.as_ref().map(|gate| gate.min), Some(2));
    assert!(book.phases[0].optional);
    assert_eq!(book.phases[0].steps[0].weight, 9);
    assert_eq!(problems("---\ngate: {swich: {role: dba}}\n---\n# P\n## Switch\n- [ ] a\n"), [(2, "unknown-phase")]);
}

#[test]
fn a_summary_says_what_is_critical() {
    let book = book(
        "# P\n## Security\n- [ ] **JWT Secret**: long\n- [ ] Banner\n## Cost\n- [ ] Sizes\n## Summary\n**Critical (Must Have)**:\n\n- Security (JWT secret, HTTPS)\n\n**Nice to Have**:\n\n- Cost\n",
    );
    let weights: Vec<(&str, u32, bool)> =
        book.steps().map(|step| (step.title.as_str(), step.weight, step.critical)).collect();
    assert_eq!(weights, [("JWT Secret", 5, true), ("Banner", 3, false), ("Sizes", 1, false)]);
}

#[test]
fn nothing_to_do_is_said() {
    assert_eq!(problems("# Overview\n\nJust words about the overview.\n"), [(1, "nothing-to-walk")]);
    assert_eq!(book("# P\n\n## State: READINESS: 85%\n- [ ] a\n").declared_readiness, Some(85));
}

#[test]
fn a_heading_that_is_marked_as_a_step_stays_where_it_stands() {
    let text =
        |marks: &str| format!("# P\n## A\n- [ ] a\n### Debug mode is off{marks}\n```sh\ntrue\n```\n## B\n- [ ] b\n");
    let walked = |marks| book(&text(marks)).walk().map(|(_, step)| step.title.clone()).collect::<Vec<_>>();
    assert_eq!(walked(" {.critical}"), ["a", "Debug mode is off", "b"]);
    assert_eq!(walked(" {#debug owner=dba}"), ["a", "Debug mode is off", "b"]);
    assert_eq!(walked(" {#debug}"), ["a", "b"], "an anchor is no mark");
    assert_eq!(walked(" {role=trouble}"), ["a", "b"], "what the author says of the role holds");
}

#[test]
fn a_heading_that_names_one_deed_has_its_numbered_items_done() {
    let steps = |heading: &str, lead_in: &str| {
        let text = format!("# P\n\n## {heading}\n\n{lead_in}\n\n1. The lamp\n2. Its switch\n3. The fuse\n");
        book(&text).walk().map(|(_, step)| step.title.clone()).collect::<Vec<_>>()
    };
    let items = ["The lamp", "Its switch", "The fuse"];
    assert_eq!(steps("Replacing the lamp", "By day."), items);
    assert_eq!(steps("Lamps of the pier", "There are three parts:"), Vec::<String>::new());
    assert_eq!(steps("Replace the lamp", "What `lamp.sh` does, in order:"), ["Replace the lamp"]);
}
