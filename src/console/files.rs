//! Answers that are no page of the console: reports that bring their own style, and files to keep.

use std::io;

use axum::body::Bytes;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
};
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use crate::audit::html::page::policy;

/// The media type of tables.
pub(super) const CSV: &str = "text/csv; charset=utf-8";

/// A page that brings its own style, under the policy that allows it.
pub(super) fn standalone(page: Bytes) -> Response {
    let mut response = Html(page).into_response();
    let policy = format!("{}; frame-ancestors 'none'; sandbox", policy());
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Writes the items of a JSON array, each by itself: all of them in memory would be many times the text.
pub(super) fn write_items(
    text: &mut Vec<u8>,
    items: impl Iterator<Item = Value>,
) -> io::Result<()> {
    for (index, item) in items.enumerate() {
        text.extend_from_slice(if index > 0 { b"," } else { b"" });
        serde_json::to_writer(&mut *text, &item)?;
    }
    Ok(())
}

/// A file to keep; its name is ours, not a report's.
pub(super) fn download(name: &str, media_type: &'static str, content: Bytes) -> Response {
    let headers: [(HeaderName, String); 2] = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, content).into_response()
}
