//! The connection to a ClickHouse server.

use std::fmt;
use std::io;
use std::time::Duration;

pub use clickhouse::Client;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;

/// The address of a ClickHouse server, and the user that queries it.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `http://host:8123` or `https://host:8443`.
    pub url: String,
    /// The name of the user.
    pub user: String,
    /// The password; empty for none. It is never part of the URL and never printed.
    pub password: String,
    /// The database of the tables.
    pub database: String,
}

/// Why a [`Connection`] yields no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The URL is neither http nor https.
    #[error("{origin} is not the URL of a ClickHouse (clickhouse.url): write http(s)://host:port")]
    Url {
        /// The origin of the URL, which holds no secrets.
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

/// How long connecting may take. The crate has no bound of its own.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an idle connection is kept: shorter than the 3 s after which ClickHouse closes it.
const IDLE: Duration = Duration::from_secs(2);
/// How often TCP checks, while an answer is awaited, that the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

impl Connection {
    /// A client of this server. Its clones share connections and the cached columns of tables.
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
        Ok(self.with_settings(client))
    }

    /// Sets the address, the credentials and the settings of every query.
    fn with_settings(&self, client: Client) -> Client {
        let client = client
            .with_url(&self.url)
            .with_database(&self.database)
            // On a cluster, an INSERT succeeds only when all shards have stored their rows.
            .with_setting("distributed_foreground_insert", "1")
            .with_product_info("cspwatch", env!("CARGO_PKG_VERSION"));
        let client = if self.user.is_empty() { client } else { client.with_user(&self.user) };
        if self.password.is_empty() { client } else { client.with_password(&self.password) }
    }

    /// The URL without user, password and query, which may hold secrets.
    fn origin(&self) -> String {
        let origin = url::Url::parse(&self.url).map(|url| url.origin().ascii_serialization());
        origin.unwrap_or_else(|_| "<not a URL>".to_owned())
    }
}

/// TLS that trusts the system's root certificates.
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
    fn debug_never_shows_the_password() {
        let connection = connection("http://me:hunter2@db.example:8443/?password=hunter2");
        let text = format!("{connection:?} {:?}", connection.client().unwrap());
        assert!(text.contains("http://db.example:8443"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_wrong_url_is_reported_without_secrets() {
        for url in ["", "db:8123", "ftp://me:hunter2@db", "embedded"] {
            let error = connection(url).client().expect_err(url).to_string();
            assert!(error.contains("clickhouse.url") && !error.contains("hunter2"), "{error}");
        }
    }
}
