//! A real nginx before several collectors, with the shipped configuration.

use std::net::SocketAddr;

use super::http;
use super::nginx::Nginx;
use super::ports::free_address;

/// The shipped file, and the addresses in it.
const SHIPPED: &str = "deploy/nginx/cspwatch.conf";
const LISTEN: &str = "127.0.0.1:18080";
const COLLECTORS: [&str; 3] = ["127.0.0.1:18081", "127.0.0.1:18082", "127.0.0.1:18083"];

/// A running nginx. Ends when dropped.
pub struct Balancer {
    address: SocketAddr,
    _nginx: Nginx,
}

impl Balancer {
    /// Starts one and waits until it passes requests on.
    pub fn before(collectors: [SocketAddr; 3]) -> Self {
        let address = free_address();
        let real = collectors.map(|collector| collector.to_string());
        let changes: Vec<_> =
            COLLECTORS.into_iter().zip(real).chain([(LISTEN, address.to_string())]).collect();
        let nginx = Nginx::start(SHIPPED, &changes, || {
            http::request(address, "GET", "/", "").is_ok_and(|answer| answer.status == 404)
        });
        Self { address, _nginx: nginx }
    }

    /// Where browsers post.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
