//! A question to a server on the way of a drill.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::super::http::Get;
use super::Obstacle;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
const ANSWER_BYTES: usize = 16 << 20;

/// The answer, if it is 200.
pub(super) fn get(url: &Url, token: Option<&str>) -> Result<Bytes, Obstacle> {
    let get = Get { url: url.as_str(), token, patience: PATIENCE, bytes_max: ANSWER_BYTES };
    match get.send() {
        Ok((status, body)) if status.is_success() => Ok(body),
        Ok((status, _)) => Err(format!("{url} answers {}", status.as_u16())),
        Err(failure) => Err(failure.in_words()),
    }
}
