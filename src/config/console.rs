//! `[console]`

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::checker::Checker;
use super::listen::{Listen, TlsConfig};
use super::named_file::NamedFile;
use super::oidc::{self, Oidc};
use super::parse;
use super::pem::check_pem_pair;

/// The console: where a person works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Its certificate; `None`: plain HTTP, on loopback or behind a trusted proxy.
    pub tls: Option<TlsConfig>,
    /// Networks of proxies in front of it: those of `listen.trusted_proxies`.
    pub trusted_proxies: Vec<IpNet>,
    /// Where people reach it: scheme, host and port, without a path.
    pub public_url: Option<Url>,
    /// The file of local users and of tokens.
    pub users_file: PathBuf,
    /// Where browsers report violations of the console's own policy.
    pub report_url: Option<Url>,
    /// The identity provider; `None`: local users only.
    pub oidc: Option<Oidc>,
}

pub(super) fn section(checker: &Checker, listen: &Listen) -> ConsoleConfig {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 8082));
    let address = checker.value("console.listen", loopback, parse::address);
    let public_url = checker.optional("console.public_url", optional_origin).flatten();
    let config = ConsoleConfig {
        oidc: oidc::section(checker, public_url.is_some()),
        listen: address,
        tls: tls(checker, address),
        trusted_proxies: listen.trusted_proxies.clone(),
        public_url,
        users_file: checker
            .text("console.users_file")
            .map_or_else(|| PathBuf::from("data/console-users.toml"), PathBuf::from),
        report_url: checker.optional("console.report_url", optional_url).flatten(),
    };
    check_exposure(checker, &config);
    config
}

/// Passwords and sessions cross no network in the clear.
fn check_exposure(checker: &Checker, config: &ConsoleConfig) {
    let ConsoleConfig { listen, tls, trusted_proxies, public_url, .. } = config;
    if listen.ip().is_loopback() {
        return;
    }
    let is_https = public_url.as_ref().is_some_and(|url| url.scheme() == "https");
    if public_url.is_none() {
        let message = format!(
            "{listen} can be reached from other machines, and console.public_url is missing: write what people type, as \
             \"https://console.example\""
        );
        checker.add_problem("console.listen", message);
    }
    if tls.is_none() && (trusted_proxies.is_empty() || !is_https) {
        let message = format!(
            "{listen} can be reached from other machines without TLS; name console.tls_cert and console.tls_key, or let a \
             proxy of listen.trusted_proxies end TLS for an https console.public_url, or listen on loopback"
        );
        checker.add_problem("console.listen", message);
    }
}

fn tls(checker: &Checker, address: SocketAddr) -> Option<TlsConfig> {
    let cert = checker.text("console.tls_cert").map(PathBuf::from);
    let key = checker.text("console.tls_key").map(PathBuf::from);
    let (cert, key) = match (cert, key) {
        (None, None) => return None,
        (Some(cert), Some(key)) => (cert, key),
        (cert, _) => {
            let missing = if cert.is_some() { "console.tls_key" } else { "console.tls_cert" };
            checker.add_problem(missing, "is needed with the other; name a PEM file".to_owned());
            return None;
        }
    };
    if checker.reads(NamedFile::Console) {
        check_pem_pair(checker, ("console.tls_cert", &cert), ("console.tls_key", &key));
    }
    Some(TlsConfig { address, cert, key })
}

/// An http or https URL; an empty text is none.
fn optional_url(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
    });
    let wrong =
        || format!("\"{text}\" is no http or https URL; write for example \"https://csp.example\"");
    url.map(Some).ok_or_else(wrong)
}

/// Scheme, host and port: cookies and links of the console begin at `/`.
fn optional_origin(text: &str) -> Result<Option<Url>, String> {
    let url = optional_url(text)?;
    let has_more =
        |url: &Url| url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    match url {
        Some(url) if has_more(&url) => Err(format!(
            "\"{text}\" has a path; the console needs a host of its own, as \"https://console.example\""
        )),
        url => Ok(url),
    }
}
