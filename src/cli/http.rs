//! A single GET request over HTTP or HTTPS, for commands.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::header::AUTHORIZATION;
use hyper::{Request, StatusCode};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Failure;
use crate::store::client::tls;

/// A request, and the bounds of its answer.
pub(super) struct Get<'a> {
    /// The address; http or https.
    pub(super) url: &'a str,
    /// A bearer token (RFC 6750), where the server needs one.
    pub(super) token: Option<&'a str>,
    /// How long the whole answer may take.
    pub(super) patience: Duration,
    /// The largest number of bytes of its body.
    pub(super) bytes_max: usize,
}

impl Get<'_> {
    /// Sends the request and waits for the whole answer, on a runtime of its own.
    pub(super) fn send(&self) -> Result<(StatusCode, Bytes), Failure> {
        let Self { url, patience, .. } = self;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let answer =
            runtime.block_on(async { tokio::time::timeout(*patience, self.answer()).await });
        let answer = answer
            .map_err(|_| format!("no answer from {url} within {} s", patience.as_secs()))?
            .map_err(|error| format!("no answer from {url}: {}", deepest(&*error)))?;
        Ok(answer)
    }

    async fn answer(
        &self,
    ) -> Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::get(self.url);
        if let Some(token) = self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Empty::<Bytes>::new())?;
        let client = Client::builder(TokioExecutor::new());
        let answer = if self.url.starts_with("https:") {
            let builder = HttpsConnectorBuilder::new().with_tls_config(tls()?);
            client.build(builder.https_only().enable_http1().build()).request(request).await?
        } else {
            client.build(HttpConnector::new()).request(request).await?
        };
        let status = answer.status();
        #[expect(clippy::disallowed_methods, reason = "the body is bounded")]
        let body = Limited::new(answer.into_body(), self.bytes_max).collect().await?.to_bytes();
        Ok((status, body))
    }
}

/// The innermost cause: "Connection refused" says more than "client error (Connect)".
fn deepest<'error>(
    error: &'error (dyn std::error::Error + 'static),
) -> &'error (dyn std::error::Error + 'static) {
    let mut deepest = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest
}
