//! Writing to the outer terminal without ever asking it anything.
//!
//! ratatui asks the terminal where its cursor is whenever it clears the screen. The answer arrives among the keys, and a
//! terminal that does not answer (a serial console, a log, a slow link) would cost two seconds and then an error. The
//! whole screen is ours, so the place of the cursor is known without asking.

use super::link::Link;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};

/// A backend that remembers the cursor instead of asking for it.
pub(super) struct Unasking<W: Write> {
    inner: CrosstermBackend<W>,
    cursor: Position,
    /// Words of the frame that the terminal can open.
    pub(super) links: Vec<Link>,
}

impl<W: Write> Unasking<W> {
    pub(super) fn new(writer: W) -> Self {
        Unasking { inner: CrosstermBackend::new(writer), cursor: Position::ORIGIN, links: Vec::new() }
    }
}

impl<W: Write> Unasking<W> {
    /// A cell with the order to open its link around it. Each stands for itself, so that any part of a frame can be drawn anew.
    fn linked(&self, x: u16, y: u16, cell: &Cell) -> Cell {
        let mut cell = cell.clone();
        let here = |link: &&Link| link.line == usize::from(y) && (link.from..link.to).contains(&usize::from(x));
        if let Some(link) = self.links.iter().find(here) {
            let linked = format!("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", link.address, cell.symbol());
            cell.set_symbol(&linked);
        }
        cell
    }
}

impl<W: Write> Write for Unasking<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Unasking<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        if self.links.is_empty() {
            return self.inner.draw(content);
        }
        let linked: Vec<(u16, u16, Cell)> = content.map(|(x, y, cell)| (x, y, self.linked(x, y, cell))).collect();
        self.inner.draw(linked.iter().map(|(x, y, cell)| (*x, *y, cell)))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        // ratatui complains on standard error when this fails while it is dropped, and panics when that is gone as well:
        // just what happens when the terminal was closed. Then there is no cursor to show.
        let _ = self.inner.show_cursor();
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.cursor = position.into();
        self.inner.set_cursor_position(self.cursor)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.inner.clear_region(region)
    }

    /// Asked for each frame: of the descriptor that is written to. crossterm would open the terminal's device anew each time.
    fn size(&self) -> io::Result<Size> {
        match rustix::termios::tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Ok(Size::new(size.ws_col, size.ws_row)),
            Ok(_) | Err(_) => self.inner.size(),
        }
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Wire(Rc<RefCell<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_cell_of_a_link_carries_its_address() {
        let wire = Wire::default();
        let mut backend = Unasking::new(wire.clone());
        backend.links = vec![Link { line: 2, from: 4, to: 5, address: "https://a.example".to_owned() }];
        let cell = Cell::new("x");
        backend.draw([(3, 2, &cell), (4, 2, &cell), (5, 2, &cell)].into_iter()).unwrap();
        let written = String::from_utf8(wire.0.borrow().clone()).unwrap();
        assert!(written.contains("x\x1b]8;;https://a.example\x1b\\x\x1b]8;;\x1b\\x"), "{written:?}");
    }
}
