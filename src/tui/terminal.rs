//! The outer terminal: one guard owns every mode that is switched on, and switches all of them off again.

use super::Settings;
use super::backend::Unasking;
use super::link::Link;
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, execute, queue, style};

use ratatui::{Frame, Terminal};
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Stdout, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Most that is given to the terminal's clipboard, in bytes: xterm and its kin take about 100 kB in base 64.
const MOST_COPIED: usize = 74_000;

/// Whether wheel and clicks are taken from the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mouse {
    #[default]
    Taken,
    /// The terminal keeps them, for selecting text.
    Left,
}

/// What went to the clipboard, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Copied {
    bytes: usize,
    of: usize,
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Copied { bytes, of } = self;
        if bytes < of {
            return write!(f, "the first {bytes} of {of} bytes went to the terminal's clipboard; it takes no more");
        }
        write!(f, "{bytes} bytes went to the terminal's clipboard, if it takes them (OSC 52)")
    }
}

/// The terminal in gonogo's hands. Dropping it gives it back.
pub(super) struct Screen {
    terminal: Terminal<Unasking<BufWriter<Stdout>>>,
    mouse: Mouse,
    /// Whether the modes are on; shared with the panic hook.
    entered: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When there is none, or it cannot be set up.
    pub(super) fn enter(settings: &Settings) -> io::Result<Self> {
        // crossterm would answer NO_COLOR by leaving out bold and reverse as well. Our theme knows better.
        style::force_color_output(true);
        let entered = Arc::new(AtomicBool::new(false));
        restore_before_panic(&entered, settings.folder.clone());
        let backend = Unasking::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let mut screen = Screen { terminal: Terminal::new(backend)?, mouse: settings.mouse, entered };
        screen.resume()?;
        Ok(screen)
    }

    /// Switches the modes on, after [`Screen::suspend`] or after the process was stopped.
    pub(super) fn resume(&mut self) -> io::Result<()> {
        self.entered.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        execute!(self.terminal.backend_mut(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse == Mouse::Taken {
            execute!(self.terminal.backend_mut(), EnableMouseCapture)?;
        }
        self.terminal.clear()
    }

    /// Gives the main screen away while the keys stay raw: for a program that is proxied. [`Screen::resume`] takes it back,
    /// and so does the end of this process, whatever its reason.
    pub(super) fn lend(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().flush()?;
        let mut out = io::stdout();
        execute!(out, DisableMouseCapture, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show)
    }

    /// Asks the terminal to put text on the clipboard (OSC 52). Terminals may ignore it, and none says whether it did.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<Copied> {
        let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST_COPIED).last();
        let copied = &text[..end.unwrap_or(0)];
        let out = self.terminal.backend_mut();
        execute!(out, CopyToClipboard::to_clipboard_from(copied))?;
        Ok(Copied { bytes: copied.len(), of: text.len() })
    }

    /// Gives the terminal back for a while.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().flush()?;
        restore(&self.entered)
    }

    /// Draws a frame; the terminal shows it as a whole.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.draw_linked(Vec::new(), draw)
    }

    /// The same, with words that the terminal can open.
    pub(super) fn draw_linked(&mut self, links: Vec<Link>, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.backend_mut().links = links;
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(draw)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Takes the mouse from the terminal, or leaves it there.
    pub(super) fn set_mouse(&mut self, mouse: Mouse) -> io::Result<()> {
        self.mouse = mouse;
        match mouse {
            Mouse::Taken => execute!(self.terminal.backend_mut(), EnableMouseCapture),
            Mouse::Left => execute!(self.terminal.backend_mut(), DisableMouseCapture),
        }
    }

    /// Rings the bell and asks the terminal to show a notice: OSC 9 (`iTerm2`, `ConEmu`) and OSC 777 (urxvt), which terminals
    /// that know neither leave out.
    pub(super) fn notify(&mut self, text: &str) -> io::Result<()> {
        let text: String = text.chars().filter(|c| !c.is_control() && *c != ';').take(120).collect();
        let out = self.terminal.backend_mut();
        write!(out, "\x07\x1b]9;{text}\x1b\\\x1b]777;notify;gonogo;{text}\x1b\\")?;
        io::Write::flush(out)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure.
        let _ = self.suspend();
    }
}

fn restore(entered: &AtomicBool) -> io::Result<()> {
    if !entered.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = io::stdout();
    execute!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    )?;
    disable_raw_mode()
}

/// A crash must be readable: the terminal is given back before the message is written, and what happened is kept in a file.
fn restore_before_panic(entered: &Arc<AtomicBool>, folder: Option<PathBuf>) {
    let entered = Arc::clone(entered);
    let inner = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if restore(&entered).is_err() {
            // There is no terminal left to speak to.
            return inner(info);
        }
        let kept = folder.as_deref().and_then(|folder| keep_crash(folder, info).ok());
        let text = "gonogo crashed. What was recorded is safe: `gonogo resume` continues the run.\n";
        let _ = io::stderr().write_all(text.as_bytes());
        match kept {
            Some(file) => {
                let _ =
                    writeln!(io::stderr(), "What happened is in {}; please send it to the authors.", file.display());
            }
            None => inner(info),
        }
    }));
}

/// Writes what happened where; names the file.
fn keep_crash(folder: &Path, info: &panic::PanicHookInfo<'_>) -> io::Result<PathBuf> {
    let path = folder.join(format!("crash-{}.txt", std::process::id()));
    let trace = std::backtrace::Backtrace::force_capture();
    let text = format!("gonogo {}\n{info}\n\n{trace}\n", env!("CARGO_PKG_VERSION"));
    private_file(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

/// Creates a file that nobody else can read, with its folder.
pub fn private_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}
