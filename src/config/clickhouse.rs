//! `[clickhouse]`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::checker::Checker;
use super::cluster::cluster_name;
use super::named_file::NamedFile;
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
    /// How many replicas must have a batch before it counts as stored; 0: one.
    pub insert_quorum: u32,
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
    /// HTTP(S) URLs of servers with the same tables.
    Urls(Vec<String>),
}

impl Server {
    /// The URLs that requests are sent to: to the first, and when that is away, to the next.
    pub fn urls(&self) -> Vec<String> {
        match self {
            Self::Embedded { http, .. } => vec![format!("http://{http}")],
            Self::Urls(urls) => urls.clone(),
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
    let kind = NamedFile::ClickHousePassword;
    let password = checker.text(key).and_then(|file| read_secret(checker, kind, key, &file));
    ClickHouse {
        server,
        database: checker.value("clickhouse.database", "cspwatch".to_owned(), identifier),
        cluster,
        user: checker.text("clickhouse.user").unwrap_or_else(|| "default".to_owned()),
        password: password.unwrap_or_default(),
        timeout: checker.value("clickhouse.timeout", Duration::from_secs(120), parse::duration),
        insert_quorum: checker.value("clickhouse.insert_quorum", 0, replicas),
    }
}

fn replicas(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= 100);
    number.ok_or_else(|| format!("\"{text}\" is not a number of replicas, as 2; 0 asks for one"))
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
    let key = "clickhouse.url";
    let urls = checker.list(key, server_url);
    let is_alone = urls.len() < 2;
    let Some(urls) = urls.into_iter().collect::<Option<Vec<_>>>() else {
        if !is_alone {
            checker.add_problem(key, "\"embedded\" stands alone, without other servers".to_owned());
        }
        return embedded;
    };
    let path = |url: &String| url::Url::parse(url).map(|url| url.path().to_owned()).ok();
    if urls.iter().any(|url| path(url) != path(&urls[0])) {
        let message = "the URLs of several servers may differ in host and port, not in their paths";
        checker.add_problem(key, message.to_owned());
    }
    if urls.is_empty() { embedded } else { Server::Urls(urls) }
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
