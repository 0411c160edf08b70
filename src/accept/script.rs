//! The answer to `GET /sri.js`.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue,
    IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};

use super::answer::{HttpAnswer, text};
use crate::accept::client_script::SRI_JS;

/// The path of the script.
pub(super) const PATH: &str = "/sri.js";

/// The script, 304 where the browser has this version, or 405.
pub(super) fn answer(head: &Parts) -> HttpAnswer {
    if !matches!(head.method, Method::GET | Method::HEAD) {
        let mut answer = text(405, "only GET is allowed here\n");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return with_common_headers(answer);
    }
    let has_it = head
        .headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|tags| tags == "*" || tags.contains(&SRI_JS.etag));
    let mut answer = Response::new(Full::new(Bytes::from_static(SRI_JS.text.as_bytes())));
    if has_it {
        answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    with_common_headers(answer)
}

fn with_common_headers(mut answer: HttpAnswer) -> HttpAnswer {
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(CONTENT_TYPE, "text/javascript; charset=utf-8");
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    // One day, because a new version of the collector must reach pages; after that the entity tag saves the transfer.
    set(CACHE_CONTROL, "public, max-age=86400, stale-while-revalidate=604800");
    if let Ok(tag) = HeaderValue::from_str(&SRI_JS.etag) {
        headers.insert(ETAG, tag);
    }
    answer
}
