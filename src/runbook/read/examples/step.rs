//! Steps, their blocks, and what is said about them.

use super::{book, check};

#[test]
fn boxes_are_steps_at_every_depth() {
    check(
        "
        # P
        * [x] a
          + [ ] b
            1. [ ] c
        * [-] d
        - plain
        ",
        "
        forward P #p
          group a (claims done)
            group b
              manual c
          manual d
        ",
    );
}

#[test]
fn ordered_items_are_steps_when_they_order_something() {
    check(
        "
        # P
        ## Launch
        1. Stop the writers (10 min)
        2. [DBA] **Copy**: all of it

        ```sh
        make copy
        ```

        3. If it fails, call the lead (optional)
        ## What the archive contains
        1. The base
        2. The mails
        ",
        "
        forward Launch #launch
          manual Stop the writers (10 min) (takes 600s)
          command Copy (by DBA)
            > 6 run `make copy`
          manual If it fails, call the lead (optional) optional (when If it fails)
        reference What the archive contains #what-the-archive-contains
        ",
    );
}

#[test]
fn headings_with_code_are_steps() {
    check(
        "
        # P
        ## Launch
        ### 1. Build
        ```sh
        make build
        ```
        ### Step 2: Look
        Is the page up? Look at it.
        ### Start
        ```sh
        make start
        ```
        **Warm the cache (optional):**
        ```sh
        make warm
        ```
        ## Rest
        - [ ] a
        ",
        "
        forward Launch #launch
          command Build
            > 4 run `make build`
          manual Step 2: Look
          group Start
            command Start
              > 10 run `make start`
            command Warm the cache (optional) optional
              > 14 run `make warm`
        forward Rest #rest
          manual a
        ",
    );
}

#[test]
fn bullets_are_steps_only_where_they_are_announced() {
    check(
        "
        # P
        ## Prerequisites
        - An account
        ## Launch
        - a note
        - another
        ## Procedure
        - Do it
        ",
        "
        prep Prerequisites #prerequisites
          manual An account
        reference Launch #launch
        forward Procedure #procedure
          manual Do it
        ",
    );
}

#[test]
fn check_marks_are_done_only_beside_other_marks() {
    check(
        "
        # P
        ## A
        - ✅ one
        - ✅ two
        ## B
        - ✅ one
        - ⚠️ TODO: two
        ## C ✅ DONE
        - ✅ one
        ",
        "
        forward A #a
          check one
          check two
        forward B #b
          check one (claims done)
          manual TODO: two (claims todo)
        forward C #c (claims done)
          check one (claims done)
        ",
    );
}

#[test]
fn rows_of_a_step_table_are_steps() {
    check(
        "
        # P
        ## Cut-over
        | # | Task | Command | Expected | Owner | Time |
        |---|---|---|---|---|---|
        | 1 | Stop | `systemctl stop app` | inactive | dba | 5 min |
        | 2 | Call the bank | | they agree | lead | |
        ## Paths
        | Path | Target |
        |---|---|
        | / | web |
        ",
        "
        forward Cut-over #cut-over
          command Stop (by dba) (takes 300s)
            > 5 run `systemctl stop app` => `inactive`
          manual Call the bank (by lead)
            pass 6: they agree
        reference Paths #paths
        ",
    );
}

#[test]
fn criteria_belong_to_the_step_or_to_the_phase() {
    check(
        "
        # P
        ## A
        ### One
        ```sh
        make one
        ```
        **✅ Pass Criteria**: one is made
        ### Two
        ```sh
        make two
        ```
        **✅ Pass Criteria**: two is made
        ## B
        ### One
        ```sh
        make one
        ```
        ### Two
        ```sh
        make two
        ```
        **Pass criteria:**
        - all is made
        - [ ] nothing is left

        **Abort if**: it burns
        ",
        "
        forward A #a
          command One
            pass 7: one is made
            > 4 run `make one`
          command Two
            pass 12: two is made
            > 9 run `make two`
        forward B #b
          pass 23: all is made
          pass 24: nothing is left
          stop 26: it burns
          command One
            > 15 run `make one`
          command Two
            > 19 run `make two`
        ",
    );
}

#[test]
fn inline_code_is_a_command_when_it_stands_alone_or_is_told_to_run() {
    check(
        "
        # P
        ## Launch
        1. `systemctl restart app`
        2. Then run `df -h` twice
        3. Read `notes.txt`
        ",
        "
        forward Launch #launch
          command systemctl restart app
            > 3 run `systemctl restart app`
          command Then run df -h twice
            > 4 run `df -h`
          manual Read notes.txt
        ",
    );
}

#[test]
fn alternatives_are_a_choice() {
    check(
        "
        # P
        ## Install
        ### Option A: package
        ```sh
        apt-get install app
        ```
        ### Option B: source
        ```sh
        make install
        ```
        ## Rest
        - [ ] a
        ",
        "
        forward Install #install
          choice Install
            command Option A: package
              > 4 run `apt-get install app`
            command Option B: source
              > 8 run `make install`
        forward Rest #rest
          manual a
        ",
    );
}

#[test]
fn expected_output_is_bound_to_its_command() {
    check(
        "
        # P
        ## Look
        ```sh
        systemctl is-active app
        ```
        Expected output:
        ```
        active
        ```
        ",
        "
        forward Look #look
          command Look
            > 3 run `systemctl is-active app` => `active`
            > 7 output `active`
        ",
    );
}

#[test]
fn attributes_reach_steps_and_blocks() {
    let book = book(
        "# P\n- [ ] Copy {#copy owner=kim} <!-- gonogo: critical -->\n\n  ```sh {name=cp timeout=30s run=never}\n  make copy\n  ```\n",
    );
    let step = &book.phases[0].steps[0];
    assert_eq!((step.id.0.as_str(), step.owner(), step.critical, step.weight), ("copy", Some("kim"), true, 5));
    let command = step.command(0).unwrap();
    assert_eq!((command.options.name.as_deref(), command.options.timeout_s), (Some("cp"), Some(30)));
    assert!(!command.usage.is_offered());
}

#[test]
fn numbers_and_ids_are_unique() {
    let book = book("# P\n## A\n- [ ] same\n- [ ] same\n## B\n- [ ] same\n");
    let all: Vec<(String, String)> = book.steps().map(|step| (step.number.clone(), step.id.0.clone())).collect();
    let expected = [("1.1", "same"), ("1.2", "same-2"), ("2.1", "same-3")];
    assert_eq!(all, expected.map(|(number, id)| (number.to_owned(), id.to_owned())));
}
