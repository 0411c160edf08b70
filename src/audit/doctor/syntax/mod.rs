//! Checks for words of a policy that do not mean what they seem to mean.

mod directive;
mod names;
mod quoted;
mod trusted_types;
mod words;

use super::Analysis;
use super::finding::Finding;
use super::written::WrittenPolicy;
use crate::base::limits;
use crate::csp::DirectiveKind;

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if analysis.policies.len() == limits::DOCTOR_POLICIES {
        findings.push(too_many_policies());
    }
    for policy in &analysis.policies {
        if policy.text.len() > limits::POLICY_BYTES {
            findings.push(too_long(policy));
        }
        for (index, directive) in policy.directives.iter().enumerate() {
            findings.extend(directive::finding(policy, directive, index == 0));
            if directive.is_effective
                && matches!(directive.kind, DirectiveKind::Fetch | DirectiveKind::SourceList)
            {
                findings.extend(words::findings(policy, directive));
            }
            if directive.is_effective {
                findings.extend(trusted_types::findings(policy, directive));
            }
        }
    }
    findings
}

fn too_many_policies() -> Finding {
    Finding::advice("too-many-policies", "Content-Security-Policy")
        .what(format!(
            "the page has {} policies or more; only the first {0} were checked",
            limits::DOCTOR_POLICIES
        ))
        .why("Each comma in a header begins another policy, and browsers apply all of them at once")
        .fix("send one enforced and one report-only policy")
}

fn too_long(policy: &WrittenPolicy) -> Finding {
    Finding::advice("policy-too-long", policy.place.clone())
        .what(format!(
            "the policy has more than {} bytes; the rest was not checked",
            limits::POLICY_BYTES
        ))
        .why("Servers and proxies refuse heads of such a length, and each report carries the whole policy")
        .fix("allow hosts instead of single files")
}
