//! Folding: identical violations within the open segment become one row with a count.

mod fingerprint;
mod table;

pub use fingerprint::{Fingerprint, fingerprint};
pub use table::{FoldTable, Folded};
