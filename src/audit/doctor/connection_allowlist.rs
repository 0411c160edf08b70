//! Checks of Connection-Allowlist, the only header by which a browser reports navigation and WebRTC.
//!
//! What Chromium does is measured with 156, where it is on by default, and what it makes of lists with 148; what it makes of
//! other values of parameters, its own tests say. The grammar is WICG's
//! (<https://wicg.github.io/connection-allowlists/>).

mod list;

use super::Analysis;
use super::endpoints::EndpointLookup;
use super::finding::Finding;
use super::written::display_word;
use list::{Allowlist, Behaviour, ReportTo};

/// The headers: their lower-case name, and the one to display. The first is enforced.
const HEADERS: [(&str, &str); 2] = [
    ("connection-allowlist", ENFORCED),
    ("connection-allowlist-report-only", "Connection-Allowlist-Report-Only"),
];
const ENFORCED: &str = "Connection-Allowlist";

/// What the page's lists make Chromium report or block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AllowlistEffect {
    /// Whether a list reports where the page leads.
    pub reports_navigation: bool,
    /// Whether a list reports WebRTC.
    pub reports_webrtc: bool,
    /// Whether no list forbids redirects.
    pub allows_redirects: bool,
    /// Whether a list is enforced.
    pub is_enforced: bool,
}

impl AllowlistEffect {
    pub(super) fn of(analysis: &Analysis<'_>) -> Self {
        let mut effect = Self { allows_redirects: true, ..Self::default() };
        for (header, text) in headers(analysis) {
            let is_enforced = header == ENFORCED;
            let Ok(list) = Allowlist::parse(&text) else {
                // Chromium then enforces an empty list.
                effect.is_enforced |= is_enforced;
                effect.allows_redirects &= !is_enforced;
                continue;
            };
            let reports = list.reports_to(analysis);
            effect.reports_navigation |= reports;
            effect.reports_webrtc |= reports && list.webrtc.blocks();
            effect.is_enforced |= is_enforced && list.wide.is_empty();
            effect.allows_redirects &= !(list.redirects.blocks() && (reports || is_enforced));
        }
        effect
    }
}

impl Allowlist {
    /// Whether it has an endpoint, and forbids something that is then reported there.
    fn reports_to(&self, analysis: &Analysis<'_>) -> bool {
        let ReportTo::Name(name) = &self.report_to else { return false };
        self.wide.is_empty() && matches!(analysis.endpoints.find(name), EndpointLookup::Url(_))
    }
}

pub(super) fn findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let headers: Vec<_> = headers(analysis).collect();
    if headers.is_empty() {
        findings.push(no_allowlist(analysis));
    }
    for (header, text) in headers {
        match Allowlist::parse(&text) {
            Ok(list) => findings.extend(of(analysis, header, &list)),
            Err(why) => findings.push(invalid(analysis, header, why)),
        }
    }
    findings
}

/// The endpoint names in the page's allowlists.
pub(super) fn endpoints<'r>(analysis: &'r Analysis<'_>) -> impl Iterator<Item = String> + 'r {
    let lists = headers(analysis).filter_map(|(_, text)| Allowlist::parse(&text).ok());
    lists.filter_map(|list| match list.report_to {
        ReportTo::Name(name) => Some(name),
        ReportTo::Absent | ReportTo::NotAToken => None,
    })
}

/// The headers that the page has. Browsers ignore an empty one.
fn headers<'r>(analysis: &'r Analysis<'_>) -> impl Iterator<Item = (&'static str, String)> + 'r {
    let head = &analysis.page.head;
    let text = |(name, shown): (&str, &'static str)| Some((shown, head.joined(name)?));
    HEADERS.into_iter().filter_map(text).filter(|(_, text)| !text.trim().is_empty())
}

fn valid_header(analysis: &Analysis<'_>, header: &str) -> String {
    format!(
        "{header}: (response-origin);report-to={};redirects=block;webrtc=block",
        analysis.endpoint_name()
    )
}

fn no_allowlist(analysis: &Analysis<'_>) -> Finding {
    Finding::advice("no-connection-allowlist", "Connection-Allowlist-Report-Only")
        .what("the page has no Connection-Allowlist")
        .why(
            "Without it, no browser reports navigation (links, location, window.open) and WebRTC, by which data can leave. With \
             it, Chromium reports both since version 152; DNS prefetch, preconnect, workers, and frames of the page's own \
             origin without the header stay unseen",
        )
        .fix(format!(
            "{}, with the hosts that the page links to as further strings (\"https://*.example.com\"). It replaces no \
             connect-src: Chromium does not report fetch, images and scripts by it",
            valid_header(analysis, "Connection-Allowlist-Report-Only")
        ))
}

fn invalid(analysis: &Analysis<'_>, header: &str, why: String) -> Finding {
    let consequence = match header {
        ENFORCED => {
            "Chromium then enforces an empty list: it blocks every connection of the page, and reports none"
        }
        _ => "Chromium then knows no endpoint, and reports nothing",
    };
    Finding::silent("connection-allowlist-invalid", header)
        .what(format!("the header is not a list of structured fields: {why}"))
        .why(consequence)
        .fix(valid_header(analysis, header))
}

fn of(analysis: &Analysis<'_>, header: &'static str, list: &Allowlist) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(reports(analysis, header, list));
    if list.is_one_of_several {
        findings.push(several(header));
    }
    findings.extend(list.faults.iter().map(|fault| item(header, &fault.text, fault.what)));
    findings.extend(list.wide.iter().map(|pattern| wide(header, pattern)));
    findings.extend(list.unknown_parameters.iter().map(|name| parameter(header, name)));
    findings.extend(behaviour(header, list));
    if !list.has_response_origin {
        findings.push(no_response_origin(header));
    }
    if header == ENFORCED {
        findings.push(enforced());
        findings.extend(redirects_blocked(analysis, list));
    }
    findings
}

/// Whether violations are reported.
fn reports(analysis: &Analysis<'_>, header: &str, list: &Allowlist) -> Option<Finding> {
    let name = match &list.report_to {
        ReportTo::Name(name) => name,
        ReportTo::Absent => {
            return Some(without_report_to(analysis, header, "the header has no report-to"));
        }
        ReportTo::NotAToken => {
            let what = "the value of report-to is not a token: it must be a name without quotes";
            return Some(without_report_to(analysis, header, what));
        }
    };
    match analysis.endpoints.find(name) {
        // A mistake in the definition of the endpoint is a finding about the definition.
        EndpointLookup::Url(_) | EndpointLookup::Invalid => None,
        EndpointLookup::Undefined | EndpointLookup::LegacyOnly => {
            let name = display_word(name);
            let finding = Finding::silent("connection-allowlist-endpoint-undefined", format!("{header}: {name}"))
                .what(format!("no Reporting-Endpoints header defines the endpoint {name}"))
                .why("Browsers drop reports to an undefined name, and do not send them to the endpoint default instead")
                .fix(format!("Reporting-Endpoints: {name}=\"{}\"", analysis.collector()));
            Some(finding)
        }
    }
}

fn without_report_to(analysis: &Analysis<'_>, header: &str, what: &str) -> Finding {
    Finding::silent("connection-allowlist-without-report-to", header)
        .what(what)
        .why("Then Chromium reports nothing, not even to an endpoint with the name default")
        .fix(format!("{header}: (…);report-to={}", analysis.endpoint_name()))
}

fn several(header: &str) -> Finding {
    Finding::weak("connection-allowlist-several", header)
        .what("the header has more than one list, or is there more than once")
        .why("Chromium uses the first list with its parameters, and ignores the others")
        .fix("write all hosts into one pair of parentheses, separated by spaces, and the parameters after it")
}

fn item(header: &str, text: &str, what: &str) -> Finding {
    let text = display_word(text);
    Finding::weak("connection-allowlist-item", format!("{header}: {text}"))
        .what(format!("{text} {what}"))
        .why("Chromium ignores such an entry, or nothing matches it, so it blocks or reports what the entry should allow")
        .fix("write response-origin without quotes, and other hosts as URL patterns in double quotes: \"https://*.cdn.example\"")
}

fn wide(header: &str, pattern: &str) -> Finding {
    let pattern = display_word(pattern);
    Finding::weak("wide-source", format!("{header}: {pattern}"))
        .what(format!("{pattern} allows every host"))
        .why("A list that allows every host reports nothing, whatever happens")
        .fix("name the hosts that the page needs, as \"https://*.cdn.example\"")
}

fn parameter(header: &str, name: &str) -> Finding {
    let name = display_word(name);
    Finding::weak("connection-allowlist-parameter", format!("{header}: {name}"))
        .what(format!("no browser knows the parameter {name}"))
        .why("Chromium ignores it; the parameters are report-to, redirects and webrtc")
        .fix("correct its name, or remove it")
}

fn no_response_origin(header: &str) -> Finding {
    Finding::advice("connection-allowlist-own-origin", header)
        .what("the list does not have response-origin")
        .why("Unless a pattern allows the page's own host, each of its own links and forms is a violation")
        .fix(format!("{header}: (response-origin …)"))
}

/// What the parameters `redirects` and `webrtc` make of the page.
fn behaviour(header: &'static str, list: &Allowlist) -> Vec<Finding> {
    let mut findings = Vec::new();
    let parameters = [("redirects", &list.redirects), ("webrtc", &list.webrtc)];
    for (name, behaviour) in parameters {
        let finding = match behaviour {
            Behaviour::Default | Behaviour::Block => continue,
            Behaviour::BlockByMistake => misunderstood(header, name, "block"),
            Behaviour::AllowByMistake => misunderstood(header, name, "allow"),
            Behaviour::Allow if name == "webrtc" => webrtc_allowed(header),
            Behaviour::Allow => redirects_allowed(header),
        };
        findings.push(finding);
    }
    if parameters.iter().any(|(_, behaviour)| **behaviour == Behaviour::Default) {
        findings.push(defaults(header));
    }
    findings
}

fn misunderstood(header: &str, name: &str, taken_for: &str) -> Finding {
    Finding::weak("connection-allowlist-parameter", format!("{header}: {name}"))
        .what(format!("the value of {name} is neither the token block nor allow; Chromium takes it for {taken_for}"))
        .why("Any token but block allows, and any other type of value blocks")
        .fix(format!("{name}=block"))
}

fn redirects_allowed(header: &str) -> Finding {
    Finding::weak("connection-allowlist-redirects-allowed", format!("{header}: redirects"))
        .what("redirects=allow")
        .why(
            "A redirect of an allowed host, or of the page's own, may then end on any other host: Chromium neither reports nor \
             blocks that",
        )
        .fix("redirects=block, if you can sort out the reports about the page's own redirects")
}

fn webrtc_allowed(header: &str) -> Finding {
    Finding::weak("connection-allowlist-webrtc-allowed", format!("{header}: webrtc"))
        .what("webrtc=allow")
        .why("Then a script may send data to any host by WebRTC, and no browser reports that")
        .fix("webrtc=block, unless the page needs WebRTC")
}

fn defaults(header: &str) -> Finding {
    let consequence = if header == ENFORCED { "blocked and reported" } else { "reported" };
    Finding::advice("connection-allowlist-defaults", header)
        .what("redirects and webrtc are not both given; what is not given is block")
        .why(format!(
            "So each redirect of a navigation or form is {consequence}, those within the page's own site too (a login, the way \
             to the payment): `connection` in the report is the first URL then, on the page's own host, and the one behind it \
             does not appear. WebRTC is {consequence} wherever it goes"
        ))
        .fix("write ;redirects=block;webrtc=block if that is what you want, or allow what the page needs")
}

fn enforced() -> Finding {
    Finding::advice("connection-allowlist-enforced", ENFORCED)
        .what("the list is enforced")
        .why(
            "Chromium blocks fetch, images, scripts and other subresources that it does not allow, and reports none of them. \
             Navigation through a redirect is blocked at first, but where Chromium reloads the error page by itself, after \
             about a second, the second attempt gets through",
        )
        .fix(
            "send Connection-Allowlist-Report-Only first; keep connect-src and the other directives, whose violations are \
             reported",
        )
}

/// An enforced list without `redirects=allow`, where something shows that the site redirects.
fn redirects_blocked(analysis: &Analysis<'_>, list: &Allowlist) -> Option<Finding> {
    let count = analysis.page.redirects.len();
    let what = match (count, analysis.markup.has_post_form) {
        _ if !list.redirects.blocks() => return None,
        (0, false) => return None,
        (0, true) => {
            "a form of the page posts, and sites often answer that with a redirect".to_owned()
        }
        (1, _) => "a redirect led to the page".to_owned(),
        _ => format!("{count} redirects led to the page"),
    };
    let place = format!("{ENFORCED}: redirects");
    let finding = Finding::advice("connection-allowlist-enforced-redirects", place)
        .what(format!("the enforced list does not have redirects=allow, and {what}"))
        .why(
            "Chromium blocks each redirect of a navigation or form from a page with this list, from your own pages to your own \
             pages and after a POST (303) too: a login or a checkout that redirects then ends on an error page",
        )
        .fix(
            "send the list as Connection-Allowlist-Report-Only until it reports no redirect, or write ;redirects=allow: then a \
             redirect may end on any host, and no browser reports that",
        );
    Some(finding)
}
