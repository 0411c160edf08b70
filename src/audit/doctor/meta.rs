//! Policies in `<meta>`, of which browsers leave out some (HTML, section 4.2.5.3; CSP3, section 3.3).

use super::Reading;
use super::finding::Finding;
use super::written::Carrier;

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if reading.markup.policies.iter().any(|policy| policy.is_report_only) {
        let place = "<meta http-equiv=\"Content-Security-Policy-Report-Only\">";
        let finding = Finding::weak("meta-report-only", place)
            .what("a report-only policy stands in <meta>")
            .why(
                "Browsers ignore it: a policy in <meta> is enforced or nothing (CSP3, section 3.3)",
            )
            .mend("send it as the header Content-Security-Policy-Report-Only");
        findings.push(finding);
    }
    for policy in reading.policies.iter().filter(|policy| policy.carrier == Carrier::Meta) {
        for directive in policy.directives.iter().filter(|directive| directive.counts) {
            let finding = match directive.name.as_str() {
                "report-uri" | "report-to" => {
                    Finding::silent("meta-directive-ignored", policy.at(directive))
                }
                "frame-ancestors" | "sandbox" => {
                    Finding::weak("meta-directive-ignored", policy.at(directive))
                }
                _ => continue,
            };
            let finding = finding
                .what(format!("{} stands in <meta>", directive.name))
                .why(
                    "Browsers ignore report-uri, report-to, frame-ancestors and sandbox in <meta>; \
                     what such a policy blocks is reported to nobody",
                )
                .mend(
                    "send the policy as a header; for what must stay in <meta>, the script that \
                     `cspwatch sri-js` prints with data-csp can speak",
                );
            findings.push(finding);
        }
    }
    findings
}
