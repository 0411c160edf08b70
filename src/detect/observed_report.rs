//! A report as the detector learns it.

use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::csp::ReportedPolicy;
use crate::journal::{Batch, Entry, Row};
use crate::report::Disposition;

/// A durable report, as the detector learns it.
#[derive(Clone, Copy, Debug)]
pub struct ObservedReport<'a> {
    /// Its content.
    pub row: &'a Row<'a>,
    /// The policy that it carries, where it is known.
    pub policy: Option<&'a ReportedPolicy>,
    /// Whether the browser blocked what it reports.
    pub disposition: Disposition,
    /// Whether the browser cannot have extensions, as far as it says what it is.
    pub extensionless: bool,
    /// The sender, as a keyed hash.
    pub client: ClientId,
    /// When it arrived.
    pub received: Timestamp,
    /// Whether another collector took it. Then that one counts it, and this one only learns from it.
    pub taken_elsewhere: bool,
}

impl<'a> ObservedReport<'a> {
    /// A report that this collector took. `policy`: the one that it carries, where its text is known.
    pub fn of(
        batch: &Batch,
        entry: &Entry,
        row: &'a Row<'a>,
        policy: Option<&'a ReportedPolicy>,
    ) -> Self {
        Self {
            row,
            policy,
            disposition: entry.disposition,
            extensionless: entry.extensionless,
            client: batch.client,
            received: batch.received,
            taken_elsewhere: false,
        }
    }
}
