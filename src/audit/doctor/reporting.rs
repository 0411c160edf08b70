//! Whether browsers report violations of the page's policies, and by which of the two ways.

use super::endpoints::Meaning;
use super::finding::{Finding, Level};
use super::written::{Carrier, Directive, Written, shown};
use super::{Reading, Way};

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !reading.is_secure() {
        findings.push(not_secure(reading));
    }
    if reading.policies.is_empty() {
        findings.push(no_policy(reading));
        return findings;
    }
    let headers = || reading.policies.iter().filter(|policy| policy.carrier != Carrier::Meta);
    if reading.policies.iter().all(|policy| policy.carrier == Carrier::ReportOnly) {
        findings.push(only_report_only());
    }
    for policy in headers() {
        findings.extend(report_to(reading, policy));
        findings.extend(report_uri(reading, policy));
    }
    let delivers = headers().any(|policy| reading.way(policy).delivers());
    let is_silent = !delivers && !reading.any_way(Way::Nowhere);
    if is_silent {
        findings.push(no_reports(reading));
    }
    if delivers {
        let silent = headers().filter(|policy| reading.way(policy) == Way::None);
        findings.extend(silent.map(policy_without_reports));
        findings.extend(one_way(reading));
    }
    findings
}

fn not_secure(reading: &Reading<'_>) -> Finding {
    let page = reading.page.address.as_ref().map(|page| page.origin().ascii_serialization());
    Finding::silent("page-not-secure", page.unwrap_or_default())
        .what("the page comes by http")
        .why(
            "The Reporting API is for secure contexts: of a page on http Chromium and Firefox send \
             nothing by report-to, and whoever is on the way can take the headers off",
        )
        .mend("Strict-Transport-Security: max-age=31536000; and a redirect from http to https")
}

fn no_policy(reading: &Reading<'_>) -> Finding {
    let endpoint = reading.collector();
    Finding::silent("no-policy", "Content-Security-Policy")
        .what("the page has no Content-Security-Policy, neither enforced nor report-only")
        .why(
            "Without a policy nothing violates it: browsers load and send whatever the page's \
             scripts want, and report none of it",
        )
        .mend(format!(
            "Content-Security-Policy-Report-Only: default-src 'self'; form-action 'self'; base-uri \
             'self'; report-uri {endpoint}"
        ))
}

fn only_report_only() -> Finding {
    Finding::advice("only-report-only", "Content-Security-Policy")
        .what("all policies of the page are report-only")
        .why("That is enough to see an attack, and stops none: data that is reported has left")
        .mend("once the reports are quiet, send the first policy as Content-Security-Policy")
}

/// What is wrong with the directive `report-to`.
fn report_to(reading: &Reading<'_>, policy: &Written) -> Vec<Finding> {
    let Some(directive) = policy.directive("report-to") else { return Vec::new() };
    let mut findings = Vec::new();
    let Some(name) = directive.words.first() else {
        return vec![undefined(reading, policy.at(directive), "report-to has no name after it")];
    };
    let place = policy.at_word(directive, name);
    match reading.endpoints.find(name) {
        // What is wrong with its definition is told there.
        Meaning::Url(_) | Meaning::Broken => {}
        Meaning::Legacy => findings.push(
            Finding::silent("endpoint-only-legacy", place)
                .what(format!(
                    "the endpoint {} is defined by the header Report-To only",
                    shown(name)
                ))
                .why(
                    "Report-To is Chromium's old header: Firefox and Safari's engine send nothing \
                     to its groups",
                )
                .mend(definition(reading, name)),
        ),
        Meaning::Nothing if name.contains("://") => findings.push(undefined(
            reading,
            place,
            "report-to takes the name of an endpoint, and here has a URL",
        )),
        Meaning::Nothing => {
            let what =
                format!("no Reporting-Endpoints header defines the endpoint {}", shown(name));
            findings.push(undefined(reading, place, &what));
        }
    }
    if directive.words.len() > 1 {
        findings.push(several(policy, directive));
    }
    findings
}

fn undefined(reading: &Reading<'_>, place: String, what: &str) -> Finding {
    Finding::silent("report-to-undefined", place)
        .what(what)
        .why(
            "With an undefined name no engine sends anything for the policy, and a report-uri beside it does not help: \
             report-to alone counts where both are",
        )
        .mend(definition(reading, reading.endpoint_name()))
}

/// A line that defines an endpoint.
fn definition(reading: &Reading<'_>, name: &str) -> String {
    let is_name = !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.*".contains(&b));
    let name = if is_name { name } else { reading.endpoint_name() };
    format!(
        "Reporting-Endpoints: {name}=\"{}\", and `report-to {name}` in the policy",
        reading.collector()
    )
}

fn several(policy: &Written, directive: &Directive) -> Finding {
    Finding::advice("report-to-several", policy.at(directive))
        .what("report-to names several endpoints")
        .why("Chromium and Firefox send to the first one, Safari's engine to all")
        .mend("name one")
}

/// What is wrong with the directive `report-uri`.
fn report_uri(reading: &Reading<'_>, policy: &Written) -> Vec<Finding> {
    let Some(directive) = policy.directive("report-uri") else { return Vec::new() };
    if policy.directive("report-to").is_some() {
        // Where nothing else goes by report-uri, its fast way is lost.
        let level = if reading.any_way(Way::ReportUri) { Level::Advice } else { Level::Weak };
        let finding = Finding::new(level, "report-uri-ignored", policy.at(directive))
            .what("the policy has report-uri and report-to")
            .why(
                "All engines leave report-uri alone in a policy with report-to (CSP3, section 5.5). What only report-uri \
                 brings is lost: reports at once from Chromium, and those of srcdoc, blob: and data: frames",
            )
            .mend(format!(
                "two policies with the same lists, one ending in `report-uri {}`, the other, \
                 report-only, in `report-to`",
                reading.collector()
            ));
        return vec![finding];
    }
    let mut findings = Vec::new();
    if directive.words.is_empty() {
        findings.push(bad_uri(
            reading,
            policy.at(directive),
            "report-uri has no URL after it",
            NO_URL,
        ));
    }
    for word in &directive.words {
        let url = super::endpoints::absolute(word, reading.page.address.as_ref());
        let place = policy.at_word(directive, word);
        match url.as_ref().map(url::Url::scheme) {
            Some("https") => {}
            Some("http") if !reading.is_secure() => {}
            Some("http") => findings.push(insecure(reading, place)),
            _ => findings.push(bad_uri(
                reading,
                place,
                "this is no URL that browsers post to",
                NO_URL,
            )),
        }
    }
    findings
}

const NO_URL: &str =
    "Browsers leave out what they cannot resolve, and say so in the console of the visitor only";

fn bad_uri(reading: &Reading<'_>, place: String, what: &str, why: &'static str) -> Finding {
    let mend = format!("report-uri {}", reading.collector());
    Finding::silent("report-uri-invalid", place).what(what).why(why).mend(mend)
}

/// An endpoint on http.
pub(super) fn insecure(reading: &Reading<'_>, place: String) -> Finding {
    Finding::silent("endpoint-insecure", place)
        .what("the endpoint is on http")
        .why("From a page on https all engines drop reports to http, as mixed content")
        .mend(format!("let the endpoint be https, as {}", reading.collector()))
}

fn no_reports(reading: &Reading<'_>) -> Finding {
    let is_meta = reading.policies.iter().all(|policy| policy.carrier == Carrier::Meta);
    let what = match is_meta {
        true => {
            "the page's only policies are in <meta>, where report-uri and report-to are ignored"
        }
        false => "no policy of the page says where to report: neither report-uri nor report-to",
    };
    Finding::silent("no-reports", reading.policies[0].place.clone())
        .what(what)
        .why("Violations then stand in the console of the visitor's browser, and nowhere else")
        .mend(format!(
            "`; report-uri {0}` at the end of a Content-Security-Policy header, and a second, report-only policy that ends \
             in `; report-to {1}`, with Reporting-Endpoints: {1}=\"{0}\"",
            reading.collector(),
            reading.endpoint_name()
        ))
}

fn policy_without_reports(policy: &Written) -> Finding {
    Finding::advice("policy-without-reports", policy.place.clone())
        .what("this policy has neither report-uri nor report-to")
        .why("What violates it, and none of the policies that report, is not heard of")
        .mend("end it in report-uri or report-to, too")
}

/// Only one of the two ways.
fn one_way(reading: &Reading<'_>) -> Vec<Finding> {
    let has_both_in_one = |policy: &Written| {
        policy.directive("report-uri").is_some() && policy.directive("report-to").is_some()
    };
    let (endpoint, name) = (reading.collector(), reading.endpoint_name());
    let mut findings = Vec::new();
    if !reading.any_way(Way::ReportUri) && !reading.policies.iter().any(has_both_in_one) {
        let finding = Finding::weak("no-report-uri", "Content-Security-Policy")
            .what("nothing reports by report-uri")
            .why(
                "Chromium and Firefox report what happens in srcdoc, blob: and data: frames by report-uri only, and Chromium \
                 keeps report-to for its next tick, which comes every 60 s",
            )
            .mend(format!(
                "a second policy with the same lists that ends in `report-uri {endpoint}`",
            ));
        findings.push(finding);
    }
    if !reading.any_way(Way::ReportTo) && !reading.any_way(Way::Nowhere) {
        // Who blocks needs it less.
        let enforces = reading.policies.iter().any(|policy| policy.carrier == Carrier::Enforced);
        let level = if enforces { Level::Advice } else { Level::Weak };
        let finding = Finding::new(level, "no-report-to", "Content-Security-Policy-Report-Only")
            .what("nothing reports by report-to")
            .why(
                "Firefox delivers a report-only form-action violation, a payment form that posts elsewhere, by report-to only; \
                 Chromium loses report-uri bodies of more than 64 KiB, as a long URL makes them; hashes of scripts and \
                 Integrity-Policy have no other way",
            )
            .mend(format!(
                "Reporting-Endpoints: {name}=\"{endpoint}\", and a second policy with the same \
                 lists that ends in `report-to {name}`"
            ));
        findings.push(finding);
    }
    findings
}
