//! Self-contained web pages: a single file without scripts that fetches nothing and can be kept, mailed and printed. Its own
//! policy allows nothing else.
//!
//! The texts of reports are hostile. `maud::html!` escapes every value by its type, except [`maud::Markup`], which only the
//! macro creates: `PreEscaped` is used in [`page`] and in the frame of the console's pages alone. That module also removes control and bidirectional characters from
//! the whole page.
//!
//! This module knows nothing of what the pages are about, and does no I/O.

pub mod page;
pub mod table;
pub mod timeline;
pub mod values;
