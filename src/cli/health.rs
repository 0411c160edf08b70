//! `cspwatch health`: asks a running collector how it is, where there is no curl.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hyper::StatusCode;

use super::http::Get;
use super::{ConfigArgs, Environment, Failure, print_line};

/// Asks the collector that runs with this configuration whether it lives, at its admin address. Exits 0 when it does,
/// else 1, and says in a line why.
///
/// Made for the health checks of containers, which have neither curl nor a shell. A collector that lives takes reports,
/// also while ClickHouse is away.
#[derive(Debug, clap::Args)]
pub struct HealthArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Asks /readyz in the place of /livez: whether reports reach ClickHouse as well. No reason to start a collector
    /// anew, nor to send browsers elsewhere.
    #[arg(long)]
    ready: bool,
}

/// More than a collector under attack takes to answer, and less than health checks wait.
const PATIENCE: Duration = Duration::from_secs(3);
/// The answers are a few lines.
const ANSWER_BYTES: usize = 16 * 1024;

/// Asks, and prints the answer.
pub fn run(args: &HealthArgs, environment: &Environment) -> Result<(), Failure> {
    let listen = args.config.load(environment)?.listen;
    let page = if args.ready { "/readyz" } else { "/livez" };
    let url = format!("http://{}{page}", reachable(listen.admin));
    let token = listen.admin_token.as_ref().map(|token| token.0.as_str());
    let get = Get { url: &url, token, patience: PATIENCE, bytes_max: ANSWER_BYTES };
    let (status, answer) = get.send()?;
    let answer = String::from_utf8_lossy(&answer);
    // One line, whatever answers there.
    let answer = answer.lines().collect::<Vec<_>>().join("; ");
    if status == StatusCode::OK {
        return Ok(print_line(&answer)?);
    }
    Err(format!("{url} answered {}: {answer}", status.as_u16()).into())
}

/// Who listens on all addresses is asked on loopback.
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
    fn all_addresses_are_asked_on_loopback() {
        for (listens, asked) in [
            ("0.0.0.0:8081", "127.0.0.1:8081"),
            ("[::]:8081", "[::1]:8081"),
            ("10.1.2.3:1", "10.1.2.3:1"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), asked);
        }
    }
}
