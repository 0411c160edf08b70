//! Probes of the endpoints; `answers` checks whether they answer as browsers need it. A probe leaves no report behind: it is a preflight, and
//! a POST without a body, with the headers of the browser's own for its channel.

mod answers;

pub(super) use answers::findings;

use std::collections::HashSet;
use std::net::IpAddr;

use url::Url;

use super::endpoints::EndpointLookup;
use super::{Analysis, ReportingMethod};
use crate::base::limits;

/// An endpoint to probe, as browsers send to it by one of their ways.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProbeTarget {
    /// The address of the endpoint.
    pub url: Url,
    /// The way.
    pub channel: ProbeChannel,
    /// Whether browsers send a preflight first. They do if a report goes by the Reporting API to another origin.
    pub is_preflighted: bool,
}

/// How a report gets to its endpoint. A firewall may let one of them pass, and refuse the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProbeChannel {
    /// By the directive `report-uri`.
    ReportUri,
    /// By the Reporting API: `report-to`, and `endpoints` of Integrity-Policy.
    ReportTo,
}

impl ProbeChannel {
    /// The media type of the reports.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::ReportUri => "application/csp-report",
            Self::ReportTo => "application/reports+json",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ReportUri => "report-uri",
            Self::ReportTo => "report-to",
        }
    }
}

/// What an endpoint answered to a probe.
#[derive(Clone, Debug)]
pub struct ProbeResult {
    /// The answer to the preflight. `None`: the endpoint needs none.
    pub preflight: Option<Result<EndpointReply, ConnectionFailure>>,
    /// The answer to the POST.
    pub post: Result<EndpointReply, ConnectionFailure>,
}

/// The parts of an HTTP answer that decide whether browsers deliver reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointReply {
    /// The status code.
    pub status: u16,
    /// `Access-Control-Allow-Origin`.
    pub allowed_origin: Option<String>,
    /// `Access-Control-Allow-Headers`.
    pub allowed_headers: Option<String>,
    /// `Location`.
    pub location: Option<String>,
}

/// Why a server did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionFailure {
    /// The certificate is not trusted, for this reason.
    UntrustedCertificate(String),
    /// The certificate is for another host.
    WrongName(String),
    /// Nothing accepts the connection, or it ends early.
    Unreachable(String),
    /// The answer takes too long.
    TimedOut,
    /// The host has this address, which is private, and the page is on the internet. Nothing was sent.
    Private(IpAddr),
}

/// The endpoints that browsers would send reports to.
pub(super) fn targets(analysis: &Analysis<'_>) -> Vec<ProbeTarget> {
    let mut urls = Vec::new();
    for policy in &analysis.policies {
        if analysis.reporting_method(policy) == ReportingMethod::ReportUri {
            let of_policy = analysis.report_uris(policy).into_iter();
            urls.extend(of_policy.map(|url| (url, ProbeChannel::ReportUri)));
        }
    }
    for name in super::definitions::used_names(analysis) {
        if let EndpointLookup::Url(url) = analysis.endpoints.find(&name) {
            urls.push((url.clone(), ProbeChannel::ReportTo));
        }
    }
    let page = analysis.page.address.as_ref();
    let is_elsewhere = |url: &Url| page.is_none_or(|page| page.origin() != url.origin());
    let target = |(url, channel): (Url, ProbeChannel)| {
        let is_preflighted = channel == ProbeChannel::ReportTo && is_elsewhere(&url);
        ProbeTarget { url, channel, is_preflighted }
    };
    let mut seen = HashSet::new();
    let targets = urls.into_iter().map(target).filter(|target| seen.insert(target.clone()));
    targets.take(limits::DOCTOR_ENDPOINTS).collect()
}
