//! Whether a report was sent as the browser that it names sends reports. Anybody can post anything, so this rejects
//! nothing: what does not fit is added to the reason, and makes a row of its own.
//!
//! The expectations were recorded with Chromium 156, Firefox 153 and WebKitGTK 2.50 (`tests/corpus`).

use crate::pipeline::normalise;
use crate::report::{Engine, Kind, Oddities, Report};

/// The headers that show how a request was sent; `None` or empty where one is missing.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the names are those of the headers")]
pub struct Headers<'a> {
    pub user_agent: &'a str,
    pub content_type: &'a str,
    pub origin: Option<&'a str>,
    pub sec_fetch_dest: Option<&'a str>,
    pub sec_fetch_mode: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// Their names.
    pub const NAMES: [&'static str; 5] =
        ["user-agent", "content-type", "origin", "sec-fetch-dest", "sec-fetch-mode"];

    /// Takes the values of [`Headers::NAMES`], in that order.
    pub fn of(values: [Option<&'a str>; 5]) -> Self {
        let [user_agent, content_type, origin, sec_fetch_dest, sec_fetch_mode] = values;
        Self {
            user_agent: user_agent.unwrap_or(""),
            content_type: content_type.unwrap_or(""),
            origin,
            sec_fetch_dest,
            sec_fetch_mode,
        }
    }
}

impl Oddities {
    /// Compares a report with the request that brought it.
    pub fn of(report: &Report<'_>, headers: &Headers<'_>) -> Self {
        // The client script sends as no browser does, and nothing is expected of unknown engines.
        let is_client_script =
            matches!(report.kind, Kind::SriFailure | Kind::Census | Kind::InlineHash);
        let Some(expected) = Expected::of(report).filter(|_| !is_client_script) else {
            return Self::default();
        };
        let media_type = headers.content_type.split(';').next().unwrap_or("").trim();
        let fetched = (headers.sec_fetch_dest, headers.sec_fetch_mode);
        let odd = [
            // Most reports name what the request names, and their engine is known.
            headers.user_agent != report.user_agent
                && normalise::engine(headers.user_agent).0 != report.engine,
            !is_origin_of(headers.origin, report),
            // Browsers send Sec-Fetch to https endpoints only.
            fetched != (None, None) && fetched != expected.fetched,
            !media_type.eq_ignore_ascii_case(expected.media_type),
        ];
        Self::new(odd)
    }
}

/// The way in which an engine sends a report.
struct Expected {
    media_type: &'static str,
    /// `Sec-Fetch-Dest` and `Sec-Fetch-Mode`.
    fetched: (Option<&'static str>, Option<&'static str>),
}

impl Expected {
    fn of(report: &Report<'_>) -> Option<Self> {
        let (report_uri, reporting_api) = ("application/csp-report", "application/reports+json");
        let sent =
            |media_type, dest, mode| Some(Self { media_type, fetched: (Some(dest), Some(mode)) });
        match report.engine {
            // Only the Reporting API has an age.
            Engine::Chromium if report.has_age => {
                Some(Self { media_type: reporting_api, fetched: (None, None) })
            }
            Engine::Firefox if report.has_age => sent(reporting_api, "empty", "cors"),
            Engine::Chromium | Engine::Firefox => sent(report_uri, "report", "no-cors"),
            Engine::Webkit if report.kind == Kind::Csp => sent(report_uri, "empty", "no-cors"),
            Engine::Webkit => sent(reporting_api, "report", "cors"),
            Engine::Other => None,
        }
    }
}

/// Whether the Origin header fits the document. Documents with opaque origins send `null`; WebKit sends `null` or nothing.
fn is_origin_of(origin: Option<&str>, report: &Report<'_>) -> bool {
    let Some(origin) = origin else { return report.engine == Engine::Webkit };
    let document = &*report.document.host;
    if origin == "null" || document.is_empty() {
        return true;
    }
    // A scheme ends at the first colon (RFC 6454, section 6.2).
    let after_scheme = origin.bytes().position(|byte| byte == b':').map(|at| &origin[at..]);
    let Some(authority) = after_scheme.and_then(|rest| rest.strip_prefix("://")) else {
        return false;
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    host.trim_matches(['[', ']']).eq_ignore_ascii_case(document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Timestamp;
    use crate::config::KeepQuery;
    use crate::pipeline::decode::decode;
    use crate::pipeline::normalise::{Envelope, normalise};
    use crate::report::{Cause, Reason};

    const CHROMIUM: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

    /// The suffix of a `report-uri` report of a page of shop.example.
    fn suffix(headers: &Headers<'_>) -> String {
        let body = r#"{"csp-report":{"document-uri":"https://shop.example/p","blocked-uri":"https://b/"}}"#;
        let wire = decode(body, 1).reports.pop().expect("a report");
        let report = normalise(
            wire,
            Envelope {
                received: Timestamp::default(),
                user_agent: headers.user_agent,
                keep_query: &KeepQuery::None,
            },
        );
        let oddities = Oddities::of(&report, headers);
        let text = Reason { oddities, ..Reason::new(Cause::Unlisted) }.to_text().into_owned();
        text.strip_prefix("unlisted").expect("the cause comes first").to_owned()
    }

    fn usual() -> Headers<'static> {
        Headers {
            user_agent: CHROMIUM,
            content_type: "application/csp-report",
            origin: Some("https://shop.example"),
            sec_fetch_dest: Some("report"),
            sec_fetch_mode: Some("no-cors"),
        }
    }

    #[test]
    fn what_fits_has_no_suffix() {
        let plain_http = Headers { sec_fetch_dest: None, sec_fetch_mode: None, ..usual() };
        let opaque = Headers { origin: Some("null"), ..usual() };
        let port = Headers { origin: Some("https://shop.example:8443"), ..usual() };
        let unknown = Headers { user_agent: "curl/8", ..Headers::default() };
        for headers in [usual(), plain_http, opaque, port, unknown] {
            assert_eq!(suffix(&headers), "", "{headers:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let none = Headers { user_agent: FIREFOX, ..Headers::default() };
        assert_eq!(suffix(&none), " odd:origin+media-type");
        let elsewhere = Headers { origin: Some("https://evil.example"), ..usual() };
        assert_eq!(suffix(&elsewhere), " odd:origin");
        let scripted = Headers { sec_fetch_dest: Some("empty"), ..usual() };
        assert_eq!(suffix(&scripted), " odd:fetch");
    }
}
