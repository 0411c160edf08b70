//! What says that a report belongs to a page group.

/// What says that a report belongs to a page group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PlacedBy {
    /// Its document.
    #[default]
    Document,
    /// Its document's path looks like one of the page group.
    Likeness,
    /// Its sender, who had opened a page of the page group, and not the one that the report names.
    Sender,
}
