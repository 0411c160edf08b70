//! HTTP/2 as no browser speaks it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client;
use http::Request;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::assert_reports_get_through;
use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP};
use crate::support::{block_on, tls};

/// Streams that are opened and reset at once.
const RESETS: usize = 2_000;

const NAME: &str = "collector.example";

/// A collector, its address for TLS, and a client's side that asks for HTTP/2.
fn start() -> (Collector, SocketAddr, Arc<ClientConfig>) {
    let authority = Authority::new();
    let leaf = authority.issue(&[NAME]);
    let collector = Collector::build().config(SHOP).tls(&leaf).start();
    let https = collector.https();
    let mut config = tls::trust(&authority);
    config.alpn_protocols = vec![b"h2".to_vec()];
    (collector, https, Arc::new(config))
}

/// Who sends requests, and the connection, which somebody has to poll.
async fn connect(
    https: SocketAddr,
    config: Arc<ClientConfig>,
) -> (client::SendRequest<Bytes>, client::Connection<TlsStream<TcpStream>>) {
    let stream = TcpStream::connect(https).await.unwrap();
    let name = NAME.try_into().unwrap();
    let stream = TlsConnector::from(config).connect(name, stream).await.unwrap();
    client::handshake(stream).await.unwrap()
}

#[test]
fn a_client_that_resets_its_streams_is_sent_away() {
    let (collector, https, config) = start();
    let opened = block_on(async {
        let (mut sender, connection) = connect(https, config).await;
        let connection = tokio::spawn(connection);
        let mut opened = 0;
        while opened < RESETS {
            let Ok(ready) = sender.ready().await else { break };
            sender = ready;
            let request = Request::post("https://collector.example/report").body(()).unwrap();
            let Ok((_answer, mut body)) = sender.send_request(request, false) else { break };
            body.send_reset(h2::Reason::CANCEL);
            opened += 1;
            tokio::task::yield_now().await;
        }
        // The collector says why, but it may be gone before that is read.
        let error = connection.await.unwrap().expect_err("the connection was ended");
        let is_told = error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM);
        assert!(is_told || error.is_io(), "{error}");
        opened
    });
    assert!(opened < RESETS, "it was sent away before the end");
    assert_reports_get_through(&collector);
}

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn a_head_without_end_is_cut_off() {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const CONTINUATION: u8 = 9;
    let (collector, https, config) = start();
    let mut stream = tls::connect(https, config, NAME).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).unwrap();
    stream.write_all(&frame(HEADERS, 0, 1, &[])).unwrap();
    // A literal field without indexing, `a: aaa…` (RFC 7541, section 6.2.2), again and again.
    let field = [&[0, 1, b'a', 100][..], &[b'a'; 100]].concat().repeat(100);
    let sent =
        (0..10_000).take_while(|_| stream.write_all(&frame(CONTINUATION, 0, 1, &field)).is_ok());
    assert!(sent.count() < 10_000, "100 MB of one head were taken");
    assert_reports_get_through(&collector);
}

#[test]
fn a_connection_that_asks_for_nothing_is_ended() {
    let (collector, https, config) = start();
    // The connection answers pings by itself as long as it is polled.
    block_on(async {
        let (_sender, connection) = connect(https, config).await;
        let ended = tokio::time::timeout(Duration::from_secs(120), connection).await;
        assert!(ended.is_ok(), "it is still there");
    });
    assert_reports_get_through(&collector);
}
