//! What holds for every document, however broken: no panic, places in bounds, every fence exactly once.

use super::{blocks, lines::Lines, read};
use crate::runbook::{Block, Form, Runbook, Span, Step};
use proptest::prelude::*;

/// Pieces that documents are made of, whole and broken.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "# Title\n", "## 1. Phase ✅ DONE\n", "### Step 2: Go (10 min)\n", "#### {#id .gate}\n", "\n", "\n\n", "---\n", "***\n", "===\n", "- [ ] task\n", "  - [x] nested\n",
    "* [-] other\n", "1. Run `make all`\n", "2) Do it:\n", "   ", "\t", "```bash\n", "```\n", "````\n", "~~~\n", "    ```sh\n", "echo hi\n", "$ ls -la\n", "total 4\n", "KEY=value\n",
    "rm -rf /tmp/x\n", "**Pass Criteria**: green\n", "**Expected output:**\n", "Abort if: red\n", "| Step | Expected |\n|---|---|\n| go | ok |\n", "<!-- gonogo: gate -->\n", "<!-- open\n",
    "-->\n", "<Step>\n", "</Step>\n", "<Command command=\"make\" />\n", "<details>\n", "</details>\n", "> quote\n", "> ```\n", "- ✅ done\n", "⬜ open\n", "Ünïcödé 手順 🚀\n", "[link]: http://x\n",
    "<<EOF\n", "| a | b\n", "import x from \"y\"\n", "title: x\n", "+++\n", "If it fails, stop\n", "Option A: this\n", "&amp; **bold\n", "\u{a0}\n", "Â\n", "â€™\n",
    "<br>1) Copy – it\n<br>2– Öl\n<br>3) Go `% ls`\n", "1- one\n2- zwei ä\n3— drei\n", "Then run\n    git pull\n\tls -l ü,\n", "<h2>Über &amp; so</h2>\n",
    "<pre><code>ls &lt;x&gt;\n", "</code></pre>\n", "<code>git <x> pull", "</code>", "A. Do\n\nB. Go\n\nC. On\n", "ssh x@「値 ä」\n", "<br>",
];

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

fn all_steps(runbook: &Runbook) -> Vec<&Step> {
    runbook.steps().collect()
}

fn check_span(text: &str, span: &Span) {
    assert!(span.start <= span.end && span.end <= text.len(), "{span:?} of {}", text.len());
    assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{span:?}");
}

fn check_invariants(bytes: &[u8]) {
    let Ok(runbook) = read("x.md", bytes) else {
        return;
    };
    let lines = runbook.source.lines;
    let in_range = |line: u32| assert!((1..=lines.max(1)).contains(&line), "line {line} of {lines}");
    for phase in &runbook.phases {
        check_span(&runbook.text, &phase.span);
        in_range(phase.line);
        phase.criteria.iter().chain(&phase.stop_criteria).chain(&phase.prose).for_each(|quote| in_range(quote.line));
    }
    let mut ids: Vec<&str> = Vec::new();
    for step in all_steps(&runbook) {
        check_span(&runbook.text, &step.span);
        in_range(step.line);
        assert!(!step.id.0.is_empty() && step.weight > 0);
        ids.push(&step.id.0);
        for block in &step.blocks {
            match block {
                Block::Prose(quote) => in_range(quote.line),
                Block::Command(command) => {
                    in_range(command.line);
                    check_span(&runbook.text, &command.span);
                }
            }
        }
    }
    for problem in &runbook.problems {
        check_span(&runbook.text, &problem.span);
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
}

/// Lines of all fenced and indented blocks that reached a step.
fn code_lines(runbook: &Runbook) -> Vec<u32> {
    let mut found: Vec<u32> = all_steps(runbook)
        .iter()
        .flat_map(|step| step.commands())
        .filter(|command| matches!(command.form, Form::Fence | Form::Indented))
        .map(|command| command.line)
        .collect();
    found.sort_unstable();
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check_invariants(&bytes);
    }

    #[test]
    fn pieces_of_documents_keep_the_invariants(text in document()) {
        check_invariants(text.as_bytes());
    }

    #[test]
    fn mutated_documents_keep_the_invariants(text in document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = text.into_bytes();
        if !bytes.is_empty() {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check_invariants(&bytes);
    }

    #[test]
    fn every_fence_appears_exactly_once(
        parts in prop::collection::vec(prop::sample::select(&[
            "# T\n\n", "## P\n\n", "### S\n\n", "- [ ] a\n\n", "1. Do it\n\n", "Words.\n\n", "**Label:**\n\n", "## Rollback\n\n", "| a |\n|---|\n| b |\n\n", "- note\n\n",
            "```sh\nmake a\n```\n\n", "  ```sh\n  make b\n  ```\n\n", "```text\nout\n```\n\n", "> ```sh\n> quoted\n> ```\n\n", "~~~yaml\na: 1\n~~~\n\n",
        ][..]), 1..25)
    ) {
        let text = parts.concat();
        if let Ok(runbook) = read("x.md", text.as_bytes()) {
            let lines = Lines::of(&text);
            let mut expected: Vec<u32> = blocks::blocks(&text, &lines)
                .iter()
                .filter(|piece| matches!(piece.kind, blocks::Kind::Code(_)))
                .map(|piece| piece.line)
                .collect();
            expected.sort_unstable();
            prop_assert_eq!(code_lines(&runbook), expected);
        }
    }

    #[test]
    fn scraped_pages_keep_the_invariants(rows in prop::collection::vec(prop::sample::select(&[
        "", "1", "2", "Install it", "Data Protection", "Do this:", "sudo ls", "server {", "}", "KEY=1", "#!/bin/sh", "• item", "backup.sh", "Then try it:sudo ls", "Ünï.Test it now",
        "0 2 * * * x", "[email protected]", "a \\", "Pre-Launch Checklist", "Overview", "©",
    ][..]), 41..80)) {
        check_invariants(rows.join("\n").as_bytes());
    }
}

#[test]
fn a_large_document_is_cut_without_a_difference() {
    let section = "## Phase\n\n- [ ] do\n\n```sh\n# no heading\nmake\n```\n\nWords and words.\n\n";
    let text = format!("# T\n\n{}", section.repeat(9000));
    let runbook = read("x.md", text.as_bytes()).expect("it is text");
    assert_eq!(runbook.phases.len(), 9000);
    assert_eq!(all_steps(&runbook).len(), 9000);
    assert_eq!(code_lines(&runbook).len(), 9000);
}
