//! What an author says of levels and files.

use super::{book, check, problems};
use crate::runbook::{Correction, Use};

#[test]
fn every_heading_of_the_step_level_is_one_step() {
    check(
        "
        ---
        levels: {phase: h2, step: h4}
        ---
        # Move
        ## Switch
        ```bash
        uptime
        ```
        ### Water
        #### Overview
        This explains what the pump is for.
        #### Troubleshooting the pump
        #### Stop it
        ```bash
        pumpctl stop
        ```
        Wait.
        #### Fill
        - [ ] Open the valve
        - [ ] Close it
        #### Check the level
        ##### By eye
        Look at the glass.
        ##### By hand
        - [ ] Put the stick in
        ### Lamps
        #### Notes
        | lamp | colour |
        | --- | --- |
        | 1 | red |
        ## Architecture
        #### The tower
        It is high.
        ",
        "
        forward Switch #switch
          command Switch
            > 6 run `uptime`
          group Water
            command Stop it
              > 14 run `pumpctl stop`
            group Fill
              manual Open the valve
              manual Close it
            group Check the level
              manual By eye
              group By hand
                manual Put the stick in
        reference Overview #overview
        trouble Troubleshooting the pump #troubleshooting-the-pump
        reference Notes #notes
        reference Architecture #architecture
        ",
    );
}

#[test]
fn steps_below_a_single_heading_leave_it_the_phase() {
    let text = "# Move\n## All\n### 1. Pump\n- [ ] a\n- [ ] b\n### 2. Lamps\n- [ ] c\n- [ ] d\n";
    check(text, "forward Pump #pump\n  manual a\n  manual b\nforward Lamps #lamps\n  manual c\n  manual d");
    let with = |levels: &str| format!("---\nlevels: {{{levels}}}\n---\n{text}");
    let all = "forward All #all\n  group Pump\n    manual a\n    manual b\n  group Lamps\n    manual c\n    manual d";
    check(&with("step: h3"), all);
    check(&with("phase: h2, step: h3"), all);
    check(
        &with("phase: h1, step: h3"),
        "forward Move #move\n  group All\n    group Pump\n      manual a\n      manual b\n    group Lamps\n      manual c\n      manual d",
    );
}

#[test]
fn no_level_makes_a_rollback_a_step() {
    let text = |mark: &str| {
        format!(
            "---\nlevels: {{phase: h2, step: h3}}\n---\n# Move\n## Switch\n### Stop it\n```bash\npumpctl stop\n```\n### Rollback{mark}\n```bash\npumpctl start\n```\n"
        )
    };
    let stop = "forward Switch #switch\n  command Stop it\n    > 7 run `pumpctl stop`\n";
    check(&text(""), &format!("{stop}rollback Rollback #rollback\n  command Rollback\n    > 11 run `pumpctl start`\n"));
    check(&text(" {.critical}"), &format!("{stop}  command Rollback critical\n    > 11 run `pumpctl start`\n"));
}

#[test]
fn what_an_author_says_of_one_heading_beats_the_level() {
    check(
        "
        ---
        levels: {step: h3}
        ---
        # Move
        ## Switch
        ### Stop the pump
        Turn it off.
        ### Back again {role=rollback}
        Turn it on.
        ## Look
        ### At the glass
        ### Option A: the left one
        Take it.
        ### Option B: the right one
        Take it.
        ",
        "
        forward Switch #switch
          manual Stop the pump
        rollback Back again #back-again
        forward Look #look
          manual At the glass
          choice Look
            manual Option A: the left one
            manual Option B: the right one
        ",
    );
}

#[test]
fn a_step_level_that_is_not_deeper_is_said_and_left_out() {
    let text = "# Move\n## A\n- [ ] a\n## B\n- [ ] b\n";
    for (levels, found) in [
        ("step: h3", None),
        ("step: h2", Some("steps at h2 do not stand below phases at h2")),
        ("step: h1", Some("steps at h1 do not stand below phases at h1")),
    ] {
        let book = book(&format!("---\ntitle: x\nlevels: {{{levels}}}\n---\n{text}"));
        let said: Vec<(u32, &str)> = book.problems.iter().map(|one| (one.line, one.message.as_str())).collect();
        assert_eq!(said, found.map(|found| (3, found)).into_iter().collect::<Vec<_>>(), "{levels}");
        assert_eq!(book.steps().count(), 2);
    }
}

#[test]
fn a_written_block_keeps_the_lines_of_its_fence() {
    for (before, indent) in [("## Go\n", ""), ("## Go\n1. Write it\n\n", "   "), ("## Go\n> Write it\n", "> ")] {
        let lines = ["```yaml {file=<place>.yaml}", "a: 1", "b: <second>", "```"];
        let text = format!("# D\n{before}{indent}{}\n", lines.join(&format!("\n{indent}")));
        let book = book(&text);
        let command = book.steps().flat_map(crate::runbook::Step::commands).next().expect("there is a block");
        assert_eq!(command.text, "cat > '<place>.yaml' <<'EOF'\na: 1\nb: <second>\nEOF", "{text}");
        // The here-document's own lines stand where the fence has its marks.
        assert_eq!(command.text_line, command.line, "{text}");
        let source: Vec<&str> = text.lines().collect();
        for (offset, line) in command.text.lines().enumerate().filter(|(at, _)| (1..=2).contains(at)) {
            assert_eq!(source[command.text_line as usize - 1 + offset], format!("{indent}{line}"));
        }
        let holes: Vec<&str> = command.placeholders.iter().map(|hole| hole.name.as_str()).collect();
        assert_eq!(holes, ["place", "second"]);
    }
}

#[test]
fn what_stands_in_a_written_block_is_no_shell() {
    let text = "# D\n## Go\n```sh {file=run.sh}\nwhile true; do rm -rf /srv; done\nread -p 'sure? ' x\nif\n```\nIt says:\n```\nok\n```\n";
    check(text, "forward Go #go\n  command Go\n    > 3 run `cat > 'run.sh' <<'EOF'`\n    > 9 text `ok`");
    let book = book(text);
    let command = book.steps().flat_map(crate::runbook::Step::commands).next().expect("there is a block");
    assert_eq!((command.interactive, command.endless, command.risk.word()), (false, false, "change"));
    assert_eq!(problems(text), [], "no line of it has to be complete as shell");
    let mut corrected = super::book(text);
    for correction in [Correction::Withhold { line: 3 }, Correction::Offer { line: 3 }] {
        corrected.correct(&correction);
    }
    let again = corrected.steps().flat_map(crate::runbook::Step::commands).next().expect("there is a block");
    assert_eq!((again.usage, again.endless, &again.text), (Use::Run, false, &command.text));
}

#[test]
fn a_written_block_is_split_off_like_any_command_and_sets_nothing() {
    check(
        "
        # D
        ## Go
        ### Set up
        **Write the unit:**
        ```ini {file=x.service}
        A=1
        ```
        **Load it:**
        ```bash
        systemctl daemon-reload $A
        ```
        ",
        "
        forward Go #go
          group Set up
            command Write the unit
              > 5 run `cat > 'x.service' <<'EOF'`
            command Load it
              > 9 fill `systemctl daemon-reload $A`
        ",
    );
}
