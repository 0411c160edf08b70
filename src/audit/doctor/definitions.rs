//! What is wrong with the headers that define endpoints.

use super::Reading;
use super::endpoints::Named;
use super::finding::{Finding, Level};
use super::written::shown;

const HEADER: &str = "Reporting-Endpoints";

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &reading.endpoints.header {
        Some(Err(why)) => findings.push(unreadable(reading, why)),
        Some(Ok(named)) => {
            findings.extend(named.iter().filter_map(|named| of(reading, named)));
        }
        None => {}
    }
    if let Some(Err(why)) = &reading.endpoints.legacy {
        findings.push(broken_legacy(reading, why));
    }
    findings
}

/// The names that something reports to.
fn used<'r>(reading: &'r Reading<'_>) -> impl Iterator<Item = String> + 'r {
    let policies = reading.policies.iter().filter_map(|policy| policy.directive("report-to"));
    let of_policies = policies.filter_map(|directive| directive.words.first().cloned());
    of_policies.chain(super::integrity::endpoints(reading))
}

/// It matters as much as what reports to it.
fn level(reading: &Reading<'_>, name: Option<&str>) -> Level {
    let is_used = used(reading).any(|used| name.is_none_or(|name| name == used));
    if is_used { Level::Silent } else { Level::Advice }
}

fn unreadable(reading: &Reading<'_>, why: &str) -> Finding {
    let text = reading.page.head.joined("reporting-endpoints").unwrap_or_default();
    let hint = match &text {
        text if text.contains("='") => ": the URL stands in single quotes",
        text if text.contains(['“', '”']) => ": the URL stands in typographic quotes",
        text if text.split(',').any(begins_upper) => {
            ": names are lower-case letters, digits, `_`, `-`, `.` and `*`"
        }
        text if !text.contains('"') => ": the URL has no quotes",
        _ => "",
    };
    Finding::new(level(reading, None), "reporting-endpoints-invalid", HEADER)
        .what(format!("the header is no dictionary of structured fields{hint} ({why})"))
        .why(
            "Browsers leave out all of a header that is not valid (RFC 9651, section 4.2), so that \
             no endpoint is defined",
        )
        .mend(mended(reading, "cspwatch"))
}

fn begins_upper(member: &str) -> bool {
    member.trim_start().starts_with(|c: char| c.is_ascii_uppercase())
}

fn of(reading: &Reading<'_>, named: &Named) -> Option<Finding> {
    let name = shown(&named.name);
    let place = format!("{HEADER}: {name}");
    let level = level(reading, Some(&named.name));
    let Some(text) = &named.text else {
        return Some(
            Finding::new(level, "endpoint-not-a-string", place)
                .what(format!("the value of {name} is no string in double quotes"))
                .why(
                    "A URL without quotes is another type of structured field, and no browser \
                     makes an endpoint of it",
                )
                .mend(mended(reading, &name)),
        );
    };
    if text.is_empty() {
        return Some(not_a_url(reading, level, place, &name));
    }
    match named.url.as_ref().map(url::Url::scheme) {
        Some("https") if is_absolute(text) => None,
        Some("https") => Some(relative(level, place, text)),
        // What is relative to a page on http is the page's fault, which is told.
        Some("http") if !is_absolute(text) => None,
        Some("http") => {
            let finding = super::reporting::insecure(reading, place);
            Some(Finding { level, ..finding })
        }
        _ => Some(not_a_url(reading, level, place, &name)),
    }
}

fn is_absolute(text: &str) -> bool {
    url::Url::parse(text).is_ok()
}

fn not_a_url(reading: &Reading<'_>, level: Level, place: String, name: &str) -> Finding {
    Finding::new(level, "endpoint-invalid", place)
        .what(format!("the value of {name} is no URL"))
        .why(
            "Browsers leave out an endpoint whose URL they cannot read (Reporting API, section \
             3.3)",
        )
        .mend(mended(reading, name))
}

fn relative(level: Level, place: String, text: &str) -> Finding {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let (level, why) = if is_path {
        (
            Level::Advice,
            "The page's own host then takes the reports: who can edit the page can take them, and \
             browsers send its cookies along",
        )
    } else {
        (level, "Chromium takes full URLs, and such that begin with one /; it leaves out others")
    };
    Finding::new(level, "endpoint-relative", place)
        .what(format!("the endpoint {} is relative to the page", shown(text)))
        .why(why)
        .mend("write a full URL, on a host of the collector's own")
}

fn broken_legacy(reading: &Reading<'_>, why: &str) -> Finding {
    let is_needed =
        used(reading).any(|used| !reading.endpoints.named().iter().any(|named| named.name == used));
    let level = if is_needed { Level::Silent } else { Level::Advice };
    Finding::new(level, "report-to-header-invalid", "Report-To")
        .what(format!("the header is not the JSON that Chromium expects ({why})"))
        .why("Chromium leaves out what it cannot read; no other engine reads this header at all")
        .mend(format!("leave the header out, and send {}", mended(reading, "cspwatch")))
}

fn mended(reading: &Reading<'_>, name: &str) -> String {
    format!("{HEADER}: {name}=\"{}\"", reading.collector())
}
