//! The requests of a visitor's browser, header by header: firewalls decide by them what they let pass.
//!
//! The headers are those of Chromium 148 and 156 as a server received them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderName};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use url::{Position, Url};

use super::super::{ConnectionFailure, ProbeChannel};
use super::connect::{Connection, failure};
use crate::base::domain::registrable;
use crate::base::limits;

/// Chromium's, because some servers answer only what looks like a browser, and the name of this program.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 cspwatch/",
    env!("CARGO_PKG_VERSION")
);
/// Nobody reads what an endpoint answers in its body.
const ENCODINGS: &str = "gzip, deflate, br, zstd";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A request; all but a report have no body.
pub struct BrowserRequest<'u> {
    /// Where it goes.
    pub url: &'u Url,
    method: Method,
    fields: Vec<(HeaderName, String)>,
    body: Bytes,
}

impl<'u> BrowserRequest<'u> {
    /// Shows a page.
    pub fn navigation(url: &'u Url) -> Self {
        Self::new(Method::GET, url).field(header::ACCEPT, "text/html,*/*;q=0.8")
    }

    /// Asks, before a report goes to another origin by the Reporting API, whether it may.
    pub fn preflight(url: &'u Url, page: &Url) -> Self {
        Self::new(Method::OPTIONS, url)
            .field(header::ORIGIN, page.origin().ascii_serialization())
            .field(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .field(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type")
            .field(header::ACCEPT_ENCODING, ENCODINGS)
    }

    /// Posts a report of a page. The Reporting API's has neither a referrer nor `Sec-Fetch-*`.
    pub fn report(url: &'u Url, channel: ProbeChannel, page: &Url) -> Self {
        let origin = page.origin().ascii_serialization();
        let post = Self::new(Method::POST, url)
            .field(header::CONTENT_TYPE, channel.media_type())
            .field(header::ORIGIN, origin.clone())
            .field(header::ACCEPT_ENCODING, ENCODINGS);
        match channel {
            ProbeChannel::ReportTo => post,
            ProbeChannel::ReportUri => post
                .field(header::ACCEPT, "*/*")
                .field(header::REFERER, referrer(page, url, &origin))
                .field(SEC_FETCH_SITE, site(page, url))
                .field(SEC_FETCH_MODE, "no-cors")
                .field(SEC_FETCH_DEST, "report"),
        }
    }

    fn new(method: Method, url: &'u Url) -> Self {
        Self { url, method, fields: Vec::new(), body: Bytes::new() }
            .field(header::HOST, url[Position::BeforeHost..Position::AfterPort].to_owned())
            .field(header::USER_AGENT, USER_AGENT)
            .field(header::ACCEPT_LANGUAGE, "en-US,en;q=0.9")
    }

    /// The same with a body.
    pub fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }

    fn field(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Sends it over a connection of its own.
    pub async fn send(
        self,
        connection: Box<dyn Connection>,
    ) -> Result<Response<Incoming>, ConnectionFailure> {
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        let mut request = Request::builder().method(self.method).uri(target);
        for (name, value) in self.fields {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(self.body)).map_err(|error| failure(&error))?;
        let mut client = http1::Builder::new();
        client.max_headers(limits::DOCTOR_HEAD_FIELDS);
        // Chromium accepts both too.
        client.allow_spaces_after_header_name_in_responses(true);
        client.allow_obsolete_multiline_headers_in_responses(true);
        let handshake = client.handshake(TokioIo::new(connection)).await;
        let (mut sender, connection) = handshake.map_err(|error| failure(&error))?;
        // Its failure is that of the request or of the body.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(|error| failure(&error))
    }
}

/// The referrer by the default policy: the page's origin, or, within it, the whole address.
fn referrer(page: &Url, url: &Url, origin: &str) -> String {
    match page.origin() == url.origin() {
        true => page[..Position::AfterQuery].to_owned(),
        false => format!("{origin}/"),
    }
}

/// `Sec-Fetch-Site` (Fetch Metadata, section 2.3).
fn site(page: &Url, url: &Url) -> &'static str {
    let host = |url: &Url| registrable(url.host_str().unwrap_or_default()).to_owned();
    if page.origin() == url.origin() {
        "same-origin"
    } else if page.scheme() == url.scheme() && host(page) == host(url) {
        "same-site"
    } else {
        "cross-site"
    }
}
