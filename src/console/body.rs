//! The body of a request: bounded in length and in time.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use tokio::time::timeout;

use super::Console;
use super::answer::Refusal;
use crate::base::limits;

/// All of it. The router bounds its length; whoever sends it slowly holds a connection, and no longer than that.
pub(super) async fn read(request: Request, console: &Arc<Console>) -> Result<Bytes, Refusal> {
    let reading = timeout(limits::CONSOLE_BODY_TIME, Bytes::from_request(request, console));
    let late = |_| {
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time; send it again")
    };
    let body = reading.await.map_err(late)?;
    body.map_err(|error| Refusal::new(error.status(), error.body_text()))
}
