//! A report as the detector learns it.

use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::base::sip::sip;
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
    /// The hash of its tag, if the site signed that; 0 = none.
    pub session: u64,
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
            session: session(&batch.tag, batch.is_tag_signed),
            received: batch.received,
            taken_elsewhere: false,
        }
    }

    /// Who reports it, within a network: the session, where the site signed its tag, or the client.
    pub(super) fn witness(&self) -> u64 {
        if self.session == 0 { self.client.0 } else { self.session }
    }
}

/// The number of the session that a tag names; 0 where the site did not sign it.
pub fn session(tag: &str, is_signed: bool) -> u64 {
    if is_signed { sip(tag) } else { 0 }
}
