//! The shop's edge before a collector: a trusted proxy on a host of its own, with TLS. Each shopper's browser is in another
//! network, as far as the collector knows: the endpoint's query says whose it is, and the edge says it in `X-Forwarded-For`.

use std::net::SocketAddr;

use hyper::Response;

use cspwatch::pipeline::judge::Headers;

use super::certificates::Authority;
use super::collector::Collector;
use super::http;
use super::server::{Received, Server};

/// Its host.
const HOST: &str = "reports.example";

/// The edge. Ends when dropped.
pub struct Edge(Server);

impl Edge {
    /// Stands before a collector that trusts its proxies.
    pub fn before(collector: &Collector, authority: &Authority) -> Self {
        let public = collector.public();
        let acceptor = authority.issue(&[HOST]).acceptor();
        Self(Server::start(Some(acceptor), move |request| pass_on(request, public)))
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("https://{HOST}:{}", self.0.address().port())
    }

    /// What a shopper's browser reported so far, and the collector took.
    pub fn reported_by(&self, shopper: u8) -> Vec<Received> {
        let query = format!("?shopper={shopper}");
        let is_from = |request: &Received| request.target.ends_with(&query);
        self.0.received().into_iter().filter(is_from).collect()
    }
}

fn pass_on(request: &Received, to: SocketAddr) -> Response<String> {
    let named = |name: &&str| request.headers.contains_key(*name);
    let kept = Headers::NAMES.into_iter().filter(named);
    let mut headers: String =
        kept.map(|name| format!("{name}: {}\r\n", request.field(name))).collect();
    if let Some((_, shopper)) = request.target.split_once("shopper=") {
        headers += &format!("X-Forwarded-For: 203.0.{shopper}.7\r\n");
    }
    let answer =
        http::request_with(to, &request.method, &request.target, &headers, &request.body).unwrap();
    let is_script = request.target == "/sri.js";
    let kind = if is_script { "text/javascript" } else { "text/plain" };
    Response::builder()
        .status(answer.status)
        .header("content-type", kind)
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-headers", "content-type")
        .body(answer.body)
        .unwrap()
}
