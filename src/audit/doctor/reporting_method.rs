//! How browsers report the violations of a policy.

use url::Url;

use super::Analysis;
use super::endpoints::EndpointLookup;
use super::report_uri_value::ReportUri;
use super::written::{Carrier, WrittenDirective, WrittenPolicy};
use crate::csp::fallbacks;

/// How browsers report the violations of a policy. If a policy has `report-to`, all engines ignore its `report-uri`
/// (CSP3, section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportingMethod {
    /// By `report-uri`.
    ReportUri,
    /// By `report-to`.
    ReportTo,
    /// Not at all, because `report-to` leads nowhere.
    Nowhere,
    /// Not at all, because the policy has neither directive, or no URL that browsers post to.
    None,
}

impl ReportingMethod {
    /// Whether browsers send reports.
    pub fn delivers(self) -> bool {
        matches!(self, Self::ReportUri | Self::ReportTo)
    }

    /// The public name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReportUri => "report-uri",
            Self::ReportTo => "report-to",
            Self::Nowhere => "nowhere",
            Self::None => "none",
        }
    }
}

impl Analysis<'_> {
    /// How browsers report the violations of a policy.
    pub(super) fn reporting_method(&self, policy: &WrittenPolicy) -> ReportingMethod {
        if policy.carrier == Carrier::Meta {
            return ReportingMethod::None;
        }
        match policy.directive("report-to").map(|directive| directive.words.first()) {
            Some(Some(name)) if matches!(self.endpoints.find(name), EndpointLookup::Url(_)) => {
                ReportingMethod::ReportTo
            }
            Some(_) => ReportingMethod::Nowhere,
            None if self.report_uris(policy).is_empty() => ReportingMethod::None,
            None => ReportingMethod::ReportUri,
        }
    }

    /// The URLs of a policy's `report-uri` that browsers post to.
    pub(super) fn report_uris(&self, policy: &WrittenPolicy) -> Vec<Url> {
        let page = self.page.address.as_ref();
        let words = policy.directive("report-uri").map_or(&[][..], |directive| &directive.words);
        let url = |word: &String| match ReportUri::parse(word, page) {
            ReportUri::Posts(url) => Some(url),
            ReportUri::Insecure | ReportUri::Mistaken(_) => None,
        };
        words.iter().filter_map(url).collect()
    }

    /// Whether browsers report the hashes of scripts. They do so by `report-to` only.
    pub(super) fn reports_hashes(&self) -> bool {
        let requests_hashes = |policy: &WrittenPolicy| {
            let list = policy.deciding(fallbacks("script-src-elem"));
            list.is_some_and(WrittenDirective::requests_hashes)
        };
        self.policies.iter().any(|policy| {
            requests_hashes(policy) && self.reporting_method(policy) == ReportingMethod::ReportTo
        })
    }

    /// Whether the page is on https. A page whose address is unknown counts as such.
    pub(super) fn is_secure(&self) -> bool {
        self.page.address.as_ref().is_none_or(|page| page.scheme() != "http")
    }

    /// Whether browsers report the violations of any policy by this method.
    pub(super) fn any_policy_reports_by(&self, method: ReportingMethod) -> bool {
        self.policies.iter().any(|policy| self.reporting_method(policy) == method)
    }
}
