//! Folding: identical violations within the open segment become one row with a count.

mod fingerprint;
mod redelivery;
mod table;

pub(crate) use fingerprint::push_text;
pub use fingerprint::{Fingerprint, delivery, fingerprint, identity};
pub use redelivery::{Deliveries, Identity};
pub use table::{FoldTable, Folded};
