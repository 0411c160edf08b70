//! Requests to the identity provider: bounded, and without redirects, which could lead anywhere.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use tokio::time::timeout;

use crate::store::client::{ConnectionError, tls};

/// How long an answer may take, and how long it may be: keys and metadata have some kilobytes.
const PATIENCE: Duration = Duration::from_secs(10);
const BYTES: usize = 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("no answer within {} s", PATIENCE.as_secs())]
    TimedOut,
    #[error("{0}")]
    Failed(String),
}

/// What sends them.
pub(super) struct Fetcher(HttpsClient);

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

impl Fetcher {
    pub(super) fn new() -> Result<Self, ConnectionError> {
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls()?).https_or_http();
        let connector = connector.enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }
}

impl AsyncHttpClient<'_> for Fetcher {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send>>;

    fn call(&self, request: HttpRequest) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let sent = send(&client, request);
            timeout(PATIENCE, sent).await.unwrap_or(Err(FetchError::TimedOut))
        })
    }
}

async fn send(client: &HttpsClient, request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let answer = client.request(request).await.map_err(|error| failed(&error))?;
    let (parts, body) = answer.into_parts();
    #[expect(clippy::disallowed_methods, reason = "the body is bounded")]
    let body = Limited::new(body, BYTES).collect().await;
    let body = body.map_err(|error| FetchError::Failed(error.to_string()))?;
    Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
}

/// The innermost cause says most.
fn failed(error: &hyper_util::client::legacy::Error) -> FetchError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    FetchError::Failed(text)
}
