//! What is stored of query strings.

/// What stays of a URL's query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeepQuery {
    /// Nothing.
    #[default]
    None,
    /// These parameters; a site may need one to tell pages apart.
    Parameters(Vec<String>),
    /// All of it, redacted.
    All,
}
