//! Checks of the endpoints: whether they answer as browsers need it. A probe leaves no report behind: it is a preflight, and
//! a POST without a body.

use url::Url;

use super::endpoints::EndpointLookup;
use super::finding::Finding;
use super::{Analysis, ReportingMethod};
use crate::base::limits;

/// An endpoint to probe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProbeTarget {
    /// The address of the endpoint.
    pub url: Url,
    /// Whether browsers send a preflight first. They do if a report goes by the Reporting API to another origin.
    pub is_preflighted: bool,
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
}

/// The endpoints that browsers would send reports to.
pub(super) fn targets(analysis: &Analysis<'_>) -> Vec<ProbeTarget> {
    let page = analysis.page.address.as_ref();
    let is_elsewhere = |url: &Url| page.is_none_or(|page| page.origin() != url.origin());
    let mut targets: Vec<ProbeTarget> = Vec::new();
    let mut add = |url: &Url, is_reporting_api: bool| {
        let is_preflighted = is_reporting_api && is_elsewhere(url);
        match targets.iter_mut().find(|target| target.url == *url) {
            Some(target) => target.is_preflighted |= is_preflighted,
            None => targets.push(ProbeTarget { url: url.clone(), is_preflighted }),
        }
    };
    for policy in &analysis.policies {
        match analysis.reporting_method(policy) {
            ReportingMethod::ReportUri => {
                analysis.report_uris(policy).iter().for_each(|url| add(url, false))
            }
            ReportingMethod::ReportTo => {
                let directive = policy.directive("report-to");
                let name = directive.and_then(|directive| directive.words.first());
                if let Some(EndpointLookup::Url(url)) =
                    name.map(|name| analysis.endpoints.find(name))
                {
                    add(url, true);
                }
            }
            ReportingMethod::Nowhere | ReportingMethod::None => {}
        }
    }
    for name in super::integrity::endpoints(analysis) {
        if let EndpointLookup::Url(url) = analysis.endpoints.find(&name) {
            add(url, true);
        }
    }
    targets.truncate(limits::DOCTOR_ENDPOINTS);
    targets
}

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let origin = analysis.page.address.as_ref().map(|page| page.origin().ascii_serialization());
    let of = |(target, answer): &(ProbeTarget, ProbeResult)| of(target, answer, origin.as_deref());
    analysis.page.probes.iter().flat_map(of).collect()
}

fn of(target: &ProbeTarget, answer: &ProbeResult, origin: Option<&str>) -> Vec<Finding> {
    let place = place(&target.url);
    let post = match &answer.post {
        Ok(post) => post,
        Err(failure) => return vec![unanswered(place, failure)],
    };
    let mut findings = Vec::new();
    if (300..400).contains(&post.status) {
        findings.push(redirects(&place, post));
    } else if is_refusal(post.status) {
        findings.push(refuses(&place, post.status));
    } else if target.is_preflighted && !allows(post, origin) {
        findings.push(post_without_cors(&place));
    }
    match &answer.preflight {
        Some(Ok(preflight)) => {
            let objection = preflight_objection(preflight, origin);
            findings.extend(objection.map(|objection| failed_preflight(&place, &objection)));
        }
        Some(Err(failure)) => findings.push(unanswered(place, failure)),
        None => {}
    }
    findings
}

/// A URL without its query, which may differ in each response.
fn place(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// Whether the status shows that the endpoint takes no reports. A working collector may answer an empty body with 400, 411,
/// 415 or 422.
fn is_refusal(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 405 | 407 | 410 | 429) || status >= 500
}

fn allows(reply: &EndpointReply, origin: Option<&str>) -> bool {
    let allowed = reply.allowed_origin.as_deref();
    allowed == Some("*") || allowed.is_some() && allowed == origin
}

/// Why Chromium and Firefox would not send a report after this preflight. Neither looks at
/// `Access-Control-Allow-Methods`.
fn preflight_objection(reply: &EndpointReply, origin: Option<&str>) -> Option<String> {
    if !(200..300).contains(&reply.status) {
        return Some(format!("it answers OPTIONS with {}, not 204 or 200", reply.status));
    }
    if !allows(reply, origin) {
        let found = reply.allowed_origin.as_deref().unwrap_or("missing");
        return Some(format!(
            "Access-Control-Allow-Origin is {found}, and must be * or the page's origin"
        ));
    }
    let headers = reply.allowed_headers.as_deref().unwrap_or_default();
    let names_it = |header: &str| header == "*" || header.eq_ignore_ascii_case("content-type");
    if !headers.split(',').map(str::trim).any(names_it) {
        return Some("Access-Control-Allow-Headers does not name content-type".to_owned());
    }
    None
}

fn failed_preflight(place: &str, objection: &str) -> Finding {
    Finding::silent("endpoint-preflight", place)
        .what(format!("the endpoint does not permit reports from this page: {objection}"))
        .why(
            "Before they send a report by the Reporting API to another origin, Chromium and Firefox ask for permission, \
             and without it they send nothing",
        )
        .fix(
            "answer OPTIONS without a login, with 204, Access-Control-Allow-Origin: *, Access-Control-Allow-Methods: POST, \
             and Access-Control-Allow-Headers: content-type",
        )
}

fn post_without_cors(place: &str) -> Finding {
    Finding::advice("endpoint-post-without-cors", place)
        .what("the answer to POST has no Access-Control-Allow-Origin for this page")
        .why("Firefox takes this for a failed delivery, and sends each report three times")
        .fix("send Access-Control-Allow-Origin: * with every answer")
}

fn redirects(place: &str, post: &EndpointReply) -> Finding {
    let to = post
        .location
        .as_deref()
        .map_or_else(String::new, |to| format!(" to {}", super::written::display_word(to)));
    Finding::silent("endpoint-redirects", place)
        .what(format!("the endpoint redirects{to} ({})", post.status))
        .why(
            "Browsers do not follow a redirect of report-uri; with report-to a 301 or 302 makes them send a GET, which \
             loses the report and counts as delivered",
        )
        .fix("put the final address into the headers")
}

fn refuses(place: &str, status: u16) -> Finding {
    let hint = match status {
        404 | 410 => ": there is no such site or path",
        401 | 403 | 407 => ": browsers send no credentials with reports",
        405 => ": it does not accept POST",
        _ => "",
    };
    Finding::silent("endpoint-refuses", place)
        .what(format!("the endpoint answers POST with {status}{hint}"))
        .why(
            "Refused reports are lost; Chromium sends them again up to five times, even after 410 and 429",
        )
        .fix(
            "use the address of a running collector, such as https://reports.shop.example/report/SITE with the name of a \
             configured site",
        )
}

fn unanswered(place: String, failure: &ConnectionFailure) -> Finding {
    let (id, what, fix) = match failure {
        ConnectionFailure::UntrustedCertificate(why) => (
            "endpoint-untrusted-certificate",
            format!("its certificate is not trusted here: {why}"),
            "use a certificate that browsers trust, and send its whole chain; if browsers trust your company's own root, \
             name it to this command with --ca",
        ),
        ConnectionFailure::WrongName(why) => (
            "endpoint-wrong-name",
            format!("its certificate is for another host: {why}"),
            "use a certificate for the host that the headers name",
        ),
        ConnectionFailure::Unreachable(why) => (
            "endpoint-unreachable",
            format!("there is no answer: {why}"),
            "check that the collector runs, and that its name and port can be reached from the internet",
        ),
        ConnectionFailure::TimedOut => (
            "endpoint-slow",
            "there is no answer in time".to_owned(),
            "check what is in front of the collector: the collector itself answers within milliseconds",
        ),
    };
    Finding::silent(id, place)
        .what(what)
        .why(
            "Browsers send no reports to an endpoint that they cannot reach or trust, and nothing shows that they could \
             not",
        )
        .fix(fix)
}
