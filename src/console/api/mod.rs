//! The API: the same as the pages, for programs. `openapi.json` describes it.

mod decisions;
mod findings;
mod reports;
mod sites;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answer::Refusal;
use super::fields::Fields;
use crate::base::clock::Timestamp;

pub(super) use decisions::{approve, decide, decisions, made_decision, release};
pub(super) use findings::{alerts, destination, findings};
pub(super) use reports::{report_group, reports};
pub(super) use sites::{releases, scripts};

/// Items of one answer, unless `limit` says otherwise, and at the most.
const LIMIT: u64 = 100;
const LIMIT_MAX: u64 = 1_000;

/// The OpenAPI text.
pub(super) async fn openapi() -> Response {
    json(StatusCode::OK, include_str!("openapi.json").to_owned())
}

fn ok(value: &Value) -> Response {
    json(StatusCode::OK, value.to_string())
}

fn created(value: &Value) -> Response {
    json(StatusCode::CREATED, value.to_string())
}

fn json(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], text).into_response()
}

/// Which items of a list: how many, and after how many.
struct Part {
    limit: u64,
    offset: u64,
}

impl Part {
    fn of(fields: &Fields) -> Result<Self, Refusal> {
        let number = |name, absent: u64| match fields.text(name) {
            "" => Ok(absent),
            text => text.parse().map_err(|_| {
                Refusal::unusable(format!("{name} must be what an answer gave, or a number"))
            }),
        };
        let limit = number("limit", LIMIT)?.clamp(1, LIMIT_MAX);
        Ok(Self { limit, offset: number("cursor", 0)? })
    }

    /// The `cursor` for what follows; null: nothing does.
    fn next(&self, found: usize) -> Value {
        let is_full = found as u64 >= self.limit;
        if is_full { Value::from((self.offset + self.limit).to_string()) } else { Value::Null }
    }
}

/// A point in time (RFC 3339) of a query or a body.
fn time(name: &str, text: &str) -> Result<Option<Timestamp>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong =
        || Refusal::unusable(format!("{name} must be a time (RFC 3339), as 2027-03-31T12:00:00Z"));
    Timestamp::parse(text).map(Some).ok_or_else(wrong)
}
