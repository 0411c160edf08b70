//! Checks of the headers that define endpoints.

mod names;

use super::Analysis;
use super::endpoints::{NamedEndpoint, holds_several_urls};
use super::finding::{Finding, FindingLevel};
use super::written::display_word;

const HEADER: &str = "Reporting-Endpoints";

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &analysis.endpoints.header {
        Some(Err(why)) => findings.push(invalid_header(analysis, why)),
        Some(Ok(endpoints)) => {
            findings.extend(endpoints.iter().filter_map(|endpoint| of(analysis, endpoint)));
            findings.extend(names::findings(analysis, endpoints));
        }
        None => {}
    }
    if let Some(Err(why)) = &analysis.endpoints.legacy {
        findings.push(invalid_report_to(analysis, why));
    }
    findings
}

/// The endpoint names that policies, integrity policies and allowlists report to.
pub(super) fn used_names<'r>(analysis: &'r Analysis<'_>) -> impl Iterator<Item = String> + 'r {
    let directives = analysis.policies.iter().filter_map(|policy| policy.directive("report-to"));
    let of_policies = directives.filter_map(|directive| directive.words.first().cloned());
    let of_policies = of_policies.chain(super::integrity::endpoints(analysis));
    of_policies.chain(super::connection_allowlist::endpoints(analysis))
}

/// The level of a mistake in the definition of an endpoint, or of all where `name` is `None`: it matters only where
/// something reports to the endpoint.
fn level(analysis: &Analysis<'_>, name: Option<&str>) -> FindingLevel {
    let is_used = used_names(analysis).any(|used| name.is_none_or(|name| name == used));
    if is_used { FindingLevel::Silent } else { FindingLevel::Advice }
}

fn invalid_header(analysis: &Analysis<'_>, why: &str) -> Finding {
    let text = analysis.page.head.joined("reporting-endpoints").unwrap_or_default();
    let hint = match &text {
        text if text.contains("='") => ": the URL is in single quotes",
        text if text.contains(['“', '”']) => ": the URL is in typographic quotes",
        text if text.split(',').any(begins_with_upper_case) => {
            ": names consist of lower-case letters, digits, `_`, `-`, `.` and `*`"
        }
        text if !text.contains('"') => ": the URL has no quotes",
        _ => "",
    };
    Finding::new(level(analysis, None), "reporting-endpoints-invalid", HEADER)
        .what(format!("the header is not a dictionary of structured fields{hint} ({why})"))
        .why(
            "Browsers ignore a header that is not valid, all of it (RFC 9651, section 4.2), so it defines no endpoint",
        )
        .fix(valid_header(analysis, "cspwatch"))
}

fn begins_with_upper_case(member: &str) -> bool {
    member.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

/// What is wrong with one endpoint of the header.
fn of(analysis: &Analysis<'_>, endpoint: &NamedEndpoint) -> Option<Finding> {
    let name = display_word(&endpoint.name);
    let place = format!("{HEADER}: {name}");
    let level = level(analysis, Some(&endpoint.name));
    let Some(text) = &endpoint.text else {
        // It costs Chromium the whole header.
        return Some(not_a_string(analysis, self::level(analysis, None), place, &name));
    };
    if holds_several_urls(text) {
        return Some(several_urls(analysis, level, place, &name));
    }
    if text.is_empty() {
        return Some(not_a_url(analysis, level, place, &name));
    }
    match endpoint.url.as_ref().map(url::Url::scheme) {
        Some("https") if is_absolute(text) => None,
        Some("https") => Some(relative(level, place, text)),
        // The endpoint is on http because the page is, and another finding says so.
        Some("http") if !is_absolute(text) => None,
        Some("http") => {
            let finding = super::reporting::insecure_endpoint(analysis, place);
            Some(Finding { level, ..finding })
        }
        _ => Some(not_a_url(analysis, level, place, &name)),
    }
}

fn is_absolute(text: &str) -> bool {
    url::Url::parse(text).is_ok()
}

fn not_a_string(
    analysis: &Analysis<'_>,
    level: FindingLevel,
    place: String,
    name: &str,
) -> Finding {
    Finding::new(level, "endpoint-not-a-string", place)
        .what(format!("the value of {name} is not a string in double quotes"))
        .why(
            "Without quotes, or in parentheses, a URL is another type of structured field, and no browser takes it for an \
             endpoint; Chromium then ignores the whole header, its other endpoints included",
        )
        .fix(valid_header(analysis, name))
}

fn not_a_url(analysis: &Analysis<'_>, level: FindingLevel, place: String, name: &str) -> Finding {
    Finding::new(level, "endpoint-invalid", place)
        .what(format!("the value of {name} is not a URL"))
        .why("Browsers ignore an endpoint whose URL they cannot parse (Reporting API, section 3.3)")
        .fix(valid_header(analysis, name))
}

fn several_urls(
    analysis: &Analysis<'_>,
    level: FindingLevel,
    place: String,
    name: &str,
) -> Finding {
    Finding::new(level, "endpoint-invalid", place)
        .what(format!("the value of {name} holds several URLs, or a space"))
        .why("Browsers take the value for one URL, with the second in the path of the first, where nobody receives reports")
        .fix(format!("write one URL for each name: {}", valid_header(analysis, name)))
}

fn relative(level: FindingLevel, place: String, text: &str) -> Finding {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let (level, why) = if is_path {
        (
            FindingLevel::Advice,
            "The page's own host then receives the reports: anybody who can change the page can intercept them, and \
             browsers send the page's cookies along",
        )
    } else {
        (
            level,
            "Chromium accepts full URLs and paths that begin with one /, and ignores anything else",
        )
    };
    Finding::new(level, "endpoint-relative", place)
        .what(format!("the endpoint {} is relative to the page", display_word(text)))
        .why(why)
        .fix("write a full URL, on a host of the collector's own")
}

fn invalid_report_to(analysis: &Analysis<'_>, why: &str) -> Finding {
    let is_defined =
        |name: &String| analysis.endpoints.named().iter().any(|endpoint| endpoint.name == *name);
    let is_needed = used_names(analysis).any(|name| !is_defined(&name));
    let level = if is_needed { FindingLevel::Silent } else { FindingLevel::Advice };
    Finding::new(level, "report-to-header-invalid", "Report-To")
        .what(format!("the header is not the JSON that Chromium expects ({why})"))
        .why("Chromium ignores what it cannot parse; no other engine reads this header at all")
        .fix(format!("remove the header, and send {}", valid_header(analysis, "cspwatch")))
}

fn valid_header(analysis: &Analysis<'_>, name: &str) -> String {
    format!("{HEADER}: {name}=\"{}\"", analysis.collector())
}
