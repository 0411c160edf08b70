//! How the work on a segment shares a core with the threads that answer browsers. The kernel lets a thread that has nothing
//! to wait for run for milliseconds, and requests wait behind it; so this thread offers its core to others every few dozen
//! microseconds.

use std::thread;

/// Records or rows from one offer to the next: some 30 µs of reading, or 200 µs of writing.
const ITEMS: usize = 128;

/// Whether there is time for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Others go first: nothing waits behind the segment.
    Leisurely,
    /// Segments wait behind it. On a machine without a pause, a thread that always lets others go first would never catch up.
    Hurried,
}

impl Pace {
    /// The same items, with offers between them.
    pub(super) fn of<T>(self, items: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        let mut offers = self.offers();
        items.inspect(move |_| offers.after(1))
    }

    /// Offers for work that is done in pieces of several items.
    pub(super) fn offers(self) -> Offers {
        Offers { pace: self, items: 0 }
    }
}

/// Counts what was done since the last offer.
pub(super) struct Offers {
    pace: Pace,
    items: usize,
}

impl Offers {
    /// Makes an offer, if this many items more are enough for one.
    pub(super) fn after(&mut self, items: usize) {
        self.items += items;
        if self.items >= ITEMS {
            self.items = 0;
            if self.pace == Pace::Leisurely {
                thread::yield_now();
            }
        }
    }
}
