//! Connections to servers. The addresses of a host are looked up once, judged, and used: no second look-up can answer
//! otherwise.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{CertificateError, ClientConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::super::ConnectionFailure;
use super::address::is_public;
use super::overrides::AddressOverride;
use crate::base::limits;

/// The timeout of one address. A host may have others that answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Which addresses may be contacted. An attacker who can edit a page decides where it redirects and reports to: that must not
/// lead from a page on the internet into the network of whoever checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All: a person named the page, and it is on a private address itself.
    Anywhere,
    /// Those of the internet.
    PublicOnly,
}

/// A connection: TCP, or TLS over it.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// Makes connections.
pub struct Dialer {
    tls: TlsConnector,
    overrides: Vec<AddressOverride>,
}

impl Dialer {
    /// Connections that trust the roots of `tls`, and go where `overrides` say.
    pub fn new(tls: ClientConfig, overrides: Vec<AddressOverride>) -> Self {
        Self { tls: TlsConnector::from(Arc::new(tls)), overrides }
    }

    /// Connects to the host of a page that a person named. Returns also where its redirects and endpoints may be.
    pub async fn connect_to_named(
        &self,
        url: &Url,
    ) -> Result<(Box<dyn Connection>, Reach), ConnectionFailure> {
        let addresses = self.addresses(url).await?;
        // One public address is enough: which of several answers is chance.
        let reach = match addresses.iter().any(|address| is_public(address.ip())) {
            true => Reach::PublicOnly,
            false => Reach::Anywhere,
        };
        Ok((self.open(url, &addresses).await?, reach))
    }

    /// Connects to the host of a URL that a page named.
    pub async fn connect(
        &self,
        url: &Url,
        reach: Reach,
    ) -> Result<Box<dyn Connection>, ConnectionFailure> {
        let mut addresses = self.addresses(url).await?;
        if reach == Reach::PublicOnly {
            let first = addresses.first().map(SocketAddr::ip);
            addresses.retain(|address| is_public(address.ip()));
            if let (Some(private), true) = (first, addresses.is_empty()) {
                return Err(ConnectionFailure::Private(private));
            }
        }
        self.open(url, &addresses).await
    }

    /// The addresses of a URL's host.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, ConnectionFailure> {
        let port = url.port_or_known_default().unwrap_or_default();
        let mut overrides = self.overrides.iter().rev();
        if let Some(address) = overrides.find_map(|entry| entry.address(url)) {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let name = match url.host() {
            Some(Host::Ipv4(address)) => return Ok(vec![(IpAddr::V4(address), port).into()]),
            Some(Host::Ipv6(address)) => return Ok(vec![(IpAddr::V6(address), port).into()]),
            Some(Host::Domain(name)) => name,
            None => return Err(ConnectionFailure::Unreachable("the URL has no host".to_owned())),
        };
        let found = tokio::net::lookup_host((name, port)).await.map_err(|error| failure(&error))?;
        Ok(found.take(limits::DOCTOR_ADDRESSES).collect())
    }

    /// Connects to the first address that answers.
    async fn open(
        &self,
        url: &Url,
        addresses: &[SocketAddr],
    ) -> Result<Box<dyn Connection>, ConnectionFailure> {
        let mut last = ConnectionFailure::Unreachable("the host has no address".to_owned());
        for address in addresses {
            match tokio::time::timeout(TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return self.secure(url, stream).await,
                Ok(Err(error)) => last = failure(&error),
                Err(_) => last = ConnectionFailure::TimedOut,
            }
        }
        Err(last)
    }

    /// Wraps a connection in TLS if its URL is https.
    async fn secure(
        &self,
        url: &Url,
        stream: TcpStream,
    ) -> Result<Box<dyn Connection>, ConnectionFailure> {
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let name = match url.host() {
            Some(Host::Ipv4(address)) => ServerName::from(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => ServerName::from(IpAddr::V6(address)),
            domain => {
                let name = domain.map(|domain| domain.to_string()).unwrap_or_default();
                let name = name.trim_end_matches('.').to_owned();
                ServerName::try_from(name).map_err(|error| failure(&error))?
            }
        };
        let stream = self.tls.connect(name, stream).await.map_err(|error| failure(&error))?;
        Ok(Box::new(stream))
    }
}

/// Why a connection failed. The root cause of the error says most, so the others are left out.
pub(super) fn failure(error: &(dyn Error + 'static)) -> ConnectionFailure {
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

#[cfg(test)]
mod tests;
