//! What holds for every request, whatever its path: it names this console, no other site made a browser send it, and its
//! answer says what a browser may do with it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Console;
use super::answer::{Refusal, is_api};
use super::layout::plain_header;
use super::visitor::{Visitor, session_of};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) async fn guard(
    State(console): State<Arc<Console>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let mut session = None;
    let mut response = match check(&console, &request) {
        Ok(()) => {
            session = session_of(request.headers(), &console);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    };
    if let Some(refusal) =
        response.extensions_mut().remove::<Refusal>().or_else(|| unread(&response))
    {
        let visitor = session.and_then(|session| Visitor::of_session(&console, session));
        response = refusal.answer(&path, plain_header(visitor.as_ref()));
    }
    add_headers(&console, response.headers_mut());
    response
}

fn check(console: &Console, request: &Request) -> Result<(), Refusal> {
    let (uri, headers) = (request.uri(), request.headers());
    // What only looks whether it runs knows no name; and there is nothing to see.
    if uri.path() == "/healthz" && *request.method() == Method::GET {
        return Ok(());
    }
    // HTTP/2 has no Host.
    let authority = uri.authority().map(|authority| authority.as_str());
    let host = || one(headers, header::HOST);
    if !authority.or_else(host).is_some_and(|host| console.origins.has_host(host)) {
        return Err(Refusal::new(
            StatusCode::MISDIRECTED_REQUEST,
            "no console has this name; it is reached as console.public_url says",
        ));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    // To the API a program sends a token because it chose to; to pages a browser sends a cookie, whoever made it.
    if changes && !is_api(uri.path()) && !is_from_own_page(console, headers) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "this request does not come from a page of the console; open the page again and repeat",
        ));
    }
    Ok(())
}

/// Browsers name the origin of every request that changes something; those that hide it say at least whether it is the same
/// (<https://w3c.github.io/webappsec-fetch-metadata/>).
fn is_from_own_page(console: &Console, headers: &HeaderMap) -> bool {
    match (one(headers, header::ORIGIN), one(headers, SEC_FETCH_SITE)) {
        (Some(origin), _) => console.origins.has(origin),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    }
}

/// A header's value; of several, which no browser sends, an empty one.
fn one(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap_or_default());
    if values.next().is_some() { Some("") } else { value }
}

/// What axum itself refuses, before a handler sees it: an address whose parts are no texts. It has plain words of its own.
fn unread(response: &Response) -> Option<Refusal> {
    let media_type = response.headers().get(header::CONTENT_TYPE)?.as_bytes();
    let is_ours = !response.status().is_client_error() || !media_type.starts_with(b"text/plain");
    let why = "a part of the address is no text (UTF-8)";
    (!is_ours).then(|| Refusal::new(response.status(), why))
}

/// The policy of the console's pages. It allows the console's own files and nothing else; no text becomes code or markup
/// (`require-trusted-types-for`, with no policy that could make any).
fn policy(console: &Console) -> String {
    let reporting = console.config.console.report_url.as_ref();
    let reporting =
        reporting.map_or_else(String::new, |url| format!("; report-uri {url}; report-to console"));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'{reporting}"
    )
}

fn add_headers(console: &Console, headers: &mut HeaderMap) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`: with it, browsers send `Origin: null` with forms.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if console.origins.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    if let Ok(policy) = HeaderValue::try_from(policy(console)) {
        // A report that is shown for download has a stricter one of its own.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    let endpoint = console.config.console.report_url.as_ref();
    let endpoint =
        endpoint.and_then(|url| HeaderValue::try_from(format!("console=\"{url}\"")).ok());
    if let Some(endpoint) = endpoint {
        headers.insert(HeaderName::from_static("reporting-endpoints"), endpoint);
    }
}
