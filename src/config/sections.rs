//! One function per section of the file: keys, defaults, and what must hold between them.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::check::Checker;
use super::{
    ClickHouse, Config, Detection, Durability, Journal, Limits, Listen, PageGroup, Privacy,
    Retention, Secret, Server, Site, Tls, cluster_name, noise, parse,
};
use crate::base::limits;
use crate::config::KeepQuery;

/// Name of what belongs to no configured site or page group.
pub const OTHER: &str = "other";

/// The sections there are, for people who look for one.
pub(super) const NAMES: &str =
    "listen, clickhouse, journal, limits, privacy, retention, detection, noise, site";

pub(super) fn read(checker: &Checker) -> Config {
    Config {
        listen: listen(checker),
        clickhouse: clickhouse(checker),
        journal: journal(checker),
        limits: limits(checker),
        privacy: privacy(checker),
        retention: retention(checker),
        detection: detection(checker),
        noise: noise::section(checker),
        sites: sites(checker),
    }
}

fn listen(checker: &Checker) -> Listen {
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let cert = checker.text("listen.tls_cert").map(PathBuf::from);
    let key = checker.text("listen.tls_key").map(PathBuf::from);
    let public_tls = checker.text("listen.public_tls").and_then(|text| match address(&text) {
        Ok(address) => tls(checker, address, cert, key),
        Err(message) => {
            checker.wrong("listen.public_tls", message);
            None
        }
    });
    let admin = checker.value("listen.admin", loopback(8081), address);
    let admin_token =
        checker.text("listen.admin_token_file").and_then(|file| admin_token(checker, &file));
    if !admin.ip().is_loopback() && checker.text("listen.admin_token_file").is_none() {
        let open = "can be reached from other machines; name a file with a token in \
                    listen.admin_token_file, or listen on loopback";
        checker.wrong("listen.admin", format!("{admin} {open}"));
    }
    let trusted_proxies = checker.list("listen.trusted_proxies", network);
    let proxy_protocol = checker.value("listen.proxy_protocol", false, parse::boolean);
    if proxy_protocol && trusted_proxies.is_empty() {
        let nobody =
            "is believed from listen.trusted_proxies only, which is empty; name the proxies";
        checker.wrong("listen.proxy_protocol", nobody.to_owned());
    }
    Listen {
        public: checker.value("listen.public", loopback(8080), address),
        public_tls,
        admin,
        admin_token,
        trusted_proxies,
        proxy_protocol,
    }
}

fn admin_token(checker: &Checker, file: &str) -> Option<Secret> {
    let key = "listen.admin_token_file";
    long_secret(checker, key, file, limits::ADMIN_TOKEN_BYTES)
}

/// Likewise, of at least so many bytes.
fn long_secret(checker: &Checker, key: &str, file: &str, least: usize) -> Option<Secret> {
    let secret = secret(checker, key, file)?;
    if let Err(message) = check_length(file, secret.0.len(), least) {
        checker.wrong(key, message);
    }
    Some(secret)
}

fn check_length(file: impl Display, bytes: usize, least: usize) -> Result<(), String> {
    if bytes < least {
        return Err(format!("{file} is too short: at least {least} bytes are wanted"));
    }
    Ok(())
}

/// The content of a file, without the end of its line.
fn secret(checker: &Checker, key: &str, file: &str) -> Option<Secret> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(Secret(text.trim_end().to_owned())),
        Err(error) => {
            checker.wrong(key, format!("{file} cannot be read: {error}"));
            None
        }
    }
}

fn tls(
    checker: &Checker,
    address: SocketAddr,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
) -> Option<Tls> {
    let missing = "is needed because listen.public_tls is set; name a PEM file";
    let Some(cert) = cert else {
        checker.wrong("listen.tls_cert", missing.to_owned());
        return None;
    };
    let Some(key) = key else {
        checker.wrong("listen.tls_key", missing.to_owned());
        return None;
    };
    if let Err(message) = check_certificate(&cert) {
        checker.wrong("listen.tls_cert", message);
    }
    if let Err(error) = PrivateKeyDer::from_pem_file(&key) {
        checker.wrong("listen.tls_key", format!("{} holds no private key: {error}", key.display()));
    }
    Some(Tls { address, cert, key })
}

fn check_certificate(file: &Path) -> Result<(), String> {
    let unreadable = |error| format!("{} holds no certificate: {error}", file.display());
    let mut certificates = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
    match certificates.next() {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(unreadable(error)),
        None => Err(format!("{} holds no certificate; a PEM file is wanted", file.display())),
    }
}

fn clickhouse(checker: &Checker) -> ClickHouse {
    let server = server(checker);
    let cluster = checker.optional("clickhouse.cluster", |name| match name {
        "" => Ok(None),
        name => cluster_name(name).map(Some),
    });
    let cluster = cluster.flatten();
    if cluster.is_some() && matches!(server, Server::Embedded { .. }) {
        let message = "the embedded server is alone; set clickhouse.url to a server of the cluster";
        checker.wrong("clickhouse.cluster", message.to_owned());
    }
    let key = "clickhouse.password_file";
    let password = checker.text(key).and_then(|file| secret(checker, key, &file));
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
    let http = checker.value("clickhouse.embedded_http", loopback, address);
    let tcp = checker.text("clickhouse.embedded_tcp").and_then(|text| {
        address(&text).map_err(|message| checker.wrong("clickhouse.embedded_tcp", message)).ok()
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

fn journal(checker: &Checker) -> Journal {
    let dir = checker.text("journal.dir").unwrap_or_else(|| "data/journal".to_owned());
    Journal {
        dir: PathBuf::from(dir),
        durability: checker.value("journal.durability", Durability::Disk, |text| match text {
            "disk" => Ok(Durability::Disk),
            "os" => Ok(Durability::Os),
            _ => Err(format!("\"{text}\" is neither \"disk\" nor \"os\"")),
        }),
        bytes_max: checker.value("journal.max_bytes", 10 * limits::GIB, parse::bytes),
        seal_every: checker.value("journal.seal_every", Duration::from_secs(5), parse::duration),
    }
}

fn limits(checker: &Checker) -> Limits {
    let minute = Duration::from_secs(60);
    let per_client = Some(parse::Rate { count: 600, per: minute });
    let per_client = checker.value("limits.per_client", per_client, parse::rate);
    let per_network = per_client.map(|client| parse::Rate {
        count: client.count.saturating_mul(limits::CLIENTS_PER_NETWORK),
        ..client
    });
    Limits {
        body_bytes: checker.value("limits.body_bytes", limits::BODY_BYTES, |text| {
            let bytes = parse::bytes(text)?;
            if bytes > limits::BODY_BYTES_IN_FLIGHT {
                return Err(format!(
                    "\"{text}\" is more than all bodies in flight may have (256MiB)"
                ));
            }
            Ok(bytes)
        }),
        reports_per_request: checker.value(
            "limits.reports_per_request",
            limits::REPORTS_PER_REQUEST,
            |text| parse::count(text, 1, limits::REPORTS_PER_REQUEST_MAX),
        ),
        connections: checker.value("limits.connections", limits::CONNECTIONS, |text| {
            parse::count(text, 1, 1_000_000)
        }),
        connections_per_network: checker
            .optional("limits.connections_per_network", |text| parse::count(text, 1, 1_000_000)),
        per_client,
        per_network: checker.value("limits.per_network", per_network, parse::rate),
        per_site: checker.value("limits.per_site", None, parse::rate),
    }
}

fn privacy(checker: &Checker) -> Privacy {
    let parameters = checker.list("privacy.keep_parameters", |text| Ok(text.to_owned()));
    let keep_query = match checker.value("privacy.keep_query", false, parse::boolean) {
        true => KeepQuery::All,
        false if parameters.is_empty() => KeepQuery::None,
        false => KeepQuery::Parameters(parameters),
    };
    let client_key_file = checker.text("privacy.client_key_file").map(PathBuf::from);
    if let Some(file) = &client_key_file
        && let Err(message) = check_secret(file)
    {
        checker.wrong("privacy.client_key_file", message);
    }
    Privacy { keep_query, client_key_file }
}

fn retention(checker: &Checker) -> Retention {
    let usual = Retention::default();
    let days = |name, usual| checker.value(&format!("retention.{name}"), usual, parse::days);
    Retention {
        noise: days("noise", usual.noise),
        violations: days("violations", usual.violations),
        sightings: days("sightings", usual.sightings),
        evidence: days("evidence", usual.evidence),
    }
}

fn check_secret(file: &Path) -> Result<(), String> {
    let secret = std::fs::read(file)
        .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    check_length(file.display(), secret.len(), limits::CLIENT_KEY_BYTES)
}

fn detection(checker: &Checker) -> Detection {
    let list = |text: &str| match std::fs::File::open(text) {
        Ok(_) => Ok(PathBuf::from(text)),
        Err(error) => Err(format!("{text} cannot be read: {error}")),
    };
    Detection { threat_lists: checker.list("detection.threat_lists", list) }
}

fn sites(checker: &Checker) -> Vec<Site> {
    let mut names = BTreeSet::new();
    let sites = (0..checker.count("site")).map(|index| {
        let path = format!("site.{index}");
        let site = site(checker, &path);
        if !site.name.is_empty() && !names.insert(site.name.clone()) {
            checker.wrong(&format!("{path}.name"), format!("\"{}\" is taken already", site.name));
        }
        site
    });
    sites.collect()
}

fn site(checker: &Checker, path: &str) -> Site {
    let name = required_name(checker, &format!("{path}.name"));
    let hosts_path = format!("{path}.hosts");
    let hosts = checker.list(&hosts_path, parse::host_pattern);
    if hosts.is_empty() {
        checker
            .wrong(&hosts_path, "is needed: the hosts whose documents are this site's".to_owned());
    }
    let key = |name: &str| {
        let key = format!("{path}.{name}");
        let file = checker.text(&key)?;
        long_secret(checker, &key, &file, limits::SIGNING_KEY_BYTES)
    };
    let groups_path = format!("{path}.page_group");
    let page_groups = (0..checker.count(&groups_path))
        .map(|index| page_group(checker, &format!("{groups_path}.{index}")))
        .collect();
    Site {
        name,
        hosts,
        known: checker.list(&format!("{path}.known"), parse::host_pattern),
        tag_key: key("tag_key_file"),
        endpoint_key: key("endpoint_key_file"),
        page_groups,
    }
}

fn page_group(checker: &Checker, path: &str) -> PageGroup {
    let paths_path = format!("{path}.paths");
    let paths = checker.list(&paths_path, |text| {
        if text.starts_with(['/', '*']) {
            Ok(text.to_owned())
        } else {
            Err(format!("\"{text}\" is not a path; it begins with \"/\", as in \"/checkout*\""))
        }
    });
    if paths.is_empty() {
        checker.wrong(&paths_path, "is needed, as in [\"/checkout*\"]".to_owned());
    }
    PageGroup {
        name: required_name(checker, &format!("{path}.name")),
        paths,
        payment: checker.value(&format!("{path}.payment"), false, parse::boolean),
    }
}

fn required_name(checker: &Checker, path: &str) -> String {
    match checker.optional(path, label) {
        Some(name) => name,
        None => {
            // A wrong one was noted already; this is for one that is not there.
            if checker.text(path).is_none() {
                checker.wrong(path, "is needed".to_owned());
            }
            String::new()
        }
    }
}

/// A name that may stand in a URL's path, a label and a table.
fn label(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if text == OTHER {
        return Err(format!(
            "\"{OTHER}\" is the name of what belongs to nothing else; choose another"
        ));
    }
    if text.is_empty() || text.len() > limits::NAME_BYTES || !text.bytes().all(is_plain) {
        return Err(format!("\"{text}\" is not a name: 1 to 64 of a-z A-Z 0-9 - _ ."));
    }
    Ok(text.to_owned())
}

fn identifier(text: &str) -> Result<String, String> {
    let mut bytes = text.bytes();
    let starts_well = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    if starts_well && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') && text.len() <= 64 {
        return Ok(text.to_owned());
    }
    Err(format!(
        "\"{text}\" is not an identifier: letters, digits and _, not beginning with a digit"
    ))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not an address; write for example \"127.0.0.1:8080\""))
}

fn network(text: &str) -> Result<IpNet, String> {
    let single = |text: &str| text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single(text)).map_err(|_| {
        format!(
            "\"{text}\" is not a network; write for example \"10.0.0.0/8\" or \"2001:db8::/32\""
        )
    })
}
