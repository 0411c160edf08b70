//! Standard output, whose reader may leave before all is said: `cspwatch schema | head`. That is the reader's choice and
//! no failure, so no command writes to `std::io::stdout` itself.

use std::error::Error;
use std::io::{self, ErrorKind, IsTerminal as _, StdoutLock, Write};

/// Standard output, locked.
pub struct Stdout {
    out: StdoutLock<'static>,
    is_closed: bool,
    ends_with_reader: bool,
}

/// For a command whose work or exit code counts although nobody reads: what is written after the reader left is dropped,
/// and the command goes on to its end.
pub fn stdout() -> Stdout {
    Stdout { out: handle().lock(), is_closed: false, ends_with_reader: false }
}

/// For a command that does nothing but print, and that for long: after the reader left, writing fails with an error that
/// [`is_closed`] knows, so that the command ends.
pub fn stdout_while_read() -> Stdout {
    Stdout { ends_with_reader: true, ..stdout() }
}

/// Whether an error only says that nobody reads standard output any more. A pipe or connection that broke elsewhere is
/// another matter.
pub fn is_closed(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<Closed>()) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[derive(Debug, thiserror::Error)]
#[error("nobody reads it any more")]
struct Closed;

/// Whether it is a terminal.
pub fn is_terminal() -> bool {
    handle().is_terminal()
}

/// What it is, to be asked about; to write, take [`stdout`].
#[expect(clippy::disallowed_methods, reason = "the one place that has it")]
pub fn handle() -> io::Stdout {
    io::stdout()
}

impl Stdout {
    /// Writes, as long as somebody reads. `dropped` is the success of a write that nobody reads.
    fn unless_closed<T>(
        &mut self,
        dropped: T,
        write: impl FnOnce(&mut StdoutLock<'static>) -> io::Result<T>,
    ) -> io::Result<T> {
        if !self.is_closed {
            match write(&mut self.out) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.is_closed = true,
                result => return result,
            }
        }
        if self.ends_with_reader {
            return Err(io::Error::new(ErrorKind::BrokenPipe, Closed));
        }
        Ok(dropped)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), |out| out.flush())
    }
}
