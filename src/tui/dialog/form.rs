//! The values form: placeholders of commands and variables of the front matter.

use crate::run::decide::{Execute, Intent};
use crate::run::state::is_offered;
use crate::run::{Run, Value};
use crate::runbook::{Runbook, Step, Variable};
use crate::tui::field::Field;
use crate::tui::msg::{Act, Secret};
use regex::Regex;

/// Values to be given, one row each.
#[derive(Debug, Clone)]
pub struct Form {
    pub rows: Vec<Row>,
    pub cursor: usize,
    pub complaint: Option<String>,
    /// What was refused for want of a value, to be tried again.
    pub then: Option<Execute>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub name: String,
    /// The placeholder as it stands in the command.
    pub hole: String,
    /// What to enter: the author's prompt, or the placeholder as it stands.
    pub prompt: String,
    pub variable: Variable,
    /// What the run has already.
    pub given: Option<Value>,
    /// The environment variable that was taken from.
    pub from: Option<String>,
    pub field: Field,
}

impl Form {
    /// Asks for the placeholders of one step, or of the whole runbook, and the author's variables.
    #[must_use]
    pub fn new(book: &Runbook, run: &Run, step: Option<&Step>, then: Option<Execute>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        let of_step = step.into_iter().flat_map(Step::commands);
        let of_book = book.steps().flat_map(Step::commands).filter(|_| step.is_none());
        for command in of_step.chain(of_book).filter(|command| is_offered(command)) {
            for hole in &command.placeholders {
                if rows.iter().all(|row| row.name != hole.name) {
                    let variable = book.front.vars.get(&hole.name).cloned().unwrap_or_default();
                    rows.push(Row::new(run, &hole.name, &hole.text, variable));
                }
            }
        }
        for (name, variable) in &book.front.vars {
            if then.is_none() && rows.iter().all(|row| row.name != *name) {
                rows.push(Row::new(run, name, name, variable.clone()));
            }
        }
        let cursor = rows.iter().position(|row| row.given.is_none()).unwrap_or(0);
        Form { rows, cursor, complaint: None, then }
    }

    /// Says which values are missing. One that was given to an earlier process as a secret is gone with it: asked again.
    /// A variable that the command names without a placeholder gets a row of its own.
    pub fn demand(&mut self, book: &Runbook, run: &Run, missing: &[String]) {
        let declared = missing.iter().filter_map(|name| name.strip_prefix('$'));
        for (name, variable) in declared.filter_map(|name| book.front.vars.get_key_value(name)) {
            if self.rows.iter().all(|row| row.name != *name) {
                self.rows.push(Row::new(run, name, name, variable.clone()));
            }
        }
        for row in self.rows.iter_mut().filter(|row| missing.contains(&row.hole) || missing.contains(&row.name)) {
            row.given = None;
            row.from = None;
            if !row.field.is_hidden() && row.field.is_blank() {
                row.field.set(row.variable.default.as_deref().unwrap_or(""));
            }
        }
        self.cursor = self.rows.iter().position(|row| row.given.is_none()).unwrap_or(0);
        self.complaint = Some(format!("fill in first: {}", missing.join(", ")));
    }

    /// What the filled form leads to: the values that changed, then what waited for them.
    ///
    /// # Errors
    /// The row that is not in order, and what is wrong with it.
    pub fn answer(&self) -> Result<Vec<Act>, (usize, String)> {
        let mut acts = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let text = row.field.text();
            if text.is_empty() {
                if self.then.is_some() && row.given.is_none() {
                    return Err((place, format!("{} is still empty", row.name)));
                }
                continue;
            }
            row.check().map_err(|what| (place, what))?;
            let (name, value) = (row.name.clone(), text.to_owned());
            if row.variable.secret {
                acts.push(Act::GiveSecret(Secret { name, value }));
            } else if row.given != Some(Value::Plain(value.clone())) {
                acts.push(Act::Intend(Intent::Give { name, value: Value::Plain(value) }));
            }
        }
        acts.extend(self.then.clone().map(|execute| Act::Intend(Intent::Execute(execute))));
        Ok(acts)
    }
}

impl Row {
    fn new(run: &Run, name: &str, text: &str, variable: Variable) -> Self {
        let given = run.values.get(name).cloned();
        let field = match (&given, variable.secret) {
            (_, true) | (Some(Value::Secret), false) => Field::hidden(),
            (Some(Value::Plain(value)), false) => Field::new(value),
            (None, false) => Field::new(variable.default.as_deref().unwrap_or("")),
        };
        let prompt = variable.prompt.clone().unwrap_or_else(|| text.to_owned());
        let from = run.sources.get(name).cloned();
        Row { name: name.to_owned(), hole: text.to_owned(), prompt, variable, given, from, field }
    }

    fn check(&self) -> Result<(), String> {
        let text = self.field.text();
        let choices = &self.variable.choices;
        if !choices.is_empty() && choices.iter().all(|choice| choice != text) {
            return Err(format!("{} must be one of {}", self.name, choices.join(", ")));
        }
        if let Some(pattern) = &self.variable.pattern
            && let Ok(regex) = Regex::new(&format!("^(?:{pattern})$"))
            && !regex.is_match(text)
        {
            return Err(format!("{} must match {pattern}", self.name));
        }
        Ok(())
    }

    /// The next or previous of the author's choices.
    pub fn turn(&mut self, by: isize) {
        let choices = &self.variable.choices;
        if choices.is_empty() {
            return;
        }
        let at = choices.iter().position(|choice| choice == self.field.text());
        let next = at.map_or(0, |at| (at.cast_signed() + by).rem_euclid(choices.len().cast_signed()).cast_unsigned());
        let chosen = choices[next].clone();
        self.field.set(&chosen);
    }
}
