//! Which way the violations of a policy take.

use url::Url;

use super::Reading;
use super::endpoints::{Meaning, absolute};
use super::written::{Carrier, Directive, Written};
use crate::csp::fallbacks;

/// How browsers report a policy's violations. With a `report-to` in a policy all engines leave its `report-uri` alone
/// (CSP3, section 5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By `report-uri`.
    ReportUri,
    /// By `report-to`.
    ReportTo,
    /// Not at all, because `report-to` leads nowhere.
    Nowhere,
    /// Not at all, because nothing says where to.
    None,
}

impl Way {
    /// Whether reports go out.
    pub fn delivers(self) -> bool {
        matches!(self, Self::ReportUri | Self::ReportTo)
    }

    /// Its public name.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReportUri => "report-uri",
            Self::ReportTo => "report-to",
            Self::Nowhere => "nowhere",
            Self::None => "none",
        }
    }
}

impl Reading<'_> {
    /// The way of a policy.
    pub(super) fn way(&self, policy: &Written) -> Way {
        if policy.carrier == Carrier::Meta {
            return Way::None;
        }
        match policy.directive("report-to").map(|directive| directive.words.first()) {
            Some(Some(name)) if matches!(self.endpoints.find(name), Meaning::Url(_)) => {
                Way::ReportTo
            }
            Some(_) => Way::Nowhere,
            None if self.report_uris(policy).is_empty() => Way::None,
            None => Way::ReportUri,
        }
    }

    /// Where a policy's `report-uri` leads, as far as browsers go there.
    pub(super) fn report_uris(&self, policy: &Written) -> Vec<Url> {
        let page = self.page.address.as_ref();
        let words = policy.directive("report-uri").map_or(&[][..], |directive| &directive.words);
        let urls = words.iter().filter_map(|word| absolute(word, page));
        urls.filter(|url| url.scheme() == "https" || !self.is_secure() && url.scheme() == "http")
            .collect()
    }

    /// Whether browsers tell the hashes of scripts, which go by `report-to` only.
    pub(super) fn tells_hashes(&self) -> bool {
        let list = |policy: &Written| {
            policy.deciding(fallbacks("script-src-elem")).is_some_and(Directive::asks_for_hashes)
        };
        self.policies.iter().any(|policy| list(policy) && self.way(policy) == Way::ReportTo)
    }

    /// Whether the page came by https, as far as is known.
    pub(super) fn is_secure(&self) -> bool {
        self.page.address.as_ref().is_none_or(|page| page.scheme() != "http")
    }

    /// Whether any policy of the headers has this way.
    pub(super) fn any_way(&self, way: Way) -> bool {
        self.policies.iter().any(|policy| self.way(policy) == way)
    }
}
