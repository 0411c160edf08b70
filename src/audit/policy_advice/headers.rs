//! The headers to send: both policies, each by one of the two ways for reports, and where these lead.

use super::build::Suggestion;
use super::draft::Draft;
use super::integrity::Integrity;

/// A header of the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// What `Reporting-Endpoints` calls the collector.
pub const ENDPOINT_NAME: &str = "cspwatch";

const ENFORCED: &str = "Content-Security-Policy";
const TRIED: &str = "Content-Security-Policy-Report-Only";

/// The headers of a suggestion. `endpoint`: the URL that takes the site's reports.
///
/// Of a policy with both ways browsers use `report-to` alone (see docs/headers.md), so each way
/// has a policy of its own, and the second is the stricter one.
pub fn headers(suggestion: &Suggestion, integrity: Integrity, endpoint: &str) -> Vec<Header> {
    let with = |draft: &Draft, ending: &str| format!("{}; {ending}", draft.text());
    let mut headers = Vec::new();
    if !suggestion.now.lists.is_empty() {
        let name = if suggestion.may_enforce { ENFORCED } else { TRIED };
        let value = with(&suggestion.now, &format!("report-uri {endpoint}"));
        headers.push(Header { name, value });
    }
    let value = with(&suggestion.strict, &format!("report-to {ENDPOINT_NAME}"));
    headers.push(Header { name: TRIED, value });
    headers.push(Header {
        name: "Reporting-Endpoints",
        value: format!("{ENDPOINT_NAME}=\"{endpoint}\""),
    });
    headers.push(Header {
        name: integrity.header(),
        value: format!("blocked-destinations=(script), endpoints=({ENDPOINT_NAME})"),
    });
    headers
}
