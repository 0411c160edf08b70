//! Checks of Integrity-Policy (SRI, section 3.8), and of scripts that could change without a report.

mod blocked;

use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::Analysis;
use super::endpoints::EndpointLookup;
use super::finding::{Finding, FindingLevel};
use super::html::ScriptElement;
use super::written::display_word;
use crate::base::limits;

/// The headers: their lower-case name, and the one to display.
const HEADERS: [(&str, &str); 2] =
    [("integrity-policy", "Integrity-Policy"), ("integrity-policy-report-only", REPORT_ONLY)];
const REPORT_ONLY: &str = "Integrity-Policy-Report-Only";

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let head = &analysis.page.head;
    let mut findings = Vec::new();
    let headers: Vec<_> = HEADERS
        .into_iter()
        .filter_map(|(name, display_name)| Some((display_name, head.joined(name)?)))
        .collect();
    if headers.is_empty() {
        findings.push(no_integrity_policy(analysis));
    }
    for (header, text) in headers {
        match IntegrityPolicy::parse(&text) {
            Ok(policy) => findings.extend(of(analysis, header, &policy)),
            Err(why) => findings.push(invalid(analysis, header, why)),
        }
    }
    let scripts = analysis.markup.scripts.iter();
    findings.extend(scripts.filter_map(|script| script_finding(analysis, script)));
    findings
}

/// The endpoint names in the page's integrity policies.
pub(super) fn endpoints<'r>(analysis: &'r Analysis<'_>) -> impl Iterator<Item = String> + 'r {
    let texts = HEADERS.iter().filter_map(|(name, _)| analysis.page.head.joined(name));
    texts.filter_map(|text| IntegrityPolicy::parse(&text).ok()).flat_map(|policy| policy.endpoints)
}

/// What browsers take from such a header.
struct IntegrityPolicy {
    destinations: Vec<String>,
    endpoints: Vec<String>,
    /// Whether it is about integrity metadata in the page, by default or because it says so: there is no other source.
    has_inline_source: bool,
}

impl IntegrityPolicy {
    fn parse(text: &str) -> Result<Self, String> {
        let read: Dictionary = Parser::new(text).parse().map_err(|error| error.to_string())?;
        let sources = tokens(read.get("sources"), "sources")?;
        Ok(Self {
            destinations: tokens(read.get("blocked-destinations"), "blocked-destinations")?,
            endpoints: tokens(read.get("endpoints"), "endpoints")?,
            has_inline_source: sources.is_empty()
                || sources.iter().any(|source| source == "inline"),
        })
    }

    /// Whether it blocks, or reports, what lacks integrity metadata of a destination.
    fn blocks(&self, destination: &str) -> bool {
        self.has_inline_source && self.destinations.iter().any(|other| other == destination)
    }
}

/// The tokens of an inner list; browsers leave out what is none. `name` is its key in the dictionary.
fn tokens(value: Option<&ListEntry>, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let ListEntry::InnerList(list) = value else {
        return Err(format!("{name} is not a list of words in parentheses"));
    };
    let token = |item: &sfv::Item| match &item.bare_item {
        BareItem::Token(token) => Some(token.as_str().to_owned()),
        _ => None,
    };
    Ok(list.items.iter().take(limits::DOCTOR_NAMES).filter_map(token).collect())
}

fn no_integrity_policy(analysis: &Analysis<'_>) -> Finding {
    Finding::advice("no-integrity-policy", "Integrity-Policy-Report-Only")
        .what("the page has no Integrity-Policy")
        .why(
            "With it, all engines report scripts without integrity metadata, and an injected script has none",
        )
        .fix(valid_header(analysis, "Integrity-Policy-Report-Only"))
}

fn valid_header(analysis: &Analysis<'_>, header: &str) -> String {
    format!("{header}: blocked-destinations=(script), endpoints=({})", analysis.endpoint_name())
}

fn invalid(analysis: &Analysis<'_>, header: &str, why: String) -> Finding {
    Finding::silent("integrity-policy-invalid", header)
        .what(format!("browsers cannot use the header: {why}"))
        .why("Browsers ignore a header that is not valid (RFC 9651, section 4.2)")
        .fix(valid_header(analysis, header))
}

fn of(analysis: &Analysis<'_>, header: &str, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !policy.has_inline_source {
        let why = "sources does not name inline, the only source that there is".to_owned();
        findings.push(invalid(analysis, header, why));
    } else if !policy.blocks("script") {
        let why = "blocked-destinations does not name script, without quotes".to_owned();
        findings.push(invalid(analysis, header, why));
    }
    findings.extend(blocked::findings(header, policy, &analysis.markup.subresources));
    if policy.endpoints.is_empty() {
        let finding = Finding::silent("integrity-policy-without-endpoints", header)
            .what("the header names no endpoints")
            .why(
                "Without endpoints no engine reports anything, not even to an endpoint with the name default",
            )
            .fix(valid_header(analysis, header));
        findings.push(finding);
    }
    let is_undefined = |name: &&String| {
        let endpoint = analysis.endpoints.find(name);
        matches!(endpoint, EndpointLookup::Undefined | EndpointLookup::LegacyOnly)
    };
    let undefined = policy.endpoints.iter().filter(is_undefined);
    findings.extend(undefined.map(|name| undefined_endpoint(analysis, header, name)));
    findings
}

fn undefined_endpoint(analysis: &Analysis<'_>, header: &str, name: &str) -> Finding {
    let name = display_word(name);
    Finding::silent("integrity-endpoint-undefined", format!("{header}: {name}"))
        .what(format!("no Reporting-Endpoints header defines the endpoint {name}"))
        .why("Browsers drop reports to an undefined name")
        .fix(format!("Reporting-Endpoints: {name}=\"{}\"", analysis.collector()))
}

/// What is wrong with a script from another origin.
fn script_finding(analysis: &Analysis<'_>, script: &ScriptElement) -> Option<Finding> {
    let url = script.url.as_ref().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if analysis.page.address.as_ref().is_some_and(|page| page.origin() == url.origin()) {
        return None;
    }
    let place = format!("<script src=\"{}\">", display_word(&script.src));
    if script.has_integrity {
        return (!script.is_cors).then(|| without_crossorigin(place));
    }
    let (level, why) = match analysis.reports_hashes() {
        true => (
            FindingLevel::Advice,
            "Anybody who can change the file can change the page; browsers report its hash ('report-sha256') only after \
             it has been loaded",
        ),
        false => (
            FindingLevel::Weak,
            "Anybody who can change the file can change the page, and nothing reports it: the script has no integrity, \
             and the page no 'report-sha256'",
        ),
    };
    let finding = Finding::new(level, "script-without-integrity", place)
        .what(format!("a script of {} has no integrity", url.host_str().unwrap_or_default()))
        .why(why)
        .fix(
            "integrity=\"sha384-…\" crossorigin, if the content is fixed; otherwise serve the script from your own host",
        );
    Some(finding)
}

fn without_crossorigin(place: String) -> Finding {
    Finding::advice("integrity-without-crossorigin", place)
        .what("a script of another host has integrity, but no crossorigin")
        .why(
            "Browsers may not read its content, so they do not run it (SRI, section 3.5), and no browser reports that",
        )
        .fix("add the attribute crossorigin")
}
