//! Broken fences, components, comments, scrapes.

use super::{book, check, problems};
use crate::runbook::{Form, Layout};

#[test]
fn fences_below_an_item_belong_to_it_whatever_their_indentation() {
    check(
        "
        # P
        ## Go
        1. Make the key:

           ```sh
        make key
           ```

        2. Use the key:
        ```sh
        make use
        ```
        3. ```sh
           make done
           ```
        ",
        "
        forward Go #go
          command Make the key
            > 5 run `make key`
          command Use the key
            > 10 run `make use`
          command make done
            > 13 run `make done`
        ",
    );
}

#[test]
fn an_unclosed_fence_ends_before_the_next_heading() {
    let markdown = "
        # P
        ## Go
        ```sh
        make go

        ## Rest
        - [ ] a
        ";
    check(
        markdown,
        "
        forward Go #go
          command Go
            > 3 run `make go`
        forward Rest #rest
          manual a
        ",
    );
    assert_eq!(problems(markdown), [(3, "unclosed-fence")]);
}

#[test]
fn indented_code_that_is_a_fence_is_read_as_one() {
    let book = book("# P\n- [ ] a\n\n      ```sh\n      make a\n      ```\n");
    let command = book.phases[0].steps[0].command(0).unwrap();
    assert_eq!(
        (command.form, command.lang.as_str(), command.text.as_str(), command.text_line),
        (Form::Fence, "sh", "make a\n", 5)
    );
}

#[test]
fn components_are_transparent_and_their_commands_are_read() {
    check(
        "
        # P
        ## Go
        <Steps>
        <Step title=\"x\">
        ```sh
        make one
        ```
        </Step>
        </Steps>
        ## Ship
        1. Upload

           <Command command=\"make upload\" />
        2. Rest
        ",
        "
        forward Go #go
          command Go
            > 5 run `make one`
        forward Ship #ship
          command Upload
            > 13 run `make upload`
          manual Rest
        ",
    );
}

#[test]
fn comments_and_folded_text_hold_no_steps() {
    check(
        "
        # P
        <!--
        - [ ] hidden
        -->
        - [ ] a
        - [ ] b <!-- start
        - [ ] hidden too
        -->
        ",
        "
        forward P #p
          manual a
          manual b
        ",
    );
}

#[test]
fn a_scraped_page_gives_steps_with_low_confidence() {
    let page = "Skip to content\n\nRun a note server\n\nThis page takes you through it in one afternoon.\n\nPrepare\n\n1\n\nInstall the packages\n\nThe server needs a database.\nsudo apt-get update\n2\n\nWrite the settings\n\nPut this into the file app.conf:\nport = 80\nsudo = no\n\nStart\n\nEnable the unit:\nsudo systemctl enable app\n";
    let filler = "\nWas this page helpful?\n".repeat(10);
    let book = book(&format!("{page}{filler}"));
    assert_eq!(book.source.layout, Layout::Scrape);
    assert_eq!(book.title, "Run a note server");
    let seen = super::outline(&book);
    assert_eq!(
        seen,
        "prep Prepare #prepare\n  command Install the packages\n    > 14 run `sudo apt-get update`\n  manual Write the settings\n    > 20 file `port = 80`\n\
         forward Start #start\n  command Start\n    > 26 run `sudo systemctl enable app`\n"
    );
}
