//! Deduplication: identical violations within the open segment become one row with a count, and what a browser delivers
//! again is not counted.

mod redelivery;
mod table;

pub use redelivery::{Deliveries, Identity};
pub use table::{FoldTable, Folded};
