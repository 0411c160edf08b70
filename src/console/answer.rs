//! Answers that are no page of their own: errors, as a page for people and as `application/problem+json` (RFC 9457) for
//! programs.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::frame::error_page;
use crate::store::error::InsertError;

/// Why a request is not answered as it wishes.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: String,
    /// What else a program learns.
    more: Value,
    /// Where a person is sent instead.
    location: Option<String>,
    /// The way back to the form that a person sent.
    back: Option<Box<WayBack>>,
    retry_after: Option<u64>,
}

/// What a person gets back whose form was refused.
#[derive(Clone, Debug)]
struct WayBack {
    /// The page with the form.
    page: String,
    /// What that page is about.
    name: String,
    /// What they wrote, which is not stored.
    written: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { status, detail, more: Value::Null, location: None, back: None, retry_after: None }
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// What was sent cannot be used.
    pub(super) fn unusable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// What a person asks for is somewhere else.
    pub(super) fn elsewhere(location: impl Into<String>) -> Self {
        let location = Some(location.into());
        Self { location, ..Self::new(StatusCode::SEE_OTHER, "") }
    }

    pub(super) fn with(mut self, more: Value) -> Self {
        self.more = more;
        self
    }

    /// For a form: the page that it is on, the name of that page, and what was written in it and is not stored.
    pub(super) fn back_to(mut self, page: String, name: String, written: &str) -> Self {
        self.back = Some(Box::new(WayBack { page, name, written: written.to_owned() }));
        self
    }

    pub(super) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The answer in the form that a request of this path wants. `header`: that of a page for whoever sent it.
    pub(super) fn answer(self, path: &str, header: Markup) -> Response {
        if is_api(path) { self.into_problem() } else { self.into_page(header) }
    }

    fn into_problem(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let mut problem =
            json!({ "title": title, "status": self.status.as_u16(), "detail": self.detail });
        if let (Value::Object(problem), Value::Object(more)) = (&mut problem, &self.more) {
            problem.extend(more.clone());
        }
        let body = (self.status, problem.to_string());
        let mut response = body.into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        self.add_pause(response)
    }

    fn into_page(self, header: Markup) -> Response {
        if let Some(location) = &self.location {
            return see_other(location);
        }
        let title = heading(self.status);
        let page = error_page(title, header, self.body(title));
        let response = (self.status, page).into_response();
        self.add_pause(response)
    }

    fn body(&self, title: &str) -> Markup {
        html! {
            h1 { (title) }
            p { (sentence(&self.detail)) }
            @if self.status == StatusCode::SERVICE_UNAVAILABLE {
                p {
                    "Collectors need no console: they go on taking reports, raising alerts, and keeping what ClickHouse does \
                     not take. Decisions that were made stay in force."
                }
            }
            @if let Some(back) = &self.back {
                @if !back.written.is_empty() {
                    label for="written" { "What you wrote, which is not stored" }
                    textarea id="written" rows="3" readonly { (back.written) }
                }
                p { a href=(back.page) { "Back to " (back.name) } }
            }
            p { a href="/" { "To what needs a person now" } }
        }
    }

    fn add_pause(&self, mut response: Response) -> Response {
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The detail as a sentence; programs get it as it is.
pub(super) fn sentence(detail: &str) -> String {
    let mut rest = detail.chars();
    rest.next()
        .map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), rest.as_str()))
}

/// What happened, for people. The numbers are for programs.
fn heading(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNPROCESSABLE_ENTITY => "That cannot be used",
        StatusCode::CONFLICT => "Somebody has decided meanwhile",
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN => "You may not do that",
        StatusCode::PAYLOAD_TOO_LARGE => "That is too much at once",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::SERVICE_UNAVAILABLE => "The console cannot answer now",
        StatusCode::MISDIRECTED_REQUEST => "The console does not answer to this name",
        _ => "That did not work",
    }
}

/// A handler does not know in which form: the refusal goes along with an empty answer until the guard writes it.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<InsertError> for Refusal {
    fn from(error: InsertError) -> Self {
        tracing::warn!(id = "clickhouse-unreachable", %error, "ClickHouse does not answer");
        let detail = "ClickHouse does not answer; the console shows what is stored there. See its log, and try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).after(10)
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(id = "console-request-failed", %error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the console cannot do that; see its log")
    }
}

/// Sends a browser on, after what it sent was done.
pub(super) fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        // Addresses are encoded where they are made.
        Err(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response(),
    }
}

/// Whether a program sends the request, and not a browser.
pub(super) fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}
