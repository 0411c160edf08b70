//! A report, its verdict and its place among the sites as the journal keeps them.

use super::judge::{Judgement, PageGroup, Site};
use crate::journal::Row;
use crate::report::{Fingerprint, Report};

/// A report, its verdict with the text of its reason, and its place among the sites, as one row.
pub fn row<'a>(
    report: &'a Report<'a>,
    judgement: &'a Judgement<'a>,
    reason: &'a str,
    site: &'a Site,
    group: &'a PageGroup,
    fingerprint: Fingerprint,
) -> Row<'a> {
    Row {
        fingerprint,
        site: &site.name,
        page_group: &group.name,
        payment: group.payment,
        kind: report.kind,
        type_name: &report.type_name,
        directive: &report.directive,
        verdict: judgement.verdict,
        reason,
        destination: &judgement.destination,
        channel: judgement.channel,
        blocked_scheme: &report.blocked.scheme,
        blocked_host: &report.blocked.host,
        blocked_port: report.blocked.port,
        blocked_path: &report.blocked.path,
        document_host: &report.document.host,
        document_path: &report.document.path,
        source_scheme: &report.source.scheme,
        source_host: &report.source.host,
        source_path: &report.source.path,
        line: report.line,
        column: report.column,
        status_code: report.status_code,
        sample: &report.sample,
        detail: &report.detail,
        policy_hash: report.policy_hash,
        engine: report.engine,
        engine_version: report.engine_version,
        pan_in_url: report.pan_in_url,
        verified: false,
        own_source: report.source.is_in_network()
            && site.vouches_for(&report.source.host, &report.document.host),
    }
}
