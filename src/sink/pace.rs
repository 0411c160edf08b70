//! How the work on a segment shares a core with the threads that answer browsers. The kernel lets a thread that has nothing
//! to wait for run for milliseconds, and requests wait behind it; so this thread offers its core to others every few dozen
//! microseconds.

use std::thread;

/// Records or rows from one offer to the next: some 30 µs of reading, or 200 µs of writing.
const ITEMS: u32 = 128;

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
        let mut until_offer = ITEMS;
        items.inspect(move |_| {
            until_offer -= 1;
            if until_offer == 0 {
                until_offer = ITEMS;
                if self == Self::Leisurely {
                    thread::yield_now();
                }
            }
        })
    }
}
