//! Fetches a page and probes its endpoints, bounded in time, bytes, number of redirects, and where they may lead.

mod address;
mod connect;
mod error;
mod overrides;
mod recorder;
mod request;

pub use connect::Reach;
pub use error::FetchError;
pub use overrides::AddressOverride;

use std::mem;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName};
use url::Url;

use super::{
    ConnectionFailure, EndpointReply, ProbeChannel, ProbeResult, ProbeTarget, ResponseHead,
};
use crate::base::limits;
use crate::base::tls_roots;
use connect::{Dialer, failure};
use recorder::Recorder;
use request::BrowserRequest;

/// The timeout of a page with all its redirects, and of each request to an endpoint. Visitors give up earlier.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An HTTP client that behaves like a visitor's browser. Each request is that of a new visitor.
pub struct Fetcher {
    dialer: Dialer,
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
    /// Where what the page names may be.
    pub reach: Reach,
    /// The redirect that was not followed, because it leads from the internet to a private address.
    pub refused_redirect: Option<(Url, IpAddr)>,
}

impl Fetcher {
    /// A client that trusts the system's root certificates, and those in the file `ca`, and for which hosts are where
    /// `overrides` say.
    ///
    /// # Errors
    /// [`FetchError::Roots`] if there are none, or the file holds none.
    pub fn new(ca: Option<&Path>, overrides: Vec<AddressOverride>) -> Result<Self, FetchError> {
        Ok(Self { dialer: Dialer::new(tls_roots::client_config(ca)?, overrides) })
    }

    /// Fetches the page that a person named, and follows redirects as a browser does.
    ///
    /// # Errors
    /// [`FetchError`] if no server answers with a page.
    pub async fn fetch_page(&self, begin: &Url) -> Result<FetchedPage, FetchError> {
        self.fetch(begin, None).await
    }

    /// Fetches the page that an earlier visit ended at.
    ///
    /// # Errors
    /// [`FetchError`] if no server answers with a page.
    pub async fn fetch_again(&self, page: &Url, reach: Reach) -> Result<FetchedPage, FetchError> {
        self.fetch(page, Some(reach)).await
    }

    async fn fetch(&self, begin: &Url, reach: Option<Reach>) -> Result<FetchedPage, FetchError> {
        let unanswered = |failure| FetchError::Unanswered { url: begin.to_string(), failure };
        let page = tokio::time::timeout(TIMEOUT, self.follow(begin, reach)).await;
        page.unwrap_or_else(|_| Err(unanswered(ConnectionFailure::TimedOut)))
    }

    async fn follow(&self, begin: &Url, reach: Option<Reach>) -> Result<FetchedPage, FetchError> {
        let unanswered =
            |url: &Url, failure| FetchError::Unanswered { url: url.to_string(), failure };
        let mut page =
            self.get(begin, reach).await.map_err(|failure| unanswered(begin, failure))?;
        let mut redirects = Vec::new();
        loop {
            let is_redirect = matches!(page.status, 301 | 302 | 303 | 307 | 308);
            let to = page.head.values("location").next().filter(|_| is_redirect);
            let Some(to) = to.map(str::to_owned) else {
                return Ok(FetchedPage { redirects, ..page });
            };
            let next = page.address.join(&to).ok();
            let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
            let Some(next) = next else {
                return Err(FetchError::NotHttp { url: page.address.to_string(), to });
            };
            if redirects.len() == limits::DOCTOR_REDIRECTS {
                let (url, last) = (begin.to_string(), next.to_string());
                return Err(FetchError::Redirects { url, last });
            }
            match self.get(&next, Some(page.reach)).await {
                Ok(answer) => redirects.push(mem::replace(&mut page, answer).address),
                Err(ConnectionFailure::Private(address)) => {
                    let refused_redirect = Some((next, address));
                    return Ok(FetchedPage { redirects, refused_redirect, ..page });
                }
                Err(failure) => return Err(unanswered(&next, failure)),
            }
        }
    }

    /// Fetches one address. `reach`: where it may be; `None`: a person named it.
    async fn get(
        &self,
        address: &Url,
        reach: Option<Reach>,
    ) -> Result<FetchedPage, ConnectionFailure> {
        let (connection, reach) = match reach {
            Some(reach) => (self.dialer.connect(address, reach).await?, reach),
            None => self.dialer.connect_to_named(address).await?,
        };
        let (connection, head) = Recorder::new(connection);
        let answer = BrowserRequest::navigation(address).send(Box::new(connection)).await?;
        let sent = ResponseHead::parse_received(&head.text()).ok();
        let page = read(address, reach, answer).await?;
        Ok(match sent {
            Some(head) => FetchedPage { head, ..page },
            None => page,
        })
    }

    /// Sends an endpoint what a browser would send it on behalf of a page, without a report: a preflight if the target
    /// needs one, and a POST.
    pub async fn probe(&self, target: &ProbeTarget, page: &Url, reach: Reach) -> ProbeResult {
        let preflight = match target.is_preflighted {
            true => Some(self.reply(BrowserRequest::preflight(&target.url, page), reach).await),
            false => None,
        };
        let post = BrowserRequest::report(&target.url, target.channel, page);
        ProbeResult { preflight, post: self.reply(post, reach).await }
    }

    /// Posts a report of a page to an endpoint by `report-uri`. `reach`: where the endpoint may be; `None`: a person named it.
    ///
    /// # Errors
    /// [`FetchError`] if no server answers.
    pub async fn deliver(
        &self,
        endpoint: &Url,
        page: &Url,
        reach: Option<Reach>,
        report: Bytes,
    ) -> Result<u16, FetchError> {
        let request = BrowserRequest::report(endpoint, ProbeChannel::ReportUri, page);
        let answer = within_timeout(async {
            let connection = match reach {
                Some(reach) => self.dialer.connect(endpoint, reach).await?,
                None => self.dialer.connect_to_named(endpoint).await?.0,
            };
            Ok(request.with_body(report).send(connection).await?.status().as_u16())
        });
        let unanswered = |failure| FetchError::Unanswered { url: endpoint.to_string(), failure };
        answer.await.map_err(unanswered)
    }

    async fn reply(
        &self,
        request: BrowserRequest<'_>,
        reach: Reach,
    ) -> Result<EndpointReply, ConnectionFailure> {
        within_timeout(async {
            let connection = self.dialer.connect(request.url, reach).await?;
            let answer = request.send(connection).await?;
            let text = |name| text(answer.headers(), &name);
            Ok(EndpointReply {
                status: answer.status().as_u16(),
                allowed_origin: text(header::ACCESS_CONTROL_ALLOW_ORIGIN),
                allowed_headers: text(header::ACCESS_CONTROL_ALLOW_HEADERS),
                location: text(header::LOCATION),
            })
        })
        .await
    }
}

async fn within_timeout<T>(
    answer: impl Future<Output = Result<T, ConnectionFailure>>,
) -> Result<T, ConnectionFailure> {
    tokio::time::timeout(TIMEOUT, answer).await.unwrap_or(Err(ConnectionFailure::TimedOut))
}

async fn read(
    address: &Url,
    reach: Reach,
    answer: Response<Incoming>,
) -> Result<FetchedPage, ConnectionFailure> {
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
        reach,
        refused_redirect: None,
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
