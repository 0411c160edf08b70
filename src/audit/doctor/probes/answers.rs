//! Checks of what endpoints answered to the probes.

use url::Url;

use super::super::Analysis;
use super::super::finding::Finding;
use super::{ConnectionFailure, EndpointReply, ProbeChannel, ProbeResult, ProbeTarget};

/// What is wrong with the answers. What is wrong by both channels is one finding.
pub fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let origin = analysis.page.address.as_ref().map(|page| page.origin().ascii_serialization());
    let mut findings: Vec<(Finding, Vec<ProbeChannel>)> = Vec::new();
    for (target, answer) in &analysis.page.probes {
        for finding in of(target, answer, origin.as_deref()) {
            let is_same = |other: &Finding| {
                (other.id, &other.place, &other.what) == (finding.id, &finding.place, &finding.what)
            };
            match findings.iter_mut().find(|(other, _)| is_same(other)) {
                Some((_, channels)) => channels.push(target.channel),
                None => findings.push((finding, vec![target.channel])),
            }
        }
    }
    let mut merged: Vec<Finding> = Vec::new();
    for (finding, channels) in findings {
        let finding = Finding { what: by_channels(&finding.what, &channels), ..finding };
        let is_same =
            |other: &&mut Finding| (other.id, &other.place) == (finding.id, &finding.place);
        match merged.iter_mut().find(is_same) {
            Some(other) => other.what = format!("{}; {}", other.what, finding.what),
            None => merged.push(finding),
        }
    }
    merged
}

/// Says by which channels something is wrong, and with it what the endpoint is sent by them.
fn by_channels(what: &str, channels: &[ProbeChannel]) -> String {
    let is_by = |channel| channels.contains(&channel);
    let names = match (is_by(ProbeChannel::ReportUri), is_by(ProbeChannel::ReportTo)) {
        (true, true) => "report-uri and report-to".to_owned(),
        _ => {
            let channel = channels.first().copied().unwrap_or(ProbeChannel::ReportTo);
            format!("{} ({})", channel.name(), channel.media_type())
        }
    };
    format!("by {names}, {what}")
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

/// Whether the status shows that the endpoint, or a firewall before it, takes no reports of this kind. A working collector
/// may answer an empty body with 400, 411 or 422.
fn is_refusal(status: u16) -> bool {
    status >= 400 && !matches!(status, 400 | 411 | 422)
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
        .map_or_else(String::new, |to| format!(" to {}", super::super::written::display_word(to)));
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
        406 | 415 => ": it does not accept the media type of these reports",
        _ => "",
    };
    Finding::silent("endpoint-refuses", place)
        .what(format!("the endpoint answers POST with {status}{hint}"))
        .why(
            "Refused reports are lost; Chromium sends them again up to five times, even after 410 and 429",
        )
        .fix(
            "use the address of a running collector, such as https://reports.shop.example/report/SITE with the name of a \
             configured site; in a firewall before it, let POST pass with application/csp-report and application/reports+json",
        )
}

fn unanswered(place: String, failure: &ConnectionFailure) -> Finding {
    let (id, what, fix) = match failure {
        ConnectionFailure::UntrustedCertificate(why) => (
            "endpoint-untrusted-certificate",
            format!("the endpoint's certificate is not trusted here: {why}"),
            "use a certificate that browsers trust, and send its whole chain; if browsers trust your company's own root, \
             name it to this command with --ca",
        ),
        ConnectionFailure::WrongName(why) => (
            "endpoint-wrong-name",
            format!("the endpoint's certificate is for another host: {why}"),
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
        ConnectionFailure::Private(address) => {
            return super::super::reach::private_endpoint(place, *address);
        }
    };
    Finding::silent(id, place)
        .what(what)
        .why(
            "Browsers send no reports to an endpoint that they cannot reach or trust, and nothing shows that they could \
             not",
        )
        .fix(fix)
}
