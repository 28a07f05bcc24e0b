//! Choosing what to walk: the picker of `gonogo` without a file, and the question about an unfinished run.
//!
//! Both work on plain data that the caller has gathered; nothing is opened or read here.

use super::field::{Field, Taken};
use super::input::Input;
use super::keys::Key;
use super::look::{Look, Sign};
use super::msg::Msg;
use super::terminal::Screen;
use super::text::{count, fit, width};
use super::theme::Tone;
use super::{Settings, view};
use anyhow::Context as _;
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Something that can be walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickItem {
    /// A run that was begun and not closed.
    Run {
        /// The run's full id.
        id: String,
        title: String,
        /// `31 %, 2 blockers, dana, 3 h ago`: whatever is known, in a clause.
        about: String,
    },
    /// A runbook that was found.
    Runbook {
        path: PathBuf,
        title: String,
        phases: usize,
        steps: usize,
        /// How it went the last time, in a clause; empty when it was never walked.
        last: String,
        about: PickAbout,
    },
    /// The tour that is built in.
    Demo,
}

/// What is shown of the runbook under the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PickAbout {
    /// `2 warnings, 1 hint`
    pub problems: String,
    /// Its phases, one a line.
    pub preview: Vec<String>,
}

/// What the operator chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// Resume the run with this id.
    Run(String),
    /// Open this file.
    Runbook(PathBuf),
    Demo,
}

/// An unfinished run of the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumption {
    /// The run's short id.
    pub run: String,
    /// `begun 2026-11-21 02:14 by dana, 31 %, 1 command with an unknown end`: one clause each.
    pub about: Vec<String>,
}

/// The answer to the question whether to resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Resume,
    New,
}

/// Lets the operator pick; unfinished runs should come first. `None` when they left.
///
/// # Errors
/// When the terminal cannot be used.
pub fn pick(items: &[PickItem], settings: &Settings) -> anyhow::Result<Option<Picked>> {
    let answer = ask(Page::List(List::new(items)), settings)?;
    Ok(answer.and_then(|place| items.get(place)).map(|item| match item {
        PickItem::Run { id, .. } => Picked::Run(id.clone()),
        PickItem::Runbook { path, .. } => Picked::Runbook(path.clone()),
        PickItem::Demo => Picked::Demo,
    }))
}

/// Asks whether to resume an unfinished run of the same bytes or to begin a new one. `None` when the operator left.
///
/// # Errors
/// When the terminal cannot be used.
pub fn choose_resume(title: &str, found: &Resumption, settings: &Settings) -> anyhow::Result<Option<Choice>> {
    let page = Page::Question(Question { title: title.to_owned(), found: found.clone(), cursor: 0 });
    let answer = ask(page, settings)?;
    Ok(answer.map(|place| if place == 0 { Choice::Resume } else { Choice::New }))
}

/// What is asked.
enum Page {
    List(List),
    Question(Question),
}

/// What a key led to.
enum Pressed {
    Stay,
    Leave,
    /// Place among the items or answers.
    Chosen(usize),
}

impl Page {
    fn press(&mut self, key: Key) -> Pressed {
        if key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL {
            return Pressed::Leave;
        }
        match self {
            Page::List(list) => list.press(key),
            Page::Question(question) => question.press(key),
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, look: &Look) {
        match self {
            Page::List(list) => list.draw(frame, look),
            Page::Question(question) => question.draw(frame, look),
        }
        view::reduce(frame, look);
    }
}

/// Shows a page until it is answered.
fn ask(mut page: Page, settings: &Settings) -> anyhow::Result<Option<usize>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start timers")?;
    runtime.block_on(async {
        let mut signals = super::signals::Signals::listen().context("cannot listen for signals")?;
        let mut screen = Screen::enter(settings).context("cannot use the terminal")?;
        let (sender, mut messages) = mpsc::channel(64);
        let _input = Input::start(sender, super::input::Late::Nothing).context("cannot read keys")?;
        let look = settings.look();
        loop {
            screen.draw(|frame| page.draw(frame, &look))?;
            let msg = tokio::select! {
                biased;
                () = signals.end() => None,
                msg = messages.recv() => msg,
            };
            let pressed = match msg {
                None => Pressed::Leave,
                Some(Msg::Key(key)) => page.press(key),
                Some(_) => Pressed::Stay,
            };
            match pressed {
                Pressed::Stay => {}
                Pressed::Leave => return Ok(None),
                Pressed::Chosen(place) => return Ok(Some(place)),
            }
        }
    })
}

/// The picker.
struct List {
    items: Vec<PickItem>,
    field: Field,
    cursor: usize,
}

impl List {
    fn new(items: &[PickItem]) -> Self {
        List { items: items.to_vec(), field: Field::default(), cursor: 0 }
    }

    /// Places of the items that fit what is typed: every word occurs.
    fn shown(&self) -> Vec<usize> {
        let typed = self.field.text().to_lowercase();
        let fits = |item: &PickItem| {
            let text = match item {
                PickItem::Run { id, title, about } => format!("{id} {title} {about} run"),
                PickItem::Runbook { path, title, last, .. } => format!("{} {title} {last}", path.display()),
                PickItem::Demo => "demo built in tour".to_owned(),
            };
            typed.split_whitespace().all(|word| text.to_lowercase().contains(word))
        };
        (0..self.items.len()).filter(|place| fits(&self.items[*place])).collect()
    }

    fn press(&mut self, key: Key) -> Pressed {
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter => return shown.get(self.cursor).map_or(Pressed::Stay, |place| Pressed::Chosen(*place)),
            KeyCode::Esc if self.field.is_blank() => return Pressed::Leave,
            KeyCode::Esc => self.field = Field::default(),
            // As long as nothing is typed, letters that walk everywhere else walk here.
            KeyCode::Char('q') if self.field.text().is_empty() => return Pressed::Leave,
            KeyCode::Char('j') if self.field.text().is_empty() => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Char('k') if self.field.text().is_empty() => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Char('/') if self.field.text().is_empty() => {}
            KeyCode::Down | KeyCode::Tab => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Up => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::PageDown => self.cursor = (self.cursor + 10).min(last),
            KeyCode::PageUp => self.cursor = self.cursor.saturating_sub(10),
            _ => {
                if self.field.press(key) == Taken::Yes {
                    self.cursor = 0;
                }
            }
        }
        Pressed::Stay
    }

    fn draw(&self, frame: &mut Frame<'_>, look: &Look) {
        let area = frame.area();
        if view::too_small(frame) {
            return;
        }
        let columns = usize::from(area.width);
        let shown = self.shown();
        let head = view::justified(
            vec![look.span(" gonogo  ", Tone::Accent), look.span("what do you walk?", Tone::Title)],
            vec![look.span(format!("{} of {} ", shown.len(), self.items.len()), Tone::Muted)],
            columns,
        );
        let field = Line::from(vec![look.span(" > ", Tone::Key), look.span(self.field.shown(), Tone::Text)]);
        view::write_lines(frame, area, &[head, field]);
        let before = u16::try_from(width(&self.field.shown_before())).unwrap_or(0);
        frame.set_cursor_position(Position { x: (3 + before).min(area.width - 1), y: area.y + 1 });
        let about = self.about(&shown, look, columns);
        let low = if area.height >= 16 { u16::try_from(about.len()).unwrap_or(0) } else { 0 };
        let body = Rect { y: area.y + 3, height: area.height.saturating_sub(5 + low), ..area };
        view::write_lines(frame, Rect { y: area.bottom() - 1 - low, height: low, ..area }, &about);
        let rows = self.rows(&shown, look, columns);
        let at = rows.iter().position(|(place, _)| *place == Some(self.cursor)).unwrap_or(0);
        let top = (at + 2).saturating_sub(usize::from(body.height)).min(rows.len().saturating_sub(1));
        for ((place, line), y) in rows.iter().skip(top).zip(body.y..body.bottom()) {
            frame.buffer_mut().set_line(body.x, y, line, body.width);
            if *place == Some(self.cursor) {
                frame.buffer_mut().set_style(Rect { y, height: 1, ..body }, look.style(Tone::Selection));
            }
        }
        let keys = [("Enter", "open"), ("j k", "move"), ("type", "filter"), ("Esc", "clear"), ("q", "leave")];
        let keys = keys.into_iter().flat_map(|(key, word)| {
            [look.span(format!(" {key}"), Tone::Key), look.span(format!(" {word} "), Tone::Hint)]
        });
        view::write_lines(frame, Rect { y: area.bottom() - 1, height: 1, ..area }, &[keys.collect::<Line<'_>>()]);
    }

    /// What is known of the runbook under the cursor.
    fn about(&self, shown: &[usize], look: &Look, columns: usize) -> Vec<Line<'static>> {
        let Some(PickItem::Runbook { about, path, .. }) = shown.get(self.cursor).map(|place| &self.items[*place])
        else {
            return Vec::new();
        };
        let head = format!(" {}: {}", path.display(), about.problems);
        let phases = format!(" {}", about.preview.join(&format!(" {} ", look.sign(Sign::Dot))));
        let mut lines = vec![Line::default(), Line::from(look.span(fit(&head, columns), Tone::Text))];
        let mut more = super::text::wrap_plain(&phases, look.style(Tone::Muted), columns.saturating_sub(1));
        more.truncate(3);
        lines.extend(more);
        lines
    }

    /// Lines with the place of their item among those shown; headings have none.
    fn rows(&self, shown: &[usize], look: &Look, columns: usize) -> Vec<(Option<usize>, Line<'static>)> {
        let mut rows = Vec::new();
        let mut heading = "";
        for (place, item) in shown.iter().enumerate() {
            let item = &self.items[*item];
            let (name, line) = match item {
                PickItem::Run { id, title, about } => {
                    let short = crate::run::event::RunId(id.clone()).short();
                    let left =
                        vec![look.span(format!("   {short}  "), Tone::Accent), look.span(title.clone(), Tone::Text)];
                    (
                        "Unfinished runs",
                        view::justified(left, vec![look.span(format!("  {about} "), Tone::Muted)], columns),
                    )
                }
                PickItem::Runbook { path, title, phases, steps, last, .. } => {
                    let last = if last.is_empty() { "never walked" } else { last };
                    let (phases, steps) = (count(*phases, "phase"), count(*steps, "step"));
                    // What it is called comes before how large it is.
                    let about = match columns {
                        80.. => format!("  {phases}, {steps}, {last} "),
                        60.. => format!("  {steps}, {last} "),
                        _ => format!("  {steps} "),
                    };
                    let room = columns.saturating_sub(width(&about) + 3);
                    let title = fit(title, room);
                    let rest = room.saturating_sub(width(&title) + 2);
                    let mut left = vec![look.span(format!("   {title}"), Tone::Text)];
                    if rest > 4 {
                        let path = fit(&path.display().to_string(), rest);
                        left.push(look.span(format!("  {path}"), Tone::Muted));
                    }
                    ("Runbooks", view::justified(left, vec![look.span(about, Tone::Muted)], columns))
                }
                PickItem::Demo => {
                    ("Try it", Line::from(look.span("   A safe tour of three phases, built in", Tone::Text)))
                }
            };
            if name != heading {
                if !rows.is_empty() {
                    rows.push((None, Line::default()));
                }
                rows.push((None, Line::from(look.span(format!(" {name}"), Tone::Heading))));
                heading = name;
            }
            rows.push((Some(place), line));
        }
        if rows.is_empty() {
            let text = if self.items.is_empty() {
                " No runbook was found here: gonogo FILE opens one, gonogo demo shows a tour."
            } else {
                " Nothing fits; Esc clears the filter."
            };
            rows.push((None, Line::from(look.span(text, Tone::Muted))));
        }
        rows
    }
}

/// Resume or begin anew.
struct Question {
    title: String,
    found: Resumption,
    cursor: usize,
}

impl Question {
    fn press(&mut self, key: Key) -> Pressed {
        match key.code {
            KeyCode::Enter => return Pressed::Chosen(self.cursor),
            KeyCode::Char('r' | 'y') => return Pressed::Chosen(0),
            KeyCode::Char('n') => return Pressed::Chosen(1),
            KeyCode::Esc | KeyCode::Char('q') => return Pressed::Leave,
            KeyCode::Up | KeyCode::Left | KeyCode::Char('k' | 'h') => self.cursor = 0,
            KeyCode::Down | KeyCode::Right | KeyCode::Char('j' | 'l') => self.cursor = 1,
            KeyCode::Tab => self.cursor = 1 - self.cursor,
            _ => {}
        }
        Pressed::Stay
    }

    fn draw(&self, frame: &mut Frame<'_>, look: &Look) {
        if view::too_small(frame) {
            return;
        }
        let columns = usize::from(frame.area().width.saturating_sub(4)).min(76);
        let text = format!("Run {} of exactly this runbook is not finished:", self.found.run);
        let mut lines = vec![Line::default()];
        lines.extend(super::text::wrap_plain(&text, look.style(Tone::Text), columns));
        for clause in &self.found.about {
            let bullet = look.span(format!("  {} ", look.sign(Sign::Bullet)), Tone::Accent);
            let rest = [Span::raw("    ")];
            lines.extend(super::text::wrap(&[look.span(clause.clone(), Tone::Text)], columns, &[bullet], &rest));
        }
        lines.push(Line::default());
        let first = lines.len();
        lines.push(Line::from(look.span(" r  Resume it: nothing runs again by itself", Tone::Text)));
        lines.push(Line::from(look.span(" n  Begin a new run; the other stays as it is", Tone::Text)));
        lines.push(Line::default());
        lines.push(Line::from(look.span("Enter confirm   Esc leave", Tone::Hint)));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let size = (u16::try_from(columns).unwrap_or(76), height);
        let inside = view::over_area(frame, look, frame.area(), &self.title, size);
        view::write_lines(frame, inside, &lines);
        let y = inside.y + u16::try_from(first + self.cursor).unwrap_or(0);
        if y < inside.bottom() {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..inside }, look.style(Tone::Selection));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::{look, screen};
    use crate::tui::keys::notation;

    fn items() -> Vec<PickItem> {
        let runbook = |path: &str, title: &str, last: &str| PickItem::Runbook {
            path: PathBuf::from(path),
            title: title.to_owned(),
            phases: 4,
            steps: 23,
            last: last.to_owned(),
            about: PickAbout {
                problems: "1 warning".to_owned(),
                preview: vec!["1 Preparation (3)".to_owned(), "2 Database (20)".to_owned()],
            },
        };
        vec![
            PickItem::Run {
                id: "01JDZX4T7Q2R9V5W3K8M7F3CAB".to_owned(),
                title: "Photo site launch".to_owned(),
                about: "31 %, HOLD, dana, 3 h ago".to_owned(),
            },
            runbook("runbooks/deploy.md", "Acme API production", "GO 3 days ago"),
            runbook("docs/restore.md", "Restore drill", ""),
            PickItem::Demo,
        ]
    }

    fn after(mut page: Page, keys: &str) -> (Page, Option<usize>) {
        for key in notation(keys) {
            match page.press(key) {
                Pressed::Stay => {}
                Pressed::Leave => return (page, None),
                Pressed::Chosen(place) => return (page, Some(place)),
            }
        }
        (page, None)
    }

    #[test]
    fn the_picker_lists_filters_and_opens() {
        let page = || Page::List(List::new(&items()));
        insta::assert_snapshot!(screen(80, 20, |frame| page().draw(frame, &look())));
        assert_eq!(after(page(), "<enter>").1, Some(0));
        assert_eq!(after(page(), "jj<enter>").1, Some(2));
        assert_eq!(after(page(), "drill<enter>").1, Some(2));
        assert_eq!(after(page(), "nothing<enter><esc><down><enter>").1, Some(1));
        let (filtered, _) = after(page(), "acme");
        insta::assert_snapshot!("filtered", screen(60, 12, |frame| filtered.draw(frame, &look())));
    }

    #[test]
    fn picker_and_question_at_every_size_and_in_ascii() {
        let found = Resumption { run: "m7f3ca".to_owned(), about: vec!["begun 2026-11-21 02:14 by dana".to_owned()] };
        let ascii = Look { glyphs: crate::tui::Glyphs::Ascii, ..look() };
        let mut shown = Vec::new();
        for (cols, rows) in [(120, 36), (80, 24), (60, 20), (40, 10)] {
            let list = Page::List(List::new(&items()));
            let question = Page::Question(Question { title: "Acme API".to_owned(), found: found.clone(), cursor: 0 });
            shown.push(screen(cols, rows, |frame| list.draw(frame, &look())));
            shown.push(screen(cols, rows, |frame| question.draw(frame, &look())));
            for page in [list, question] {
                let reduced = screen(cols, rows, |frame| page.draw(frame, &ascii));
                assert!(reduced.is_ascii(), "{reduced}");
            }
        }
        insta::assert_snapshot!(shown.join("\n=====\n"));
    }

    #[test]
    fn resume_has_the_focus() {
        let found = Resumption {
            run: "m7f3ca".to_owned(),
            about: vec!["begun 2026-11-21 02:14 by dana".to_owned(), "1 command has an unknown end".to_owned()],
        };
        let page = || Page::Question(Question { title: "Acme API".to_owned(), found: found.clone(), cursor: 0 });
        insta::assert_snapshot!(screen(80, 16, |frame| page().draw(frame, &look())));
        assert_eq!(after(page(), "<enter>").1, Some(0));
        assert_eq!(after(page(), "j<enter>").1, Some(1));
        assert_eq!(after(page(), "n").1, Some(1));
        assert_eq!(after(page(), "<esc>").1, None);
    }
}
