//! The options of commands that visit pages.

use std::path::PathBuf;

use crate::audit::doctor::fetch::{AddressOverride, FetchError, Fetcher};

/// Whom to trust, and where hosts are.
#[derive(Debug, clap::Args)]
pub(super) struct FetchArgs {
    /// A file with a root certificate (PEM) to trust in addition to those of the system.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Connect to this address for a host, as curl does: for a page that is not public yet. May be given several times. The
    /// certificate must be for the host all the same. An IPv6 address needs brackets.
    #[arg(long, value_name = "HOST:[PORT:]ADDRESS")]
    pub(super) resolve: Vec<AddressOverride>,
}

impl FetchArgs {
    /// A client that these options describe.
    pub(super) fn fetcher(&self) -> Result<Fetcher, FetchError> {
        Fetcher::new(self.ca.as_deref(), self.resolve.clone())
    }
}
