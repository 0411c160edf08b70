//! Checks of the directive `report-uri`.

use super::super::Analysis;
use super::super::finding::{Finding, FindingLevel};
use super::super::report_uri_value::ReportUri;
use super::super::reporting_method::ReportingMethod;
use super::super::written::{WrittenPolicy, display_word};
use super::insecure_endpoint;

/// What is wrong with the directive `report-uri` of a policy.
pub(super) fn findings(analysis: &Analysis<'_>, policy: &WrittenPolicy) -> Vec<Finding> {
    let Some(directive) = policy.directive("report-uri") else { return Vec::new() };
    if policy.directive("report-to").is_some() {
        return vec![ignored(analysis, policy.at(directive))];
    }
    let mut findings = Vec::new();
    if directive.words.is_empty() {
        findings.push(invalid(analysis, policy.at(directive), "report-uri has no URL".to_owned()));
    }
    for word in &directive.words {
        let place = policy.at_word(directive, word);
        match ReportUri::parse(word, analysis.page.address.as_ref()) {
            ReportUri::Posts(_) if word.starts_with("//") => {
                findings.push(relative(analysis, place))
            }
            ReportUri::Posts(url) if url.fragment().is_some() => findings.push(fragment(place)),
            ReportUri::Posts(_) => {}
            ReportUri::Insecure => findings.push(insecure_endpoint(analysis, place)),
            ReportUri::Mistaken(why) => {
                let what = if is_name(analysis, word) {
                    "report-uri takes a URL, but has the name of an endpoint".to_owned()
                } else {
                    format!("{}: {why}", display_word(word))
                };
                findings.push(invalid(analysis, place, what));
            }
        }
    }
    findings
}

/// Whether a word is the name of an endpoint, which belongs into `report-to`.
fn is_name(analysis: &Analysis<'_>, word: &str) -> bool {
    analysis.endpoints.named().iter().any(|endpoint| endpoint.name == word)
}

fn ignored(analysis: &Analysis<'_>, place: String) -> Finding {
    // If no other policy reports by report-uri, immediate delivery is lost.
    let level = if analysis.any_policy_reports_by(ReportingMethod::ReportUri) {
        FindingLevel::Advice
    } else {
        FindingLevel::Weak
    };
    Finding::new(level, "report-uri-ignored", place)
        .what("the policy has report-uri and report-to")
        .why(
            "All engines ignore report-uri in a policy with report-to (CSP3, section 5.5). So you lose what only report-uri \
             delivers: reports without a delay from Chromium, and those of srcdoc, blob: and data: frames",
        )
        .fix(format!(
            "two policies with the same lists, one ending in `report-uri {}`, the other, report-only, in `report-to`",
            analysis.collector()
        ))
}

fn invalid(analysis: &Analysis<'_>, place: String, what: String) -> Finding {
    Finding::silent("report-uri-invalid", place)
        .what(what)
        .why(
            "The reports do not get to the collector, and at most the visitor's console shows that",
        )
        .fix(format!("report-uri {}", analysis.collector()))
}

fn relative(analysis: &Analysis<'_>, place: String) -> Finding {
    Finding::advice("report-uri-relative", place)
        .what("the URL has no scheme")
        .why("Browsers take the page's: where the page is on http, so are its reports, which anybody on the way can read")
        .fix(format!("report-uri {}", analysis.collector()))
}

fn fragment(place: String) -> Finding {
    Finding::advice("report-uri-fragment", place)
        .what("the URL has a fragment (#…)")
        .why("Browsers do not send it, so it changes nothing; what follows a # in a template may have been meant as a tag")
        .fix("remove it; a tag is a parameter, ?tag=…")
}
