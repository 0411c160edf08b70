//! Asks for a page, and asks its endpoints, bounded in time, length and number.

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

use super::{Answer, Head, Reply, Target, Trouble};
use crate::base::limits;
use crate::base::tls_roots::{self, RootsError};

/// A page has so long to come, with all its redirects, and so has each answer of an endpoint. Visitors have gone by
/// then.
const PATIENCE: Duration = Duration::from_secs(20);
/// Some servers send their policy to what looks like a browser only.
const USER_AGENT: &str =
    concat!("Mozilla/5.0 (compatible; cspwatch/", env!("CARGO_PKG_VERSION"), "; doctor)");

/// Who asks.
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it was in the end.
    pub address: Url,
    /// The addresses that sent us on.
    pub redirects: Vec<Url>,
    /// The status code.
    pub status: u16,
    /// Its head.
    pub head: Head,
    /// Its HTML, where it is HTML and not compressed.
    pub html: Option<String>,
    /// Whether there was more of it.
    pub is_cut: bool,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No certificates to trust anybody by.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// No answer.
    #[error("{url}: {}", told(.trouble))]
    Unanswered {
        /// Of whom.
        url: String,
        /// Why.
        trouble: Trouble,
    },
    /// It goes on and on.
    #[error(
        "{url}: more than {max} redirects, the last to {last}; no browser follows so many",
        max = limits::DOCTOR_REDIRECTS
    )]
    Redirects {
        /// Where it began.
        url: String,
        /// Where it was left.
        last: String,
    },
    /// A redirect without an address that HTTP can be spoken to.
    #[error("{url}: redirects to {to:?}, which is no address of a page")]
    Nowhere {
        /// Who redirects.
        url: String,
        /// Where to.
        to: String,
    },
}

fn told(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Certificate(why) => {
            format!("its certificate is not trusted here ({why}); --ca FILE names a further root")
        }
        Trouble::WrongName(why) => format!("its certificate is for another host ({why})"),
        Trouble::Unreachable(why) => format!("no answer: {why}"),
        Trouble::Slow => format!("no answer within {} s", PATIENCE.as_secs()),
    }
}

impl Fetcher {
    /// One who trusts the system's roots, and those of a file.
    ///
    /// # Errors
    /// [`FetchError`] where there are none, or the file holds none.
    pub fn new(ca: Option<&Path>) -> Result<Self, FetchError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(PATIENCE));
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls_roots::client_config(ca)?);
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let mut client = Client::builder(TokioExecutor::new());
        // Each look is a new visitor.
        client.pool_max_idle_per_host(0).http1_max_headers(limits::DOCTOR_HEAD_FIELDS);
        Ok(Self { client: client.build(connector) })
    }

    /// Asks for a page as a browser does that follows its redirects.
    ///
    /// # Errors
    /// [`FetchError`] where there is no answer in the end.
    pub async fn page(&self, begin: &Url) -> Result<Fetched, FetchError> {
        let unanswered = |trouble| FetchError::Unanswered { url: begin.to_string(), trouble };
        let page = tokio::time::timeout(PATIENCE, self.follow(begin)).await;
        page.unwrap_or_else(|_| Err(unanswered(Trouble::Slow)))
    }

    async fn follow(&self, begin: &Url) -> Result<Fetched, FetchError> {
        let mut address = begin.clone();
        let mut redirects = Vec::new();
        loop {
            let url = address.to_string();
            let page = match self.get(&address).await {
                Ok(page) => page,
                Err(trouble) => return Err(FetchError::Unanswered { url, trouble }),
            };
            let is_redirect = matches!(page.status, 301 | 302 | 303 | 307 | 308);
            let Some(to) = page.head.values("location").next().filter(|_| is_redirect) else {
                return Ok(Fetched { redirects, ..page });
            };
            let next = address.join(to).ok();
            let next = next.filter(|next| matches!(next.scheme(), "http" | "https"));
            let to = to.to_owned();
            let Some(next) = next else { return Err(FetchError::Nowhere { url, to }) };
            redirects.push(mem::replace(&mut address, next));
            if redirects.len() > limits::DOCTOR_REDIRECTS {
                let (url, last) = (begin.to_string(), address.to_string());
                return Err(FetchError::Redirects { url, last });
            }
        }
    }

    async fn get(&self, address: &Url) -> Result<Fetched, Trouble> {
        let fields = [(header::ACCEPT, "text/html,*/*;q=0.8")];
        read(address, self.send(Method::GET, address, &fields).await?).await
    }

    /// Asks an endpoint in the name of a page.
    pub async fn ask(&self, target: &Target, page: &Url) -> Answer {
        let origin = page.origin().ascii_serialization();
        let preflight = [
            (header::ORIGIN, origin.as_str()),
            (header::ACCESS_CONTROL_REQUEST_METHOD, "POST"),
            (header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type"),
        ];
        let preflight = match target.is_preflighted {
            true => Some(in_time(self.reply(Method::OPTIONS, &target.url, &preflight)).await),
            false => None,
        };
        let post =
            [(header::ORIGIN, origin.as_str()), (header::CONTENT_TYPE, "application/reports+json")];
        Answer { preflight, post: in_time(self.reply(Method::POST, &target.url, &post)).await }
    }

    async fn reply(
        &self,
        method: Method,
        url: &Url,
        fields: &[(HeaderName, &str)],
    ) -> Result<Reply, Trouble> {
        let answer = self.send(method, url, fields).await?;
        let text = |name| text(answer.headers(), &name);
        Ok(Reply {
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
    ) -> Result<Response<Incoming>, Trouble> {
        let mut without_fragment = url.clone();
        without_fragment.set_fragment(None);
        let mut request = Request::builder().method(method).uri(without_fragment.as_str());
        request = request.header(header::USER_AGENT, USER_AGENT);
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        let request = request.body(Full::default()).map_err(|error| trouble(&error))?;
        self.client.request(request).await.map_err(|error| trouble(&error))
    }
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(Trouble::Slow))
}

async fn read(address: &Url, answer: Response<Incoming>) -> Result<Fetched, Trouble> {
    let (parts, mut body) = answer.into_parts();
    let mut head = Head::default();
    for (name, value) in &parts.headers {
        head.push(name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
    }
    let kind = head.joined("content-type").unwrap_or_default();
    let is_plain = head.joined("content-encoding").is_none_or(|encoding| encoding == "identity");
    let is_html = (kind.is_empty() || kind.contains("html")) && is_plain;
    let mut bytes = BytesMut::new();
    let mut is_cut = false;
    while is_html
        && !is_cut
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| trouble(&error))?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
        is_cut = bytes.len() > limits::DOCTOR_BYTES;
        bytes.truncate(limits::DOCTOR_BYTES);
    }
    Ok(Fetched {
        address: address.clone(),
        redirects: Vec::new(),
        status: parts.status.as_u16(),
        head,
        html: is_html.then(|| String::from_utf8_lossy(&bytes).into_owned()),
        is_cut,
    })
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The cause of all causes says most.
fn trouble(error: &(dyn Error + 'static)) -> Trouble {
    let mut deepest = error;
    loop {
        if let Some(tls) = deepest.downcast_ref::<rustls::Error>() {
            return tls_trouble(tls);
        }
        // An io::Error passes over the error that it is made of.
        let inner = deepest.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| deepest.source()) {
            Some(cause) => deepest = cause,
            None => return Trouble::Unreachable(deepest.to_string()),
        }
    }
}

fn tls_trouble(error: &rustls::Error) -> Trouble {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Trouble::WrongName(error.to_string()),
        rustls::Error::InvalidCertificate(_) => Trouble::Certificate(error.to_string()),
        _ => Trouble::Unreachable(error.to_string()),
    }
}
