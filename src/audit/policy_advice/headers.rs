//! The headers to send: both policies, each with one of the two reporting directives, the list of connections, and the endpoint
//! that they report to.

use super::build::Suggestion;
use super::connections::ConnectionAdvice;
use super::draft::PolicyDraft;
use super::integrity::IntegrityStatus;

/// A header of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHeader {
    /// The name.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

/// The name of the collector in `Reporting-Endpoints`.
pub const ENDPOINT_NAME: &str = "cspwatch";

const ENFORCED: &str = "Content-Security-Policy";
const REPORT_ONLY: &str = "Content-Security-Policy-Report-Only";
const ALLOWLIST: &str = "Connection-Allowlist-Report-Only";

/// The headers of a suggestion. `endpoint` is the URL that accepts the site's reports.
///
/// If a policy has both reporting directives, browsers use `report-to` only (see docs/headers.md). So
/// each directive is in a policy of its own, and the second policy is the stricter one.
pub fn headers(
    suggestion: &Suggestion,
    integrity: IntegrityStatus,
    connections: &ConnectionAdvice,
    endpoint: &str,
) -> Vec<ResponseHeader> {
    let policy = |draft: &PolicyDraft, reporting: &str| format!("{}; {reporting}", draft.text());
    let mut headers = Vec::new();
    if !suggestion.now.directives.is_empty() {
        let name = if suggestion.may_enforce { ENFORCED } else { REPORT_ONLY };
        let value = policy(&suggestion.now, &format!("report-uri {endpoint}"));
        headers.push(ResponseHeader { name, value });
    }
    let value = policy(&suggestion.strict, &format!("report-to {ENDPOINT_NAME}"));
    headers.push(ResponseHeader { name: REPORT_ONLY, value });
    headers.push(ResponseHeader {
        name: "Reporting-Endpoints",
        value: format!("{ENDPOINT_NAME}=\"{endpoint}\""),
    });
    headers.push(ResponseHeader {
        name: integrity.header(),
        value: format!("blocked-destinations=(script), endpoints=({ENDPOINT_NAME})"),
    });
    headers.push(ResponseHeader { name: ALLOWLIST, value: connections.value(ENDPOINT_NAME) });
    headers
}
