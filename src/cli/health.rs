//! `cspwatch health`: checks a running collector or console, for containers without curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hyper::StatusCode;
use url::Url;

use super::http::Get;
use super::{ConfigArgs, Environment, Failure, print_line};
use crate::config::NamedFile;

/// Checks whether the collector with this configuration is alive, at its admin address. Exits 0 when it is; else exits 1
/// and prints the reason in one line.
///
/// For the health checks of containers, which have neither curl nor a shell. A collector that is alive accepts reports,
/// even while ClickHouse is down.
#[derive(Debug, clap::Args)]
pub struct HealthArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Query /readyz instead of /livez: whether reports reach ClickHouse, too. If not, that is no reason to restart the
    /// collector, nor to send browsers elsewhere.
    #[arg(long)]
    ready: bool,
    /// Query the console at `console.listen` instead of a collector: whether it answers.
    #[arg(long, conflicts_with = "ready")]
    console: bool,
}

/// Longer than a collector under attack takes to answer, and shorter than health checks wait.
const PATIENCE: Duration = Duration::from_secs(3);
/// The answers are a few lines.
const ANSWER_BYTES: usize = 16 * 1024;

/// Queries the admin listener or the console, and prints the answer.
pub fn run(args: &HealthArgs, environment: &Environment) -> Result<(), Failure> {
    if args.console {
        let console = args.config.load_with(environment, &[])?.console;
        if console.tls.is_some() {
            let why = "the console has a certificate (console.tls_cert), and its name is needed to check it; query /healthz \
                       of console.public_url with another program";
            return Err(why.into());
        }
        return query(http_url_of(console.listen, "/healthz").as_str(), None);
    }
    let listen = args.config.load_with(environment, &[NamedFile::AdminToken])?.listen;
    let path = if args.ready { "/readyz" } else { "/livez" };
    let token = listen.admin_token.as_ref().map(|token| token.0.as_str());
    query(http_url_of(listen.admin, path).as_str(), token)
}

fn query(url: &str, token: Option<&str>) -> Result<(), Failure> {
    let get = Get { url, token, patience: PATIENCE, bytes_max: ANSWER_BYTES };
    let (status, answer) = get.send()?;
    let answer = String::from_utf8_lossy(&answer);
    // One line, whatever server answers there.
    let answer = answer.lines().collect::<Vec<_>>().join("; ");
    if status == StatusCode::OK {
        return Ok(print_line(&answer)?);
    }
    Err(format!("{url} answered {}: {answer}", status.as_u16()).into())
}

/// Where to query what listens at an address.
#[expect(clippy::expect_used, reason = "an address and a path make a URL")]
pub(super) fn http_url_of(listens: SocketAddr, path: &str) -> Url {
    let url = format!("http://{}{path}", reachable(listens));
    Url::parse(&url).expect("a URL")
}

/// The address to query: loopback for a collector that listens on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_on_all_addresses_is_queried_on_loopback() {
        for (listens, queried) in [
            ("0.0.0.0:8081", "127.0.0.1:8081"),
            ("[::]:8081", "[::1]:8081"),
            ("10.1.2.3:1", "10.1.2.3:1"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), queried);
        }
    }
}
