//! How a ClickHouse is reached.

use std::fmt;
use std::io;
use std::time::Duration;

use clickhouse::Client;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

/// The address of a ClickHouse and who we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `http://host:8123` or `https://host:8443`.
    pub url: String,
    /// The user.
    pub user: String,
    /// The password; empty for none. Never part of the URL, never printed.
    pub password: String,
    /// The database of all tables.
    pub database: String,
}

/// Why no client can be made of a [`Connection`].
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Not an address that HTTP can be spoken to.
    #[error("{origin} is not the URL of a ClickHouse (clickhouse.url): write http(s)://host:port")]
    Url {
        /// What there is of it without secrets.
        origin: String,
    },
    /// The system's root certificates cannot be read.
    #[error(
        "https needs the system's root certificates ({cause}): install ca-certificates, or name \
         a file of your own CA in SSL_CERT_FILE"
    )]
    Roots {
        /// What the system said.
        cause: io::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
}

/// A server that does not take the connection within this time is down; the crate has no bound.
const CONNECT: Duration = Duration::from_secs(10);
/// Below the 3 s after which ClickHouse closes an idle connection, so that none is used too late.
const IDLE: Duration = Duration::from_secs(2);
/// Finds out that the other side is gone while an answer is awaited.
const KEEPALIVE: Duration = Duration::from_secs(60);

impl Connection {
    /// A client of this server. Clones share connections and what they learnt about the tables.
    ///
    /// # Errors
    /// [`ConnectionError`] for a URL that is none, and for `https` without root certificates.
    pub fn client(&self) -> Result<Client, ConnectionError> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_keepalive(Some(KEEPALIVE));
        connector.set_nodelay(true);
        let mut pool = HttpClient::builder(TokioExecutor::new());
        pool.pool_idle_timeout(IDLE);
        let client = match url::Url::parse(&self.url).ok().as_ref().map(url::Url::scheme) {
            Some("http") => Client::with_http_client(pool.build(connector)),
            Some("https") => {
                connector.enforce_http(false);
                let builder = HttpsConnectorBuilder::new().with_tls_config(tls()?);
                let connector = builder.https_only().enable_http1().wrap_connector(connector);
                Client::with_http_client(pool.build(connector))
            }
            _ => return Err(ConnectionError::Url { origin: self.origin() }),
        };
        Ok(self.introduce(client))
    }

    /// Says who we are.
    fn introduce(&self, client: Client) -> Client {
        let client = client
            .with_url(&self.url)
            .with_database(&self.database)
            // Where a table is spread over a cluster: stored is what all of its shards have stored.
            .with_setting("distributed_foreground_insert", "1")
            .with_product_info("cspwatch", env!("CARGO_PKG_VERSION"));
        let client = if self.user.is_empty() { client } else { client.with_user(&self.user) };
        if self.password.is_empty() { client } else { client.with_password(&self.password) }
    }

    /// The URL without what somebody may have put into it against the manual's advice.
    fn origin(&self) -> String {
        let origin = url::Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        origin.unwrap_or_else(|_| "<not a URL>".to_owned())
    }
}

/// How other servers are believed: by the system's root certificates.
pub(crate) fn tls() -> Result<ClientConfig, ConnectionError> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(ConnectionError::Tls)?
        .with_native_roots()
        .map_err(|cause| ConnectionError::Roots { cause })?;
    Ok(builder.with_no_client_auth())
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("url", &self.origin())
            .field("user", &self.user)
            .field("password", &if self.password.is_empty() { "none" } else { "***" })
            .field("database", &self.database)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(url: &str) -> Connection {
        Connection {
            url: url.to_owned(),
            user: "me".into(),
            password: "hunter2".into(),
            database: "cspwatch".into(),
        }
    }

    #[test]
    fn debug_hides_the_password_wherever_it_is() {
        let connection = connection("http://me:hunter2@db.example:8443/?password=hunter2");
        let text = format!("{connection:?} {:?}", connection.client().unwrap());
        assert!(text.contains("http://db.example:8443"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_is_no_url_is_told_without_secrets() {
        for url in ["", "db:8123", "ftp://me:hunter2@db", "embedded"] {
            let error = connection(url).client().expect_err(url).to_string();
            assert!(error.contains("clickhouse.url") && !error.contains("hunter2"), "{error}");
        }
    }
}
