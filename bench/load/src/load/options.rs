//! The command line.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use http::Uri;

/// Posts reports as the browsers of a shop's visitors do, and prints one JSON object about the answers.
///
/// With --rate requests are due at even distances and their latency counts from then, whether or not a connection
/// was free; without it each connection sends the next request when the last one is answered, and latency counts
/// from the sending.
#[derive(Debug, clap::Parser)]
pub struct Options {
    /// Where to: http or https. The host must be an address.
    #[arg(long)]
    pub url: Uri,
    /// Connections at the same time.
    #[arg(long, default_value_t = 64)]
    pub connections: usize,
    /// Requests a second; 0: as fast as answers come.
    #[arg(long, default_value_t = 0.0)]
    pub rate: f64,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Seconds before them.
    #[arg(long, default_value_t = 2.0)]
    pub warmup: f64,
    /// Ends after so many requests, however long they take; 0: by time.
    #[arg(long, default_value_t = 0)]
    pub requests: u64,
    /// The share of requests with a violation that comes again and again, one of 2,000; the others have one that
    /// never came before.
    #[arg(long, default_value_t = 0.95)]
    pub repetitions: f64,
    /// Addresses that X-Forwarded-For names.
    #[arg(long, default_value_t = 100_000)]
    pub clients: usize,
    /// A new connection for every request.
    #[arg(long, conflicts_with = "h2")]
    pub new_connections: bool,
    /// HTTP/2: by ALPN with https, else by prior knowledge.
    #[arg(long)]
    pub h2: bool,
    /// Streams at the same time on each connection of HTTP/2.
    #[arg(long, default_value_t = 4)]
    pub streams: usize,
    /// Every TLS handshake is a full one.
    #[arg(long)]
    pub no_resumption: bool,
    /// Chooses what is sent. The shop, its policies and the violations that repeat are the same for all seeds.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The status of a right answer.
    #[arg(long, default_value_t = 204)]
    pub verify_status: u16,
}

impl Options {
    pub fn is_tls(&self) -> bool {
        self.url.scheme_str() == Some("https")
    }

    pub fn authority(&self) -> &str {
        self.url.authority().map_or("", |authority| authority.as_str())
    }

    pub fn server(&self) -> Result<SocketAddr, String> {
        let port = self.url.port_u16().unwrap_or(if self.is_tls() { 443 } else { 80 });
        let host = self.url.host().unwrap_or("");
        let mut found = (host, port).to_socket_addrs().map_err(|error| error.to_string())?;
        found.find(SocketAddr::is_ipv4).ok_or(format!("--url: {host} has no IPv4 address"))
    }

    /// From the start to the end.
    pub fn time(&self) -> Duration {
        match self.requests {
            0 => Duration::from_secs_f64(self.warmup + self.seconds),
            _ => Duration::from_secs(24 * 3600),
        }
    }

    pub fn warmup(&self) -> Duration {
        if self.requests == 0 { Duration::from_secs_f64(self.warmup) } else { Duration::ZERO }
    }
}
