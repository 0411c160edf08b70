//! The endpoints, asked as a browser would, and without leaving evidence: a preflight, and a POST without a body.

use url::Url;

use super::endpoints::Meaning;
use super::finding::Finding;
use super::{Reading, Way};
use crate::base::limits;

/// An endpoint to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Where it is.
    pub url: Url,
    /// Whether browsers ask for permission first: what goes by the Reporting API to another origin.
    pub is_preflighted: bool,
}

/// What an endpoint answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// To the preflight, where there is one.
    pub preflight: Option<Result<Reply, Trouble>>,
    /// To the POST.
    pub post: Result<Reply, Trouble>,
}

/// An HTTP answer, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// `Access-Control-Allow-Origin`.
    pub allowed_origin: Option<String>,
    /// `Access-Control-Allow-Headers`.
    pub allowed_headers: Option<String>,
    /// `Location`.
    pub location: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The certificate is not to be trusted, and why.
    Certificate(String),
    /// The certificate is another host's.
    WrongName(String),
    /// Nobody takes the connection, or it ends.
    Unreachable(String),
    /// It takes too long.
    Slow,
}

/// The endpoints that browsers would send to.
pub(super) fn targets(reading: &Reading<'_>) -> Vec<Target> {
    let page = reading.page.address.as_ref();
    let is_elsewhere = |url: &Url| page.is_none_or(|page| page.origin() != url.origin());
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |url: &Url, is_reporting_api: bool| {
        let is_preflighted = is_reporting_api && is_elsewhere(url);
        match targets.iter_mut().find(|target| target.url == *url) {
            Some(target) => target.is_preflighted |= is_preflighted,
            None => targets.push(Target { url: url.clone(), is_preflighted }),
        }
    };
    for policy in &reading.policies {
        match reading.way(policy) {
            Way::ReportUri => reading.report_uris(policy).iter().for_each(|url| add(url, false)),
            Way::ReportTo => {
                let directive = policy.directive("report-to");
                let name = directive.and_then(|directive| directive.words.first());
                if let Some(Meaning::Url(url)) = name.map(|name| reading.endpoints.find(name)) {
                    add(url, true);
                }
            }
            Way::Nowhere | Way::None => {}
        }
    }
    for name in super::integrity::endpoints(reading) {
        if let Meaning::Url(url) = reading.endpoints.find(&name) {
            add(url, true);
        }
    }
    targets.truncate(limits::DOCTOR_ENDPOINTS);
    targets
}

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let origin = reading.page.address.as_ref().map(|page| page.origin().ascii_serialization());
    let of = |(target, answer): &(Target, Answer)| of(target, answer, origin.as_deref());
    reading.page.answers.iter().flat_map(of).collect()
}

fn of(target: &Target, answer: &Answer, origin: Option<&str>) -> Vec<Finding> {
    let place = place(&target.url);
    let post = match &answer.post {
        Ok(post) => post,
        Err(trouble) => return vec![unanswered(place, trouble)],
    };
    let mut findings = Vec::new();
    if (300..400).contains(&post.status) {
        findings.push(redirect(&place, post));
    } else if is_refusal(post.status) {
        findings.push(refused(&place, post.status));
    } else if target.is_preflighted && !allows(post, origin) {
        findings.push(post_without_cors(&place));
    }
    match &answer.preflight {
        Some(Ok(preflight)) => {
            let wrong = wrong_preflight(preflight, origin);
            findings.extend(wrong.map(|wrong| bad_preflight(&place, &wrong)));
        }
        Some(Err(trouble)) => findings.push(unanswered(place, trouble)),
        None => {}
    }
    findings
}

/// A URL without its query, which may differ from answer to answer.
fn place(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// Whether a collector that is there could not have answered so. It may well say 400, 411, 415 or 422 of a body that is
/// empty.
fn is_refusal(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 405 | 407 | 410 | 429) || status >= 500
}

fn allows(reply: &Reply, origin: Option<&str>) -> bool {
    let allowed = reply.allowed_origin.as_deref();
    allowed == Some("*") || allowed.is_some() && allowed == origin
}

/// What Chromium and Firefox would take offence at. Neither looks at `Access-Control-Allow-Methods`.
fn wrong_preflight(reply: &Reply, origin: Option<&str>) -> Option<String> {
    if !(200..300).contains(&reply.status) {
        return Some(format!("it answers OPTIONS with {}, not 204 or 200", reply.status));
    }
    if !allows(reply, origin) {
        let found = reply.allowed_origin.as_deref().unwrap_or("missing");
        return Some(format!(
            "Access-Control-Allow-Origin is {found}, neither * nor the page's origin"
        ));
    }
    let headers = reply.allowed_headers.as_deref().unwrap_or_default();
    let is_right = |header: &str| header == "*" || header.eq_ignore_ascii_case("content-type");
    if !headers.split(',').map(str::trim).any(is_right) {
        return Some("Access-Control-Allow-Headers does not name content-type".to_owned());
    }
    None
}

fn bad_preflight(place: &str, wrong: &str) -> Finding {
    Finding::silent("endpoint-preflight", place)
        .what(format!("the endpoint does not permit reports from this page: {wrong}"))
        .why(
            "Chromium and Firefox ask before they send by the Reporting API to another origin, and \
             send nothing without this answer",
        )
        .mend(
            "OPTIONS answered with 204, Access-Control-Allow-Origin: *, Access-Control-Allow-Methods: POST, \
             Access-Control-Allow-Headers: content-type, and no login before it",
        )
}

fn post_without_cors(place: &str) -> Finding {
    Finding::advice("endpoint-post-without-cors", place)
        .what("the answer to POST has no Access-Control-Allow-Origin for this page")
        .why("Firefox takes the delivery for failed, and sends each report three times")
        .mend("Access-Control-Allow-Origin: * on every answer")
}

fn redirect(place: &str, post: &Reply) -> Finding {
    let to = post
        .location
        .as_deref()
        .map_or_else(String::new, |to| format!(" to {}", super::written::shown(to)));
    Finding::silent("endpoint-redirects", place)
        .what(format!("the endpoint redirects{to} ({})", post.status))
        .why(
            "Browsers do not follow a redirect of report-uri; by report-to a 301 or 302 becomes a \
             GET, which loses the report and counts as delivered",
        )
        .mend("put the final address into the headers")
}

fn refused(place: &str, status: u16) -> Finding {
    let hint = match status {
        404 | 410 => ": there is no such site or path",
        401 | 403 | 407 => ": browsers send no credentials with reports",
        405 => ": it takes no POST",
        _ => "",
    };
    Finding::silent("endpoint-refuses", place)
        .what(format!("the endpoint answers POST with {status}{hint}"))
        .why(
            "Reports that are refused are lost; Chromium sends them again up to five times, also \
             after 410 and 429",
        )
        .mend(
            "let the address be a collector's that is running, as \
             https://reports.shop.example/report/SITE with the name of a configured site",
        )
}

fn unanswered(place: String, trouble: &Trouble) -> Finding {
    let (id, what, mend) = match trouble {
        Trouble::Certificate(why) => (
            "endpoint-untrusted-certificate",
            format!("its certificate is not trusted here: {why}"),
            "a certificate that browsers trust, with its whole chain; a company's own root is \
             named to this command by --ca",
        ),
        Trouble::WrongName(why) => (
            "endpoint-wrong-name",
            format!("its certificate is for another host: {why}"),
            "a certificate for the host that the headers name",
        ),
        Trouble::Unreachable(why) => (
            "endpoint-unreachable",
            format!("there is no answer: {why}"),
            "see whether the collector runs, and whether its name and port are reached from the \
             internet",
        ),
        Trouble::Slow => (
            "endpoint-slow",
            "there is no answer in time".to_owned(),
            "see what stands before the collector: it answers within milliseconds",
        ),
    };
    Finding::silent(id, place)
        .what(what)
        .why(
            "Browsers send no report to an endpoint that they cannot reach or trust, and nobody \
             sees that they could not",
        )
        .mend(mend)
}
