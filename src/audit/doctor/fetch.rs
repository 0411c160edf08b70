//! Fetches a page and probes its endpoints, bounded in time, bytes and number of redirects.

use std::error::Error;
use std::io;
use std::mem;
use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Method, Request, Response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::CertificateError;
use url::Url;

use super::{ConnectionFailure, EndpointReply, ProbeResult, ProbeTarget, ResponseHead};
use crate::base::limits;
use crate::base::tls_roots::{self, RootsError};

/// The timeout of a page with all its redirects, and of each request to an endpoint. Visitors give up earlier.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Some servers send their policy only to clients that look like a browser.
const USER_AGENT: &str =
    concat!("Mozilla/5.0 (compatible; cspwatch/", env!("CARGO_PKG_VERSION"), "; doctor)");

/// An HTTP client that behaves like a visitor's browser.
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A page as the server sent it.
#[derive(Clone, Debug)]
pub struct FetchedPage {
    /// The address after redirects.
    pub address: Url,
    /// The addresses that redirected to it, in their order.
    pub redirects: Vec<Url>,
    /// The status code.
    pub status: u16,
    /// The head of the response.
    pub head: ResponseHead,
    /// The HTML. `None`: the body is not HTML, or is compressed.
    pub html: Option<String>,
    /// Whether the HTML is longer than what was read.
    pub is_truncated: bool,
}

/// Why a page cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There are no root certificates to trust.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The server did not answer.
    #[error("{url}: {}", describe(.failure))]
    Unanswered {
        /// The address.
        url: String,
        /// Why it did not.
        failure: ConnectionFailure,
    },
    /// There are more redirects than a browser follows.
    #[error(
        "{url}: more than {max} redirects, the last to {last}; no browser follows so many",
        max = limits::DOCTOR_REDIRECTS
    )]
    Redirects {
        /// The first address.
        url: String,
        /// The last address that was tried.
        last: String,
    },
    /// A redirect leads to something else than an HTTP address.
    #[error("{url}: redirects to {to:?}, which is not the address of a page")]
    NotHttp {
        /// The address that redirects.
        url: String,
        /// The value of `Location`.
        to: String,
    },
}

fn describe(failure: &ConnectionFailure) -> String {
    match failure {
        ConnectionFailure::UntrustedCertificate(why) => {
            format!(
                "its certificate is not trusted here ({why}); --ca FILE adds a root certificate"
            )
        }
        ConnectionFailure::WrongName(why) => format!("its certificate is for another host ({why})"),
        ConnectionFailure::Unreachable(why) => format!("no answer: {why}"),
        ConnectionFailure::TimedOut => format!("no answer within {} s", TIMEOUT.as_secs()),
    }
}

impl Fetcher {
    /// A client that trusts the system's root certificates, and those in the file `ca`.
    ///
    /// # Errors
    /// [`FetchError::Roots`] if there are none, or the file holds none.
    pub fn new(ca: Option<&Path>) -> Result<Self, FetchError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(TIMEOUT));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls_roots::client_config(ca)?);
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let mut client = Client::builder(TokioExecutor::new());
        // Each request is that of a new visitor.
        client.pool_max_idle_per_host(0).http1_max_headers(limits::DOCTOR_HEAD_FIELDS);
        Ok(Self { client: client.build(connector) })
    }

    /// Fetches a page, and follows redirects as a browser does.
    ///
    /// # Errors
    /// [`FetchError`] if no server answers with a page.
    pub async fn fetch_page(&self, begin: &Url) -> Result<FetchedPage, FetchError> {
        let unanswered = |failure| FetchError::Unanswered { url: begin.to_string(), failure };
        let page = tokio::time::timeout(TIMEOUT, self.follow(begin)).await;
        page.unwrap_or_else(|_| Err(unanswered(ConnectionFailure::TimedOut)))
    }

    async fn follow(&self, begin: &Url) -> Result<FetchedPage, FetchError> {
        let mut address = begin.clone();
        let mut redirects = Vec::new();
        loop {
            let url = address.to_string();
            let page = match self.get(&address).await {
                Ok(page) => page,
                Err(failure) => return Err(FetchError::Unanswered { url, failure }),
            };
            let is_redirect = matches!(page.status, 301 | 302 | 303 | 307 | 308);
            let Some(to) = page.head.values("location").next().filter(|_| is_redirect) else {
                return Ok(FetchedPage { redirects, ..page });
            };
            let next = address.join(to).ok();
            let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
            let to = to.to_owned();
            let Some(next) = next else { return Err(FetchError::NotHttp { url, to }) };
            redirects.push(mem::replace(&mut address, next));
            if redirects.len() > limits::DOCTOR_REDIRECTS {
                let (url, last) = (begin.to_string(), address.to_string());
                return Err(FetchError::Redirects { url, last });
            }
        }
    }

    async fn get(&self, address: &Url) -> Result<FetchedPage, ConnectionFailure> {
        let fields = [(header::ACCEPT, "text/html,*/*;q=0.8")];
        read(address, self.send(Method::GET, address, &fields).await?).await
    }

    /// Sends an endpoint what a browser would send it on behalf of a page, without a report: a preflight if the target
    /// needs one, and a POST.
    pub async fn probe(&self, target: &ProbeTarget, page: &Url) -> ProbeResult {
        let origin = page.origin().ascii_serialization();
        let preflight = [
            (header::ORIGIN, origin.as_str()),
            (header::ACCESS_CONTROL_REQUEST_METHOD, "POST"),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type"),
        ];
        let preflight = match target.is_preflighted {
            true => {
                Some(within_timeout(self.reply(Method::OPTIONS, &target.url, &preflight)).await)
            }
            false => None,
        };
        let post =
            [(header::ORIGIN, origin.as_str()), (header::CONTENT_TYPE, "application/reports+json")];
        ProbeResult {
            preflight,
            post: within_timeout(self.reply(Method::POST, &target.url, &post)).await,
        }
    }

    async fn reply(
        &self,
        method: Method,
        url: &Url,
        fields: &[(HeaderName, &str)],
    ) -> Result<EndpointReply, ConnectionFailure> {
        let answer = self.send(method, url, fields).await?;
        let text = |name| text(answer.headers(), &name);
        Ok(EndpointReply {
            status: answer.status().as_u16(),
            allowed_origin: text(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            allowed_headers: text(header::ACCESS_CONTROL_ALLOW_HEADERS),
            location: text(header::LOCATION),
        })
    }

    /// Sends a request without a body.
    async fn send(
        &self,
        method: Method,
        url: &Url,
        fields: &[(HeaderName, &str)],
    ) -> Result<Response<Incoming>, ConnectionFailure> {
        let mut without_fragment = url.clone();
        without_fragment.set_fragment(None);
        let mut request = Request::builder().method(method).uri(without_fragment.as_str());
        request = request.header(header::USER_AGENT, USER_AGENT);
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        let request = request.body(Full::default()).map_err(|error| failure(&error))?;
        self.client.request(request).await.map_err(|error| failure(&error))
    }
}

async fn within_timeout<T>(
    answer: impl Future<Output = Result<T, ConnectionFailure>>,
) -> Result<T, ConnectionFailure> {
    tokio::time::timeout(TIMEOUT, answer).await.unwrap_or(Err(ConnectionFailure::TimedOut))
}

async fn read(address: &Url, answer: Response<Incoming>) -> Result<FetchedPage, ConnectionFailure> {
    let (parts, mut body) = answer.into_parts();
    let mut head = ResponseHead::default();
    for (name, value) in &parts.headers {
        head.push(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    let kind = head.joined("content-type").unwrap_or_default();
    let is_plain = head.joined("content-encoding").is_none_or(|encoding| encoding == "identity");
    let is_html = (kind.is_empty() || kind.contains("html")) && is_plain;
    let mut bytes = BytesMut::new();
    let mut is_truncated = false;
    while is_html
        && !is_truncated
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| failure(&error))?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        is_truncated = bytes.len() > limits::DOCTOR_BYTES;
        bytes.truncate(limits::DOCTOR_BYTES);
    }
    Ok(FetchedPage {
        address: address.clone(),
        redirects: Vec::new(),
        status: parts.status.as_u16(),
        head,
        html: is_html.then(|| String::from_utf8_lossy(&bytes).into_owned()),
        is_truncated,
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Why a connection failed. The root cause of the error says most, so the others are left out.
fn failure(error: &(dyn Error + 'static)) -> ConnectionFailure {
    let mut deepest = error;
    loop {
        if let Some(tls) = deepest.downcast_ref::<rustls::Error>() {
            return tls_failure(tls);
        }
        // The `source` of an io::Error skips the error that it wraps.
        let inner = deepest.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| deepest.source()) {
            Some(cause) => deepest = cause,
            None => return ConnectionFailure::Unreachable(deepest.to_string()),
        }
    }
}

fn tls_failure(error: &rustls::Error) -> ConnectionFailure {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => ConnectionFailure::WrongName(error.to_string()),
        rustls::Error::InvalidCertificate(_) => {
            ConnectionFailure::UntrustedCertificate(error.to_string())
        }
        _ => ConnectionFailure::Unreachable(error.to_string()),
    }
}
