//! Checks whether browsers report violations of the page's policies: by `report-uri`, by `report-to`, or not at all.

mod report_uri;

use super::endpoints::EndpointLookup;
use super::finding::{Finding, FindingLevel};
use super::written::{Carrier, WrittenDirective, WrittenPolicy, display_word};
use super::{Analysis, ReportingMethod};

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !analysis.is_secure() {
        findings.push(not_secure(analysis));
    }
    if analysis.policies.is_empty() {
        // Another finding says how to write the header.
        if !super::header_names::has_misspelt_policy(&analysis.page.head) {
            findings.push(no_policy(analysis));
        }
        return findings;
    }
    let headers = || analysis.policies.iter().filter(|policy| policy.carrier != Carrier::Meta);
    if analysis.policies.iter().all(|policy| policy.carrier == Carrier::ReportOnly) {
        findings.push(only_report_only());
    }
    for policy in headers() {
        findings.extend(report_to(analysis, policy));
        findings.extend(report_uri::findings(analysis, policy));
    }
    let delivers = headers().any(|policy| analysis.reporting_method(policy).delivers());
    if delivers {
        let is_silent =
            |policy: &&WrittenPolicy| analysis.reporting_method(policy) == ReportingMethod::None;
        findings.extend(headers().filter(is_silent).map(policy_without_reports));
        findings.extend(missing_method(analysis));
    } else if !headers().any(says_where) {
        // Where a policy does say it, another finding explains why no browser sends anything there.
        findings.push(no_reports(analysis));
    }
    findings
}

/// Whether a policy says where to report, right or wrong.
fn says_where(policy: &WrittenPolicy) -> bool {
    ["report-uri", "report-to"].into_iter().any(|name| policy.directive(name).is_some())
}

fn not_secure(analysis: &Analysis<'_>) -> Finding {
    let page = analysis.page.address.as_ref().map(|page| page.origin().ascii_serialization());
    Finding::silent("page-not-secure", page.unwrap_or_default())
        .what("the page is on http")
        .why(
            "The Reporting API requires a secure context: from a page on http, Chromium and Firefox send nothing by \
             report-to, and anybody on the network path can remove the headers",
        )
        .fix("Strict-Transport-Security: max-age=31536000, and a redirect from http to https")
}

fn no_policy(analysis: &Analysis<'_>) -> Finding {
    let endpoint = analysis.collector();
    Finding::silent("no-policy", "Content-Security-Policy")
        .what("the page has no Content-Security-Policy, neither an enforced nor a report-only one")
        .why(
            "Without a policy there are no violations: browsers load and send whatever the page's scripts want, and report \
             none of it",
        )
        .fix(format!(
            "Content-Security-Policy-Report-Only: default-src 'self'; form-action 'self'; base-uri \
             'self'; report-uri {endpoint}"
        ))
}

fn only_report_only() -> Finding {
    Finding::advice("only-report-only", "Content-Security-Policy")
        .what("all policies of the page are report-only")
        .why("They show an attack, and stop none: when a report arrives, the data has left")
        .fix("when no more reports come in, send the first policy as Content-Security-Policy")
}

/// What is wrong with the directive `report-to`.
fn report_to(analysis: &Analysis<'_>, policy: &WrittenPolicy) -> Vec<Finding> {
    let Some(directive) = policy.directive("report-to") else { return Vec::new() };
    let mut findings = Vec::new();
    let Some(name) = directive.words.first() else {
        return vec![undefined(analysis, policy.at(directive), "report-to names no endpoint")];
    };
    let place = policy.at_word(directive, name);
    match analysis.endpoints.find(name) {
        // A mistake in the definition of the endpoint is a finding about the definition.
        EndpointLookup::Url(_) | EndpointLookup::Invalid => {}
        EndpointLookup::LegacyOnly => findings.push(legacy_only(analysis, place, name)),
        EndpointLookup::Undefined if name.contains("://") => findings.push(undefined(
            analysis,
            place,
            "report-to takes the name of an endpoint, but has a URL",
        )),
        EndpointLookup::Undefined => {
            let what = format!(
                "no Reporting-Endpoints header defines the endpoint {}",
                display_word(name)
            );
            findings.push(undefined(analysis, place, &what));
        }
    }
    if directive.words.len() > 1 {
        findings.push(several(policy, directive));
    }
    findings
}

fn legacy_only(analysis: &Analysis<'_>, place: String, name: &str) -> Finding {
    Finding::silent("endpoint-only-legacy", place)
        .what(format!("only the header Report-To defines the endpoint {}", display_word(name)))
        .why("Report-To is Chromium's old header: Firefox and Safari's engine send nothing to its groups")
        .fix(definition(analysis, name))
}

fn undefined(analysis: &Analysis<'_>, place: String, what: &str) -> Finding {
    Finding::silent("report-to-undefined", place)
        .what(what)
        .why(
            "With an undefined name no engine reports violations of the policy, and a report-uri in the same policy does \
             not help: if both are there, only report-to counts",
        )
        .fix(definition(analysis, analysis.endpoint_name()))
}

/// A header that defines an endpoint, and the directive that reports to it. Takes another name where this one is not a key
/// of a structured field.
fn definition(analysis: &Analysis<'_>, name: &str) -> String {
    let is_name = !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b));
    let name = if is_name { name } else { analysis.endpoint_name() };
    format!(
        "Reporting-Endpoints: {name}=\"{}\", and `report-to {name}` in the policy",
        analysis.collector()
    )
}

fn several(policy: &WrittenPolicy, directive: &WrittenDirective) -> Finding {
    Finding::advice("report-to-several", policy.at(directive))
        .what("report-to names several endpoints")
        .why("Chromium and Firefox send to the first one only, Safari's engine to all")
        .fix("name one endpoint")
}

/// The finding about an endpoint on http, wherever it is defined.
pub(super) fn insecure_endpoint(analysis: &Analysis<'_>, place: String) -> Finding {
    Finding::silent("endpoint-insecure", place)
        .what("the endpoint is on http")
        .why("From a page on https, all engines drop reports to http as mixed content")
        .fix(format!("use an endpoint on https, such as {}", analysis.collector()))
}

fn no_reports(analysis: &Analysis<'_>) -> Finding {
    let is_meta = analysis.policies.iter().all(|policy| policy.carrier == Carrier::Meta);
    let what = match is_meta {
        true => {
            "the page has policies in <meta> only, where browsers ignore report-uri and report-to"
        }
        false => "no policy of the page says where to report: neither report-uri nor report-to",
    };
    Finding::silent("no-reports", analysis.policies[0].place.clone())
        .what(what)
        .why("Violations then appear only in the console of the visitor's browser")
        .fix(format!(
            "`; report-uri {0}` at the end of a Content-Security-Policy header, and a second, report-only policy that ends \
             in `; report-to {1}`, with Reporting-Endpoints: {1}=\"{0}\"",
            analysis.collector(),
            analysis.endpoint_name()
        ))
}

fn policy_without_reports(policy: &WrittenPolicy) -> Finding {
    Finding::advice("policy-without-reports", policy.place.clone())
        .what("this policy has neither report-uri nor report-to")
        .why("What violates only this policy, and none of those that report, is not reported")
        .fix("add report-uri or report-to to it, too")
}

/// The findings for a page whose policies use only one of `report-uri` and `report-to`.
fn missing_method(analysis: &Analysis<'_>) -> Vec<Finding> {
    let has_both_in_one = |policy: &WrittenPolicy| {
        policy.directive("report-uri").is_some() && policy.directive("report-to").is_some()
    };
    let (endpoint, name) = (analysis.collector(), analysis.endpoint_name());
    let mut findings = Vec::new();
    if !analysis.any_policy_reports_by(ReportingMethod::ReportUri)
        && !analysis.policies.iter().any(has_both_in_one)
    {
        let finding = Finding::weak("no-report-uri", "Content-Security-Policy")
            .what("nothing reports by report-uri")
            .why(
                "Chromium and Firefox report violations in srcdoc, blob: and data: frames by report-uri only, and Chromium \
                 sends by report-to only once in 60 s",
            )
            .fix(format!(
                "a second policy with the same lists that ends in `report-uri {endpoint}`",
            ));
        findings.push(finding);
    }
    if !analysis.any_policy_reports_by(ReportingMethod::ReportTo)
        && !analysis.any_policy_reports_by(ReportingMethod::Nowhere)
    {
        // An enforced policy blocks such a form, so the report matters less.
        let enforces = analysis.policies.iter().any(|policy| policy.carrier == Carrier::Enforced);
        let level = if enforces { FindingLevel::Advice } else { FindingLevel::Weak };
        let finding = Finding::new(level, "no-report-to", "Content-Security-Policy-Report-Only")
            .what("nothing reports by report-to")
            .why(
                "Firefox reports a payment form that posts elsewhere (a report-only form-action violation) by report-to only; \
                 Chromium drops report-uri bodies of more than 64 KiB, as a long URL can make them; browsers report hashes \
                 of scripts and Integrity-Policy by no other method",
            )
            .fix(format!(
                "Reporting-Endpoints: {name}=\"{endpoint}\", and a second policy with the same \
                 lists that ends in `report-to {name}`"
            ));
        findings.push(finding);
    }
    findings
}
