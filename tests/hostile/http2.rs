//! HTTP/2 as no browser speaks it.

use std::sync::Arc;

use h2::client;
use http::Request;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::assert_reports_get_through;
use crate::support::certificates::Authority;
use crate::support::collector::{Collector, SHOP};
use crate::support::tls;

/// Streams that are opened and reset at once.
const RESETS: usize = 2_000;

#[test]
fn a_client_that_resets_its_streams_is_sent_away() {
    let authority = Authority::new();
    let leaf = authority.issue(&["collector.example"]);
    let (collector, https) = Collector::start_tls("http://127.0.0.1:9", "", SHOP, &leaf);
    let mut config = tls::trust(&authority);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let opened = runtime.block_on(async {
        let stream = TcpStream::connect(https).await.unwrap();
        let name = "collector.example".try_into().unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (mut sender, connection) = client::handshake(stream).await.unwrap();
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
