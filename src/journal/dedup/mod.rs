//! Deduplication: identical violations within the open segment become one row with a count, and what a browser delivers
//! again is not counted.

mod deliveries;
mod fold_table;

pub use deliveries::Deliveries;
pub(super) use fold_table::FoldTable;
pub use fold_table::Folded;
