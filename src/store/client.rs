//! The connection to a ClickHouse server, or to one of several that have the same tables.

use std::fmt;
use std::io;
use std::time::Duration;

pub use clickhouse::Client;
use clickhouse::Compression;
use clickhouse::error::Error as ClientError;
use hyper::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client as HttpClient, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use url::Host;

use super::error::InsertError;
use super::servers::{Servers, ServersConnector};
use crate::base::tls_roots;

/// The address of a ClickHouse server, and the user that queries it.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// `http://host:8123` or `https://host:8443`; of several, the next is used when one is away.
    pub urls: Vec<String>,
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

/// Why a command has no ClickHouse to ask.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It yields no client.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// No server can be reached.
    #[error("ClickHouse: {0}")]
    Unreachable(InsertError),
    /// A server can be reached and is frozen, or what is between here and there is.
    #[error("ClickHouse: no answer from {servers} within {} s", ANSWER.as_secs())]
    Silent {
        /// The servers that were asked.
        servers: String,
    },
}

/// How long servers may take for a first answer to a person who waits.
const ANSWER: Duration = Duration::from_secs(8);
/// How long connecting may take. The crate has no bound of its own.
const CONNECT: Duration = Duration::from_secs(10);
/// How long where there is another server to go to.
const CONNECT_ONE_OF_MANY: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: shorter than the 3 s after which ClickHouse closes it.
const IDLE: Duration = Duration::from_secs(2);
/// How often TCP checks, while an answer is awaited, that the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

impl Connection {
    /// A client. Its clones share connections and the cached columns of tables.
    ///
    /// # Errors
    /// [`ConnectionError`] for a URL that is none, and for `https` without root certificates.
    pub fn client(&self) -> Result<Client, ConnectionError> {
        Ok(self.client_of_servers()?.0)
    }

    /// A client, and which server it uses.
    ///
    /// # Errors
    /// As [`Self::client`].
    pub fn client_of_servers(&self) -> Result<(Client, Servers), ConnectionError> {
        let urls = self.urls.iter().map(|url| uri(url)).collect::<Result<Vec<_>, _>>()?;
        let is_https = |url: &Uri| url.scheme_str() == Some("https");
        if urls.is_empty() {
            return Err(ConnectionError::Url { origin: "nothing".to_owned() });
        }
        let tls = if urls.iter().any(is_https) {
            tls()?
        } else {
            tls_roots::no_roots().map_err(ConnectionError::Tls)?
        };
        let mut connector = HttpConnector::new();
        let patience = if urls.len() > 1 { CONNECT_ONE_OF_MANY } else { CONNECT };
        connector.set_connect_timeout(Some(patience));
        connector.set_keepalive(Some(KEEPALIVE));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let servers = Servers::new(urls.clone());
        let connector = ServersConnector { servers: servers.clone(), connector };
        let pool =
            HttpClient::builder(TokioExecutor::new()).pool_idle_timeout(IDLE).build(connector);
        Ok((self.with_settings(Client::with_http_client(pool)), servers))
    }

    /// A client of servers of which one has just answered. Where that is all that is wanted to know of it, an error is an
    /// answer, too. A query may then take its time.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn answering_client(&self) -> Result<Client, NoAnswer> {
        let (client, servers) = self.client_of_servers()?;
        let patience = ANSWER / u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        for _ in &self.urls {
            let asked = servers.number();
            let question = client.query("SELECT 1").fetch_one::<u8>();
            match tokio::time::timeout(patience, question).await {
                Ok(Err(error @ (ClientError::Network(_) | ClientError::TimedOut))) => {
                    return Err(NoAnswer::Unreachable(error.into()));
                }
                Ok(_) => return Ok(client),
                Err(_) => servers.leave_number(asked),
            }
        }
        Err(NoAnswer::Silent { servers: self.servers() })
    }

    /// The servers as a message names them, without secrets.
    #[must_use]
    pub fn servers(&self) -> String {
        self.urls.iter().map(|url| origin(url)).collect::<Vec<_>>().join(", ")
    }

    /// Each of the servers by itself.
    pub fn each(&self) -> impl Iterator<Item = Self> {
        self.urls.iter().map(|url| Self { urls: vec![url.clone()], ..self.clone() })
    }

    /// Sets the address, the credentials and the settings of every query.
    fn with_settings(&self, client: Client) -> Client {
        let client = client
            .with_url(self.urls.first().map_or("", String::as_str))
            .with_database(&self.database)
            // On a cluster, an INSERT succeeds only when all shards have stored their rows.
            .with_setting("distributed_foreground_insert", "1")
            .with_product_info("cspwatch", env!("CARGO_PKG_VERSION"));
        let client = match self.urls.iter().all(|url| is_here(url)) {
            true => client.with_compression(Compression::None),
            false => client,
        };
        let client = if self.user.is_empty() { client } else { client.with_user(&self.user) };
        if self.password.is_empty() { client } else { client.with_password(&self.password) }
    }
}

/// A server's URL, as connections are made to it.
fn uri(url: &str) -> Result<Uri, ConnectionError> {
    let refused = || ConnectionError::Url { origin: origin(url) };
    let parsed = url::Url::parse(url).map_err(|_| refused())?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(refused());
    }
    parsed.origin().ascii_serialization().parse().map_err(|_| refused())
}

/// Whether a server is on this machine: to compress what does not leave it costs both sides more than it saves.
fn is_here(url: &str) -> bool {
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

/// The URL without user, password and query, which may hold secrets.
fn origin(url: &str) -> String {
    let origin = url::Url::parse(url).map(|url| url.origin().ascii_serialization());
    origin.unwrap_or_else(|_| "<not a URL>".to_owned())
}

/// TLS that trusts the system's root certificates.
pub(crate) fn tls() -> Result<ClientConfig, ConnectionError> {
    let builder = tls_roots::builder().map_err(ConnectionError::Tls)?.with_native_roots();
    let builder = builder.map_err(|cause| ConnectionError::Roots { cause })?;
    Ok(builder.with_no_client_auth())
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connection")
            .field("urls", &self.urls.iter().map(|url| origin(url)).collect::<Vec<_>>())
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
            urls: vec![url.to_owned()],
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
    fn servers_of_this_machine_are_known() {
        for (url, expected) in [
            ("http://127.0.0.1:8123", true),
            ("http://localhost:8123", true),
            ("https://[::1]:8443", true),
            ("http://10.0.0.1:8123", false),
            ("http://localhost.example:8123", false),
            ("", false),
        ] {
            assert_eq!(is_here(url), expected, "{url}");
        }
    }

    #[test]
    fn a_wrong_url_is_reported_without_secrets() {
        for url in ["", "db:8123", "ftp://me:hunter2@db", "embedded"] {
            let error = connection(url).client().expect_err(url).to_string();
            assert!(error.contains("clickhouse.url") && !error.contains("hunter2"), "{error}");
        }
    }
}
