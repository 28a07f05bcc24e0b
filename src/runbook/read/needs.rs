//! Whether what blocks need is there, and can ever be passed before them.

use super::attributes::nearest;
use super::findings::Findings;
use crate::runbook::need::{Index, Named};
use crate::runbook::{Command, Phase, Runbook, Step};
use std::collections::HashMap;

/// Reports names that stand for nothing, and blocks that wait for themselves.
pub fn check(book: &Runbook, findings: &mut Findings) {
    let all = || book.steps().flat_map(|step| step.commands().map(move |command| (step, command)));
    let index = Index::of(book);
    for (_, command) in all() {
        for name in command.options.needs.iter().filter(|name| index.get(name).is_none()) {
            unknown(name, command, &index, findings);
        }
    }
    for step in book.steps() {
        for command in in_circles(step, &index) {
            let message = "this block needs what needs it, in the same step: neither can ever run";
            findings.error("needs-cycle", message, command.span.clone()).hint("take one of the two `needs` away");
        }
    }
    let mut walk = Walk { index, seen: HashMap::new() };
    for (step, command) in all().filter(|(_, command)| !command.options.needs.is_empty()) {
        if walk.leads_back(Node::Step(step)) {
            let message = format!("“{}” needs what needs it: neither can ever run", step.title);
            findings.error("needs-cycle", message, command.span.clone()).hint("take one of the two `needs` away");
        }
    }
}

/// The first block of each circle among the blocks of one step.
fn in_circles<'a>(step: &'a Step, index: &Index<'a>) -> Vec<&'a Command> {
    let blocks: Vec<&Command> = step.commands().collect();
    if blocks.iter().all(|block| block.options.needs.is_empty()) {
        return Vec::new();
    }
    let needed = |at: usize| -> Vec<usize> {
        let own = |name: &String| match index.get(name)? {
            Named::Block { step: other, index, .. } if std::ptr::eq(other, step) => Some(index),
            Named::Block { .. } | Named::Step(_) | Named::Phase(_) => None,
        };
        blocks[at].options.needs.iter().filter_map(own).collect()
    };
    let mut found = Vec::new();
    let mut is_done = vec![false; blocks.len()];
    for start in 0..blocks.len() {
        let mut reached = vec![false; blocks.len()];
        let mut open = if is_done[start] { Vec::new() } else { needed(start) };
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut reached[at], true) && !is_done[at] {
                open.extend(needed(at));
            }
        }
        if reached[start] {
            found.push(blocks[start]);
        }
        // Whatever is needed from here has been looked at: what leads into it later closes no new circle.
        is_done[start] = true;
        if reached[start] {
            is_done.iter_mut().zip(reached).for_each(|(done, reached)| *done |= reached);
        }
    }
    found
}

fn unknown(name: &str, command: &Command, index: &Index<'_>, findings: &mut Findings) {
    let message = format!("`needs={name}` names no step, block or phase");
    let mut known: Vec<&str> = index.names().filter(|known| known.starts_with(char::is_alphabetic)).collect();
    known.sort_unstable();
    let hint = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name the id or number of a step, the name of a block or the id of a phase".to_owned(),
    };
    findings.error("unknown-need", message, command.span.clone()).hint(hint);
}

/// A place that can be needed, or holds one that can.
#[derive(Clone, Copy)]
enum Node<'a> {
    Step(&'a Step),
    Phase(&'a Phase),
}

impl Node<'_> {
    /// Steps and phases may share ids; their places in memory differ.
    fn key(self) -> usize {
        match self {
            Node::Step(step) => std::ptr::from_ref(step) as usize,
            Node::Phase(phase) => std::ptr::from_ref(phase) as usize,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// On the way to where the search is.
    Open,
    Done,
}

/// A search along `needs`, depth first; each place is looked at once in the whole document.
struct Walk<'a> {
    index: Index<'a>,
    seen: HashMap<usize, Seen>,
}

impl<'a> Walk<'a> {
    /// Whether a place is needed by what it needs. Asked again for a place that was searched, the answer is no: a circle
    /// is reported once.
    fn leads_back(&mut self, start: Node<'a>) -> bool {
        if self.seen.contains_key(&start.key()) {
            return false;
        }
        let mut circle = false;
        let mut open = vec![(start, self.next(start))];
        self.seen.insert(start.key(), Seen::Open);
        while let Some((node, next)) = open.last_mut() {
            let Some(to) = next.pop() else {
                self.seen.insert(node.key(), Seen::Done);
                open.pop();
                continue;
            };
            match self.seen.get(&to.key()) {
                Some(Seen::Open) => circle = true,
                Some(Seen::Done) => {}
                None => {
                    self.seen.insert(to.key(), Seen::Open);
                    let next = self.next(to);
                    open.push((to, next));
                }
            }
        }
        circle
    }

    /// What must be passed before a place is: what its blocks need, and everything inside it.
    fn next(&self, node: Node<'a>) -> Vec<Node<'a>> {
        match node {
            Node::Phase(phase) => phase.steps.iter().map(Node::Step).collect(),
            Node::Step(step) => {
                let needs = step.commands().flat_map(|command| &command.options.needs);
                // A block may need another one of its own step.
                let needed = needs.filter_map(|name| match self.index.get(name)? {
                    Named::Step(needed) => Some(Node::Step(needed)),
                    Named::Block { step: other, .. } if std::ptr::eq(other, step) => None,
                    Named::Block { step: other, .. } => Some(Node::Step(other)),
                    Named::Phase(phase) => Some(Node::Phase(phase)),
                });
                needed.chain(step.steps.iter().map(Node::Step)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::runbook::read::read;

    fn codes(fences: [&str; 2]) -> Vec<(u32, &'static str)> {
        let text = format!(
            "# P\n## Notes\nNone.\n## Go {{#go}}\n### Stop it {{#stop}}\n```bash {{{}}}\nls /a\n```\n### Move it {{#move}}\n```bash {{{}}}\nls /b\n```\n",
            fences[0], fences[1]
        );
        let book = read("x.md", text.as_bytes()).unwrap();
        book.problems.iter().map(|problem| (problem.line, problem.code)).collect()
    }

    #[test]
    fn what_is_needed_is_found_by_id_number_name_and_phase() {
        assert_eq!(codes(["name=halt", "needs=stop"]), []);
        assert_eq!(codes(["name=halt", "needs=2.1,halt"]), []);
        assert_eq!(codes(["name=halt", "needs=stopp"]), [(10, "unknown-need")]);
    }

    #[test]
    fn what_needs_itself_is_reported_once() {
        assert_eq!(codes(["needs=move", "needs=stop"]), [(6, "needs-cycle")]);
        assert_eq!(codes(["", "needs=move"]), [(10, "needs-cycle")]);
        assert_eq!(codes(["", "needs=go"]), [(10, "needs-cycle")]);
    }

    #[test]
    fn blocks_of_one_step_need_each_other_in_vain() {
        let codes = |first: &str, second: &str| -> Vec<(u32, &'static str)> {
            let text = format!(
                "# P\n## Go\n1. Do\n   ```bash {{name=a {first}}}\n   ls /a\n   ```\n   ```bash {{name=b {second}}}\n   ls /b\n   ```\n"
            );
            let book = read("x.md", text.as_bytes()).unwrap();
            book.problems.iter().map(|problem| (problem.line, problem.code)).collect()
        };
        assert_eq!(codes("needs=b", "needs=a"), [(4, "needs-cycle")]);
        assert_eq!(codes("", "needs=b"), [(7, "needs-cycle")]);
        assert_eq!(codes("", "needs=a"), []);
    }
}
