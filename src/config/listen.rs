//! `[listen]`

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::checker::Checker;
use super::host_pattern::{HostPattern, host_pattern};
use super::named_file::NamedFile;
use super::parse;
use super::pem::check_pem_pair;
use super::secret::{Secret, read_long_secret};
use crate::base::limits;

/// The sockets, and the proxies in front of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Browsers, HTTP.
    pub public: SocketAddr,
    /// Browsers, HTTPS.
    pub public_tls: Option<TlsConfig>,
    /// Metrics and health.
    pub admin: SocketAddr,
    /// The bearer token of the admin listener; needed where other machines reach it.
    pub admin_token: Option<Secret>,
    /// Names besides loopback's under which the admin listener answers.
    pub admin_hosts: Vec<HostPattern>,
    /// Networks of proxies whose X-Forwarded-For or Forwarded header names the client.
    pub trusted_proxies: Vec<IpNet>,
    /// Which of these headers counts.
    pub client_header: ClientHeader,
    /// Whether their connections begin with a header of the PROXY protocol.
    pub proxy_protocol: bool,
}

/// In which header a trusted proxy names the client. What it does not write itself, it may pass on as a client sent it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientHeader {
    /// `X-Forwarded-For`, else `Forwarded`.
    #[default]
    Auto,
    /// `X-Forwarded-For` alone.
    XForwardedFor,
    /// `Forwarded` alone (RFC 7239).
    Forwarded,
    /// None: proxies speak for themselves, or by the PROXY protocol.
    None,
}

/// An HTTPS listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// Where it listens.
    pub address: SocketAddr,
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

pub(super) fn section(checker: &Checker) -> Listen {
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let public = checker.value("listen.public", loopback(8080), parse::address);
    let public_tls = tls(checker);
    let admin = checker.value("listen.admin", loopback(8081), parse::address);
    let admin_token = admin_token(checker, admin);
    let trusted_proxies = checker.list("listen.trusted_proxies", parse::network);
    let admin_hosts = checker.list("listen.admin_hosts", host_pattern);
    let client_header = checker.value("listen.client_header", ClientHeader::Auto, client_header);
    let proxy_protocol = checker.value("listen.proxy_protocol", false, parse::boolean);
    if proxy_protocol && trusted_proxies.is_empty() {
        let message =
            "is accepted only from listen.trusted_proxies, which is empty; name the proxies";
        checker.add_problem("listen.proxy_protocol", message.to_owned());
    }
    Listen {
        public,
        public_tls,
        admin,
        admin_token,
        admin_hosts,
        trusted_proxies,
        client_header,
        proxy_protocol,
    }
}

fn client_header(text: &str) -> Result<ClientHeader, String> {
    match text {
        "auto" => Ok(ClientHeader::Auto),
        "x-forwarded-for" => Ok(ClientHeader::XForwardedFor),
        "forwarded" => Ok(ClientHeader::Forwarded),
        "none" => Ok(ClientHeader::None),
        _ => Err(format!(
            "\"{text}\" is none of \"auto\", \"x-forwarded-for\", \"forwarded\" and \"none\""
        )),
    }
}

fn admin_token(checker: &Checker, admin: SocketAddr) -> Option<Secret> {
    let key = "listen.admin_token_file";
    let file = checker.text(key);
    if file.is_none() && !admin.ip().is_loopback() {
        let message = "can be reached from other machines; name a file with a token in \
                       listen.admin_token_file, or listen on loopback";
        checker.add_problem("listen.admin", format!("{admin} {message}"));
    }
    read_long_secret(checker, NamedFile::AdminToken, key, &file?, limits::ADMIN_TOKEN_BYTES)
}

fn tls(checker: &Checker) -> Option<TlsConfig> {
    let cert = checker.text("listen.tls_cert").map(PathBuf::from);
    let key = checker.text("listen.tls_key").map(PathBuf::from);
    let address = match parse::address(&checker.text("listen.public_tls")?) {
        Ok(address) => address,
        Err(message) => {
            checker.add_problem("listen.public_tls", message);
            return None;
        }
    };
    let missing = "is needed because listen.public_tls is set; name a PEM file";
    let Some(cert) = cert else {
        checker.add_problem("listen.tls_cert", missing.to_owned());
        return None;
    };
    let Some(key) = key else {
        checker.add_problem("listen.tls_key", missing.to_owned());
        return None;
    };
    if checker.reads(NamedFile::Listener) {
        check_pem_pair(checker, ("listen.tls_cert", &cert), ("listen.tls_key", &key));
    }
    Some(TlsConfig { address, cert, key })
}
