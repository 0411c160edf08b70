//! Answers of the public listeners.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Response, StatusCode};

use crate::journal::Refused;

/// An answer of any listener.
pub(super) type HttpAnswer = Response<Full<Bytes>>;

/// Every answer that a browser can get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Reports were understood; each is durable, or counted as limited.
    Accepted,
    /// The answer to a preflight.
    Preflight,
    /// Nothing in the body was understood.
    NotUnderstood,
    /// No such path or site.
    NotFound,
    /// The path accepts POST and OPTIONS.
    MethodNotAllowed,
    /// It names two hosts.
    TwoHosts,
    /// The body did not arrive in time.
    TooSlow,
    /// The body is larger than `limits.body_bytes`.
    TooLarge,
    /// The body has a Content-Encoding.
    Encoded,
    /// There is no room for it now.
    Refused(Refused),
}

impl Reply {
    /// Status and, for errors, one line that says why. Nothing of the request is in it.
    fn status(self) -> (u16, &'static str) {
        match self {
            Self::Accepted | Self::Preflight => (204, ""),
            Self::NotUnderstood => {
                (400, "the body holds no report: a JSON object or array of a browser's is wanted")
            }
            Self::NotFound => (404, "no such endpoint: POST to /report or /report/{site}"),
            Self::MethodNotAllowed => (405, "only POST and OPTIONS are allowed here"),
            Self::TwoHosts => (400, "a request has one Host"),
            Self::TooSlow => (408, "the body did not arrive in time"),
            Self::TooLarge => (413, "the body is larger than this collector takes"),
            Self::Encoded => (415, "no Content-Encoding is accepted"),
            Self::Refused(Refused::Full) => (503, "the journal is full"),
            Self::Refused(Refused::Failed) => (503, "the journal cannot be written"),
            Self::Refused(Refused::Busy) => (503, "too many reports are in flight"),
            Self::Refused(Refused::Clock) => (503, "the machine's clock is wrong"),
            Self::Refused(Refused::Stalled) => (503, "the disk does not answer"),
            Self::Refused(Refused::Closing) => (503, "the collector is stopping"),
        }
    }

    /// As HTTP, with the headers that browsers need.
    pub(super) fn answer(self) -> HttpAnswer {
        let (status, why) = self.status();
        let mut answer = match why {
            "" => Response::new(Full::default()),
            _ => text(status, format!("{why}\n")),
        };
        *answer.status_mut() = code(status);
        let mut set = |name: HeaderName, value: &'static str| {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        };
        set(ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        match self {
            Self::Preflight => {
                set(ACCESS_CONTROL_ALLOW_METHODS, "POST");
                set(ACCESS_CONTROL_ALLOW_HEADERS, "content-type");
                set(ACCESS_CONTROL_MAX_AGE, "86400");
            }
            Self::MethodNotAllowed => set(ALLOW, "POST, OPTIONS"),
            // Browsers ignore it; proxies and people use it.
            Self::Refused(_) => set(RETRY_AFTER, "60"),
            _ => {}
        }
        answer
    }
}

/// A plain text answer.
pub(super) fn text(status: u16, text: impl Into<Bytes>) -> HttpAnswer {
    let mut answer = Response::new(Full::new(text.into()));
    *answer.status_mut() = code(status);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
