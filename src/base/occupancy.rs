//! How full a bounded table is.

/// A table that the internet can grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateTable {
    /// Its name, a label value.
    pub name: &'static str,
    /// What it holds now.
    pub entries: usize,
    /// What it may hold.
    pub limit: usize,
    /// What came when it was full, since the start or the last reload.
    pub overflow: u64,
}
