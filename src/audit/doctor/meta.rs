//! Policies in `<meta>`, parts of which browsers ignore (HTML, section 4.2.5.3; CSP3, section 3.3).

use super::Analysis;
use super::finding::Finding;
use super::written::{Carrier, WrittenDirective, WrittenPolicy};

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if analysis.markup.policies.iter().any(|policy| policy.is_report_only) {
        findings.push(report_only());
    }
    for policy in analysis.policies.iter().filter(|policy| policy.carrier == Carrier::Meta) {
        let directives = policy.directives.iter().filter(|directive| directive.is_effective);
        findings.extend(directives.filter_map(|directive| ignored(policy, directive)));
    }
    findings
}

fn report_only() -> Finding {
    let place = "<meta http-equiv=\"Content-Security-Policy-Report-Only\">";
    Finding::weak("meta-report-only", place)
        .what("a report-only policy is in <meta>")
        .why("Browsers ignore it: a policy in <meta> can only be an enforced one (CSP3, section 3.3)")
        .fix("send it as the header Content-Security-Policy-Report-Only")
}

/// A directive that browsers ignore in `<meta>`.
fn ignored(policy: &WrittenPolicy, directive: &WrittenDirective) -> Option<Finding> {
    let place = policy.at(directive);
    let finding = match directive.name.as_str() {
        "report-uri" | "report-to" => Finding::silent("meta-directive-ignored", place),
        "frame-ancestors" | "sandbox" => Finding::weak("meta-directive-ignored", place),
        _ => return None,
    };
    let finding = finding
        .what(format!("{} is in <meta>", directive.name))
        .why(
            "Browsers ignore report-uri, report-to, frame-ancestors and sandbox in <meta>, and do not report what such a \
             policy blocks",
        )
        .fix(
            "send the policy as a header; for a policy that must stay in <meta>, load the script that `cspwatch sri-js` \
             prints: with data-csp it reports violations",
        );
    Some(finding)
}
