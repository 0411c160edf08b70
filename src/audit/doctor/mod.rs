//! Checks of a page: what keeps browsers from reporting about it, and what makes its policy ineffective.
//!
//! A [`PageSnapshot`] holds a response head and, where they are known, the HTML and what the page's endpoints answered.
//! [`Analysis`] parses it once. Each module below checks one subject and knows what browsers do about it: measured with
//! Chromium 156, Firefox ESR 153 and WebKitGTK 2.50 (Safari's engine), or from the standard that the code names.
//!
//! Only [`fetch`] does I/O, and [`visit`] through it.

pub mod fetch;
pub mod visit;

pub mod finding;
pub mod head;

mod connection_allowlist;
mod definitions;
mod header_names;
mod integrity;
mod meta;
mod missing;
mod overruled;
mod probes;
mod reach;
mod report_uri_value;
mod reporting;
mod reporting_method;
mod scripts;
mod sources;
mod syntax;

mod endpoints;
mod html;
mod written;

pub mod change;
pub mod record;
pub mod unseen;
pub mod watch;

pub use finding::{Finding, FindingLevel};
pub use head::ResponseHead;
pub use probes::{ConnectionFailure, EndpointReply, ProbeChannel, ProbeResult, ProbeTarget};
pub use reporting_method::ReportingMethod;

use std::collections::HashSet;
use std::net::IpAddr;

use url::Url;

use crate::base::limits;
use endpoints::{EndpointLookup, Endpoints, UNKNOWN_HOST};
use html::PageMarkup;
use written::{Carrier, WrittenPolicy};

/// What is known about a page.
#[derive(Clone, Debug, Default)]
pub struct PageSnapshot {
    /// The address of the page, after redirects.
    pub address: Option<Url>,
    /// The addresses that redirected to the page, in their order.
    pub redirects: Vec<Url>,
    /// The head of the response.
    pub head: ResponseHead,
    /// The HTML, where there is some.
    pub html: Option<String>,
    /// A second response for the same address. Its nonces must differ from those of the first.
    pub second: Option<(ResponseHead, Option<String>)>,
    /// What the page's endpoints answered when they were probed.
    pub probes: Vec<(ProbeTarget, ProbeResult)>,
    /// Where the response redirects to, and the private address there, to which nobody on the internet gets. Then the page
    /// itself is unknown.
    pub refused_redirect: Option<(Url, IpAddr)>,
}

/// A page, parsed.
#[derive(Clone, Debug)]
pub struct Analysis<'p> {
    page: &'p PageSnapshot,
    policies: Vec<WrittenPolicy>,
    endpoints: Endpoints,
    markup: PageMarkup,
}

/// A policy, and how browsers report its violations.
#[derive(Clone, Debug)]
pub struct PolicySummary {
    /// The header, or the `<meta>` element, that it came in.
    pub carrier: &'static str,
    /// Whether browsers enforce it. If not, it is report-only.
    pub is_enforced: bool,
    /// How browsers report its violations.
    pub method: ReportingMethod,
    /// The whole policy.
    pub text: String,
}

impl<'p> Analysis<'p> {
    /// Parses a page.
    pub fn new(page: &'p PageSnapshot) -> Self {
        let address = page.address.as_ref();
        let html = page.html.as_deref().unwrap_or_default();
        let markup = PageMarkup::parse(html, address);
        let policies = policies(&page.head, &markup);
        Self { page, policies, endpoints: Endpoints::parse(&page.head, address), markup }
    }

    /// The endpoints to probe: those that browsers would send reports to.
    pub fn probe_targets(&self) -> Vec<ProbeTarget> {
        probes::targets(self)
    }

    /// Whether the page has nonces. Then a second response shows whether they change.
    pub fn has_nonces(&self) -> bool {
        let mut directives = self.policies.iter().flat_map(|policy| &policy.directives);
        directives.any(|directive| directive.nonces().next().is_some())
    }

    /// The policies of the page, in the order in which it has them.
    pub fn policies(&self) -> Vec<PolicySummary> {
        let summary = |policy: &WrittenPolicy| PolicySummary {
            carrier: policy.carrier.name(),
            is_enforced: policy.carrier != Carrier::ReportOnly,
            method: self.reporting_method(policy),
            text: policy.text.clone(),
        };
        self.policies.iter().map(summary).collect()
    }

    /// Everything that is wrong with the page, the worst first.
    pub fn findings(&self) -> Vec<Finding> {
        if let Some((to, address)) = &self.page.refused_redirect {
            return vec![reach::refused_redirect(&self.page.head, to, *address)];
        }
        let checks = [
            header_names::findings,
            reporting::findings,
            definitions::findings,
            probes::findings,
            meta::findings,
            missing::findings,
            sources::findings,
            scripts::findings,
            overruled::findings,
            integrity::findings,
            connection_allowlist::findings,
            syntax::findings,
        ];
        let mut findings: Vec<Finding> =
            checks.into_iter().flat_map(|findings_of| findings_of(self)).collect();
        let mut seen = HashSet::new();
        findings.retain(|finding| seen.insert((finding.id, finding.place.clone())));
        findings.sort_by_key(|finding| finding.level);
        findings.truncate(limits::DOCTOR_FINDINGS);
        findings
    }

    /// The policies that stop an attacker or report one: those that browsers enforce, and those that report. If the page
    /// has neither, all its policies: another check reports that nothing is reported, and their sources are checked
    /// anyway.
    fn effective(&self) -> Vec<&WrittenPolicy> {
        let is_effective = |policy: &&WrittenPolicy| {
            policy.carrier != Carrier::ReportOnly || self.reporting_method(policy).delivers()
        };
        let effective: Vec<&WrittenPolicy> = self.policies.iter().filter(is_effective).collect();
        if effective.is_empty() { self.policies.iter().collect() } else { effective }
    }

    /// The policies whose violations are reported; all, if none is.
    fn reporting_policies(&self) -> Vec<&WrittenPolicy> {
        let delivers = |policy: &&WrittenPolicy| self.reporting_method(policy).delivers();
        let reporting: Vec<&WrittenPolicy> = self.policies.iter().filter(delivers).collect();
        if reporting.is_empty() { self.policies.iter().collect() } else { reporting }
    }

    /// A name for the endpoint in suggested headers: one that the page defines already, or `cspwatch`.
    fn endpoint_name(&self) -> &str {
        let mut names = self.endpoints.named().iter().map(|endpoint| endpoint.name.as_str());
        names
            .find(|name| matches!(self.endpoints.find(name), EndpointLookup::Url(_)))
            .unwrap_or("cspwatch")
    }

    /// The collector's URL in suggested headers: one that the page names already, or an example.
    fn collector(&self) -> String {
        let named = self.endpoints.named().iter().find_map(|endpoint| endpoint.url.clone());
        let report_uri =
            || self.policies.iter().find_map(|policy| self.report_uris(policy).into_iter().next());
        let is_usable = |url: &Url| url.scheme() == "https" && url.host_str() != Some(UNKNOWN_HOST);
        let Some(mut known) = named.or_else(report_uri).filter(is_usable) else {
            return EXAMPLE_COLLECTOR.to_owned();
        };
        known.set_query(None);
        known.into()
    }
}

/// The collector's URL in suggested headers, for a page that names none.
const EXAMPLE_COLLECTOR: &str = "https://reports.shop.example/report/shop";

/// The policies of the headers, then those in `<meta>`. A comma in a header's value begins another policy (CSP3,
/// section 2.2.2).
fn policies(head: &ResponseHead, markup: &PageMarkup) -> Vec<WrittenPolicy> {
    let mut policies = Vec::new();
    let headers = [
        (Carrier::Enforced, "content-security-policy"),
        (Carrier::ReportOnly, "content-security-policy-report-only"),
    ];
    for (carrier, name) in headers {
        let values =
            head.values(name).map(|value| header_names::meant_value(carrier.name(), value));
        let pieces = values.flat_map(|value| value.split(',').enumerate());
        let pieces: Vec<_> = pieces.filter(|(_, text)| !text.trim().is_empty()).collect();
        add_policies(&mut policies, carrier, pieces);
    }
    let metas = markup.policies.iter().filter(|policy| !policy.is_report_only);
    let metas = metas.map(|policy| (0, policy.content.as_str())).collect();
    add_policies(&mut policies, Carrier::Meta, metas);
    policies.truncate(limits::DOCTOR_POLICIES);
    policies
}

/// Adds the policies of one carrier. `pieces`: how many commas of the header's value come before a policy, and its text.
fn add_policies(policies: &mut Vec<WrittenPolicy>, carrier: Carrier, pieces: Vec<(usize, &str)>) {
    let are_several = pieces.len() > 1;
    for (number, (commas, text)) in (1..).zip(pieces) {
        let place = match are_several {
            true => format!("{} (no. {number})", carrier.name()),
            false => carrier.name().to_owned(),
        };
        policies.push(WrittenPolicy::parse(carrier, place, text, commas > 0));
    }
}

#[cfg(test)]
mod tests;
