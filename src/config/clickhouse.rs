//! `[clickhouse]`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::checker::Checker;
use super::cluster::cluster_name;
use super::parse;
use super::secret::{Secret, read_secret};

/// The ClickHouse server, and the database there.
#[derive(Clone, Debug)]
pub struct ClickHouse {
    /// Where it is.
    pub server: Server,
    /// Name of the database; a plain identifier.
    pub database: String,
    /// Name of the cluster that the tables are spread over, as in `remote_servers` of ClickHouse's own configuration.
    pub cluster: Option<String>,
    /// The user that cspwatch logs in as.
    pub user: String,
    /// The content of `password_file`.
    pub password: Secret,
    /// How long it may take to store a segment.
    pub timeout: Duration,
}

/// Where ClickHouse is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// A child of this process.
    Embedded {
        /// The directory of its data.
        dir: PathBuf,
        /// Its HTTP address.
        http: SocketAddr,
        /// Its native address.
        tcp: Option<SocketAddr>,
    },
    /// An HTTP(S) URL.
    Url(String),
}

impl Server {
    /// The URL that requests are sent to.
    pub fn url(&self) -> String {
        match self {
            Self::Embedded { http, .. } => format!("http://{http}"),
            Self::Url(url) => url.clone(),
        }
    }
}

pub(super) fn section(checker: &Checker) -> ClickHouse {
    let server = server(checker);
    let cluster = checker.optional("clickhouse.cluster", |name| match name {
        "" => Ok(None),
        name => cluster_name(name).map(Some),
    });
    let cluster = cluster.flatten();
    if cluster.is_some() && matches!(server, Server::Embedded { .. }) {
        let message = "the embedded server is alone; set clickhouse.url to a server of the cluster";
        checker.add_problem("clickhouse.cluster", message.to_owned());
    }
    let key = "clickhouse.password_file";
    let password = checker.text(key).and_then(|file| read_secret(checker, key, &file));
    ClickHouse {
        server,
        database: checker.value("clickhouse.database", "cspwatch".to_owned(), identifier),
        cluster,
        user: checker.text("clickhouse.user").unwrap_or_else(|| "default".to_owned()),
        password: password.unwrap_or_default(),
        timeout: checker.value("clickhouse.timeout", Duration::from_secs(120), parse::duration),
    }
}

fn server(checker: &Checker) -> Server {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 8123));
    let dir =
        checker.text("clickhouse.embedded_dir").unwrap_or_else(|| "data/clickhouse".to_owned());
    let http = checker.value("clickhouse.embedded_http", loopback, parse::address);
    let key = "clickhouse.embedded_tcp";
    let tcp = checker.text(key).and_then(|text| {
        parse::address(&text).map_err(|message| checker.add_problem(key, message)).ok()
    });
    let embedded = Server::Embedded { dir: PathBuf::from(dir), http, tcp };
    checker.optional("clickhouse.url", server_url).flatten().map_or(embedded, Server::Url)
}

/// `None` for `embedded`.
fn server_url(text: &str) -> Result<Option<String>, String> {
    let is_http = |url: &url::Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    match url::Url::parse(text) {
        _ if text == "embedded" => Ok(None),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("credentials do not belong in the URL; set user and password_file".to_owned())
        }
        Ok(url) if is_http(&url) => Ok(Some(text.trim_end_matches('/').to_owned())),
        _ => Err(format!("\"{text}\" is neither \"embedded\" nor like \"http://host:8123\"")),
    }
}

fn identifier(text: &str) -> Result<String, String> {
    let mut bytes = text.bytes();
    let starts_well = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if starts_well && bytes.all(is_plain) && text.len() <= 64 {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" is not an identifier: letters, digits and _, not beginning with a digit"
    ))
}
