//! What keeps browsers silent about a page, or its policy toothless.
//!
//! A [`Page`] is a head, perhaps with its HTML and with what its endpoints answered. [`Reading`] takes it apart, once;
//! each of the modules below judges one subject and knows what browsers do about it. What was measured is Chromium 156,
//! Firefox ESR 153 and WebKitGTK 2.50, Safari's engine; where a standard says so, it is named.
//!
//! No I/O but in [`fetch`].

pub mod fetch;

pub mod finding;
pub mod head;

mod definitions;
mod integrity;
mod meta;
mod missing;
mod probes;
mod reporting;
mod scripts;
mod sources;
mod syntax;
mod ways;

mod endpoints;
mod html;
mod written;

pub mod blind_spots;
pub mod change;

pub use finding::{Finding, Level};
pub use head::Head;
pub use probes::{Answer, Reply, Target, Trouble};
pub use ways::Way;

use std::collections::HashSet;

use url::Url;

use crate::base::limits;
use endpoints::{Endpoints, Meaning, UNKNOWN_HOST};
use html::Markup;
use written::{Carrier, Written};

/// What is known of a page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Where it is, after redirects.
    pub address: Option<Url>,
    /// Its head.
    pub head: Head,
    /// Its HTML.
    pub html: Option<String>,
    /// A second answer, whose nonces must be others.
    pub again: Option<(Head, Option<String>)>,
    /// What its endpoints answered.
    pub answers: Vec<(Target, Answer)>,
}

/// A page taken apart.
#[derive(Clone, Debug)]
pub struct Reading<'p> {
    page: &'p Page,
    policies: Vec<Written>,
    endpoints: Endpoints,
    markup: Markup,
}

/// A policy and its way to the collector.
#[derive(Clone, Debug)]
pub struct PolicySummary {
    /// What it came in.
    pub carrier: &'static str,
    /// Whether browsers act by it.
    pub is_enforced: bool,
    /// How browsers report its violations.
    pub way: Way,
    /// All of it.
    pub text: String,
}

impl<'p> Reading<'p> {
    /// Takes a page apart.
    pub fn of(page: &'p Page) -> Self {
        let address = page.address.as_ref();
        let html = page.html.as_deref().unwrap_or_default();
        let markup = Markup::read(html, address);
        let policies = policies(&page.head, &markup);
        Self { page, policies, endpoints: Endpoints::of(&page.head, address), markup }
    }

    /// The endpoints that browsers would send to, to be asked as they would.
    pub fn targets(&self) -> Vec<Target> {
        probes::targets(self)
    }

    /// Whether the page has nonces, which must differ in another answer.
    pub fn has_nonces(&self) -> bool {
        let directives = self.policies.iter().flat_map(|policy| &policy.directives);
        directives.into_iter().any(|directive| directive.nonces().next().is_some())
    }

    /// The policies, each with its way.
    pub fn policies(&self) -> Vec<PolicySummary> {
        let summary = |policy: &Written| PolicySummary {
            carrier: policy.carrier.name(),
            is_enforced: policy.carrier != Carrier::ReportOnly,
            way: self.way(policy),
            text: policy.text.clone(),
        };
        self.policies.iter().map(summary).collect()
    }

    /// All that is wrong, the worst first.
    pub fn findings(&self) -> Vec<Finding> {
        let subjects = [
            reporting::findings,
            definitions::findings,
            probes::findings,
            meta::findings,
            missing::findings,
            sources::findings,
            scripts::findings,
            integrity::findings,
            syntax::findings,
        ];
        let mut findings: Vec<Finding> =
            subjects.into_iter().flat_map(|subject| subject(self)).collect();
        let mut seen = HashSet::new();
        findings.retain(|finding| seen.insert((finding.id, finding.place.clone())));
        findings.sort_by_key(|finding| finding.level);
        findings.truncate(limits::DOCTOR_FINDINGS);
        findings
    }

    /// The policies by which an attacker is stopped or seen: those that are enforced or report. A page that has none of
    /// these has no way to report, which is told elsewhere; of its policies the sources are judged all the same.
    fn effective(&self) -> Vec<&Written> {
        let counts = |policy: &&Written| {
            policy.carrier != Carrier::ReportOnly || self.way(policy).delivers()
        };
        let effective: Vec<&Written> = self.policies.iter().filter(counts).collect();
        if effective.is_empty() { self.policies.iter().collect() } else { effective }
    }

    /// A name for the endpoint: one that the page defines already, or a new one.
    fn endpoint_name(&self) -> &str {
        let named = self.endpoints.named().iter().map(|named| named.name.as_str());
        named
            .into_iter()
            .find(|name| matches!(self.endpoints.find(name), Meaning::Url(_)))
            .unwrap_or("cspwatch")
    }

    /// Where reports could go: what the page names already, or a made-up collector.
    fn collector(&self) -> String {
        let named = self.endpoints.named().iter().find_map(|named| named.url.clone());
        let uri =
            || self.policies.iter().find_map(|policy| self.report_uris(policy).into_iter().next());
        let is_whole = |url: &Url| url.scheme() == "https" && url.host_str() != Some(UNKNOWN_HOST);
        let Some(mut known) = named.or_else(uri).filter(is_whole) else {
            return EXAMPLE.to_owned();
        };
        known.set_query(None);
        known.into()
    }
}

/// What stands for a collector where the page names none.
const EXAMPLE: &str = "https://reports.shop.example/report/shop";

/// The policies of the headers, then those in `<meta>`. In a header's value a comma begins another policy (CSP3, section
/// 2.2.2).
fn policies(head: &Head, markup: &Markup) -> Vec<Written> {
    let mut policies = Vec::new();
    let headers = [
        (Carrier::Enforced, "content-security-policy"),
        (Carrier::ReportOnly, "content-security-policy-report-only"),
    ];
    for (carrier, name) in headers {
        let pieces = head.values(name).flat_map(|value| value.split(',').enumerate());
        let pieces: Vec<_> = pieces.filter(|(_, text)| !text.trim().is_empty()).collect();
        add(&mut policies, carrier, pieces);
    }
    let metas = markup.policies.iter().filter(|policy| !policy.is_report_only);
    add(&mut policies, Carrier::Meta, metas.map(|policy| (0, policy.content.as_str())).collect());
    policies.truncate(limits::DOCTOR_POLICIES);
    policies
}

fn add(policies: &mut Vec<Written>, carrier: Carrier, pieces: Vec<(usize, &str)>) {
    let are_many = pieces.len() > 1;
    for (number, (comma, text)) in (1..).zip(pieces) {
        let place = match are_many {
            true => format!("{} (no. {number})", carrier.name()),
            false => carrier.name().to_owned(),
        };
        policies.push(Written::parse(carrier, place, text, comma > 0));
    }
}

#[cfg(test)]
mod tests;
