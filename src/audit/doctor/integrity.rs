//! Integrity-Policy (SRI, section 3.8), and scripts that nothing would tell a change of.

use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::Reading;
use super::endpoints::Meaning;
use super::finding::{Finding, Level};
use super::html::Script;
use super::written::shown;
use crate::base::limits;

const HEADERS: [(&str, &str); 2] = [
    ("integrity-policy", "Integrity-Policy"),
    ("integrity-policy-report-only", "Integrity-Policy-Report-Only"),
];
pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let head = &reading.page.head;
    let mut findings = Vec::new();
    let headers: Vec<_> =
        HEADERS.into_iter().filter_map(|(name, shown)| Some((shown, head.joined(name)?))).collect();
    if headers.is_empty() {
        findings.push(none(reading));
    }
    for (header, text) in headers {
        match IntegrityPolicy::read(&text) {
            Ok(policy) => findings.extend(of(reading, header, &policy)),
            Err(why) => findings.push(malformed(reading, header, why)),
        }
    }
    findings
        .extend(reading.markup.scripts.iter().filter_map(|script| script_finding(reading, script)));
    findings
}

/// The endpoints that its integrity policies name.
pub(super) fn endpoints<'r>(reading: &'r Reading<'_>) -> impl Iterator<Item = String> + 'r {
    let texts = HEADERS.iter().filter_map(|(name, _)| reading.page.head.joined(name));
    texts.filter_map(|text| IntegrityPolicy::read(&text).ok()).flat_map(|policy| policy.endpoints)
}

struct IntegrityPolicy {
    destinations: Vec<String>,
    endpoints: Vec<String>,
}

impl IntegrityPolicy {
    fn read(text: &str) -> Result<Self, String> {
        let read: Dictionary = Parser::new(text).parse().map_err(|error| error.to_string())?;
        let destinations = tokens(read.get("blocked-destinations"), "blocked-destinations")?;
        Ok(Self { destinations, endpoints: tokens(read.get("endpoints"), "endpoints")? })
    }
}

/// An inner list of tokens.
fn tokens(value: Option<&ListEntry>, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{name} is no list of words in brackets");
    let Some(value) = value else { return Ok(Vec::new()) };
    let ListEntry::InnerList(list) = value else { return Err(wrong()) };
    let word = |item: &sfv::Item| match &item.bare_item {
        BareItem::Token(token) => Ok(token.as_str().to_owned()),
        _ => Err(wrong()),
    };
    list.items.iter().take(limits::DOCTOR_NAMES).map(word).collect()
}

fn none(reading: &Reading<'_>) -> Finding {
    Finding::advice("no-integrity-policy", "Integrity-Policy-Report-Only")
        .what("the page has no Integrity-Policy")
        .why(
            "With it all engines report scripts that carry no integrity metadata, as an injected \
             one does not",
        )
        .mend(right(reading, "Integrity-Policy-Report-Only"))
}

fn right(reading: &Reading<'_>, header: &str) -> String {
    format!("{header}: blocked-destinations=(script), endpoints=({})", reading.endpoint_name())
}

fn malformed(reading: &Reading<'_>, header: &str, why: String) -> Finding {
    Finding::silent("integrity-policy-invalid", header)
        .what(format!("the header cannot be read: {why}"))
        .why("Browsers leave out a header that is not valid (RFC 9651, section 4.2)")
        .mend(right(reading, header))
}

fn of(reading: &Reading<'_>, header: &str, policy: &IntegrityPolicy) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !policy.destinations.iter().any(|destination| destination == "script") {
        findings.push(malformed(
            reading,
            header,
            "blocked-destinations does not name script".to_owned(),
        ));
    }
    if policy.endpoints.is_empty() {
        let finding = Finding::silent("integrity-policy-without-endpoints", header)
            .what("the header names no endpoints")
            .why(
                "Without endpoints no engine reports anything for it, not even to an endpoint \
                 called default",
            )
            .mend(right(reading, header));
        findings.push(finding);
    }
    for name in &policy.endpoints {
        if matches!(reading.endpoints.find(name), Meaning::Nothing | Meaning::Legacy) {
            let finding = Finding::silent(
                "integrity-endpoint-undefined",
                format!("{header}: {}", shown(name)),
            )
            .what(format!("no Reporting-Endpoints header defines the endpoint {}", shown(name)))
            .why("Reports to an undefined name are dropped")
            .mend(format!(
                "Reporting-Endpoints: {}=\"{}\"",
                shown(name),
                reading.collector()
            ));
            findings.push(finding);
        }
    }
    findings
}

/// What is wrong with a script of another host.
fn script_finding(reading: &Reading<'_>, script: &Script) -> Option<Finding> {
    let url = script.url.as_ref().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if reading.page.address.as_ref().is_some_and(|page| page.origin() == url.origin()) {
        return None;
    }
    let place = format!("<script src=\"{}\">", shown(&script.src));
    if script.has_integrity {
        return (!script.is_cors).then(|| without_crossorigin(place));
    }
    let tells_hashes = reading.tells_hashes();
    let level = if tells_hashes { Level::Advice } else { Level::Weak };
    let why = match tells_hashes {
        true => {
            "Who changes the file there changes the page; browsers tell its hash \
             ('report-sha256'), once it has been loaded"
        }
        false => {
            "Who changes the file there changes the page, and nothing tells of it: no integrity, \
             and no 'report-sha256'"
        }
    };
    let finding = Finding::new(level, "script-without-integrity", place)
        .what(format!("a script of {} has no integrity", url.host_str().unwrap_or_default()))
        .why(why)
        .mend(
            "integrity=\"sha384-…\" crossorigin, where its content is fixed; else serve it \
             yourself",
        );
    Some(finding)
}

fn without_crossorigin(place: String) -> Finding {
    Finding::advice("integrity-without-crossorigin", place)
        .what("a script of another host has integrity and no crossorigin")
        .why(
            "Browsers may not read its content, and so do not run it (SRI, section 3.5), which no \
             browser reports as such",
        )
        .mend("add the attribute crossorigin")
}
