//! Items that begin with the same bold word: "**Target**: check the disk", "**Target**: copy the files". The word says
//! where or for whom, and not what; what is said behind it is part of their titles.

use crate::runbook::{Block, Step};

/// Puts what neighbours of one name say behind it into their titles, at all depths.
pub fn spell_out(steps: &mut [Step]) {
    // Most lists have no two neighbours of one name, and comparing lengths settles that.
    if steps.windows(2).any(|pair| pair[0].title == pair[1].title && says_more(&pair[0]) && says_more(&pair[1])) {
        let shared: Vec<String> =
            steps.windows(2).filter(|pair| pair[0].title == pair[1].title).map(|pair| pair[0].title.clone()).collect();
        // A word that stands twice in a row is no title of any item.
        for step in steps.iter_mut().filter(|step| says_more(step) && shared.contains(&step.title)) {
            spell(step);
        }
    }
    for step in steps {
        spell_out(&mut step.steps);
    }
}

/// Whether words stand behind the bold ones on the item's own line.
fn says_more(step: &Step) -> bool {
    matches!(step.blocks.first(), Some(Block::Prose(quote)) if quote.line == step.line && !quote.text.trim().is_empty())
}

fn spell(step: &mut Step) {
    let Some(Block::Prose(quote)) = step.blocks.first_mut() else {
        return;
    };
    let (first, rest) = quote.text.split_once('\n').unwrap_or((&quote.text, ""));
    step.title = format!("{}: {}", step.title, first.trim());
    let rest = rest.trim_start().to_owned();
    if rest.is_empty() {
        step.blocks.remove(0);
    } else {
        quote.text = rest;
    }
}

#[cfg(test)]
mod tests {
    use crate::runbook::read::read;

    fn titles(text: &str) -> Vec<String> {
        let book = read("a.md", text.as_bytes()).expect("text");
        book.steps().map(|step| step.title.clone()).collect()
    }

    #[test]
    fn a_word_that_stands_twice_in_a_row_is_no_title() {
        let text = "# T\n## Go\n- [ ] **Pier**: Oil it\n- [ ] **Pier**: Look\n  around\n- [ ] **Mast**: Wait\n- [ ] **Pier** - Leave\n";
        assert_eq!(titles(text), ["Pier: Oil it", "Pier: Look", "Mast", "Pier: Leave"]);
        let text = "# T\n## Go\n- [ ] **Oil**: the pier\n- [ ] **Look**: at the mast\n- [ ] **Oil**: the mast\n";
        assert_eq!(titles(text), ["Oil", "Look", "Oil"]);
        let text = "# T\n## Go\n- [ ] **Wait**\n- [ ] **Wait**\n";
        assert_eq!(titles(text), ["Wait", "Wait"]);
    }
}
