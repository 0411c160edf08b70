//! Checks of the names in `Reporting-Endpoints`: those that are defined twice, that nothing uses, and that are no names.

use std::collections::BTreeSet;

use super::super::Analysis;
use super::super::endpoints::NamedEndpoint;
use super::super::finding::Finding;
use super::super::written::display_word;
use super::{HEADER, level, used_names, valid_header};
use crate::base::limits;

/// Names to which browsers report by themselves: deprecations, interventions and crashes.
const RESERVED: [&str; 2] = ["default", "crash-reporting"];
/// Other headers whose violations are reported to an endpoint.
const REPORTERS: [&str; 9] = [
    "permissions-policy",
    "permissions-policy-report-only",
    "document-policy",
    "document-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-opener-policy-report-only",
    "cross-origin-embedder-policy",
    "cross-origin-embedder-policy-report-only",
    "nel",
];

pub(super) fn findings(analysis: &Analysis<'_>, endpoints: &[NamedEndpoint]) -> Vec<Finding> {
    let text = analysis.page.head.joined("reporting-endpoints").unwrap_or_default();
    let mut findings: Vec<_> = duplicates(&text).iter().map(|name| duplicate(name)).collect();
    for endpoint in endpoints {
        let parameters = endpoint.parameters.iter();
        findings.extend(parameters.map(|name| parameter(analysis, endpoint, name)));
        if !is_used(analysis, &endpoint.name) {
            findings.push(unused(&endpoint.name));
        }
    }
    findings
}

/// The names that a dictionary has more than once. `text` is one: the parser has accepted it, and kept the last of each.
fn duplicates(text: &str) -> BTreeSet<String> {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for member in members(text) {
        let name = member.trim().split(['=', ';']).next().unwrap_or_default().to_owned();
        if !seen.insert(name.clone()) {
            twice.insert(name);
        }
    }
    twice.into_iter().take(limits::DOCTOR_NAMES).collect()
}

/// The members of a dictionary: what is between commas that are neither in a string nor in parentheses.
fn members(text: &str) -> Vec<&str> {
    let (mut members, mut start) = (Vec::new(), 0);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b',' if !is_in_string => {
                members.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    members.push(&text[start..]);
    members
}

fn is_used(analysis: &Analysis<'_>, name: &str) -> bool {
    let is_name_byte = |c: char| c.is_ascii_alphanumeric() || "_-.*".contains(c);
    let names_it = |value: String| value.split(|c| !is_name_byte(c)).any(|word| word == name);
    RESERVED.contains(&name)
        || used_names(analysis).any(|used| used == name)
        || REPORTERS.iter().filter_map(|header| analysis.page.head.joined(header)).any(names_it)
}

fn duplicate(name: &str) -> Finding {
    let name = display_word(name);
    Finding::advice("endpoint-duplicate", format!("{HEADER}: {name}"))
        .what(format!("the endpoint {name} is defined more than once"))
        .why("Browsers use the last definition, also when they are in headers of their own (RFC 9651, section 4.2.2)")
        .fix("define each name once; give a second collector a name of its own")
}

fn parameter(analysis: &Analysis<'_>, endpoint: &NamedEndpoint, name: &str) -> Finding {
    let (shown, endpoint) = (display_word(name), display_word(&endpoint.name));
    Finding::new(level(analysis, Some(name)), "endpoint-parameter", format!("{HEADER}: {endpoint};{shown}"))
        .what(format!("{shown} is a parameter of the endpoint {endpoint}, not an endpoint"))
        .why("After a semicolon comes a parameter, and browsers ignore it; endpoints are separated by commas")
        .fix(format!("write a comma: {}, {shown}=\"…\"", valid_header(analysis, &endpoint)))
}

fn unused(name: &str) -> Finding {
    let name = display_word(name);
    Finding::advice("endpoint-unused", format!("{HEADER}: {name}"))
        .what(format!("nothing reports to the endpoint {name}"))
        .why("A name that no report-to and no endpoints=(…) of the page has receives no reports; perhaps one of them is misspelt")
        .fix(format!("`report-to {name}` in a policy, or remove the endpoint"))
}
