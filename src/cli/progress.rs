//! How far a long command is, on standard error.

use std::time::{Duration, Instant};

use super::eprintln_line;

/// How often the progress is printed.
const EVERY: Duration = Duration::from_secs(2);

/// Counts what is done, and prints the count now and then.
pub(super) struct Progress {
    /// What is counted, in the plural.
    things: &'static str,
    /// How many there are, where that is known.
    all: Option<usize>,
    done: usize,
    printed: Instant,
}

impl Progress {
    pub(super) fn new(things: &'static str, all: Option<usize>) -> Self {
        Self { things, all, done: 0, printed: Instant::now() }
    }

    /// Counts one more.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if self.printed.elapsed() >= EVERY {
            self.printed = Instant::now();
            let all = self.all.map_or_else(String::new, |all| format!(" of {all}"));
            eprintln_line(&format!("{}{all} {}", self.done, self.things));
        }
    }
}
