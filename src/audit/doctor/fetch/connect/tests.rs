//! Connections to real sockets of this machine, as somebody makes them who checks a page on the internet.

use std::net::{Ipv4Addr, TcpListener};

use rustls::RootCertStore;

use super::*;

fn dialer(overrides: &[&str]) -> Dialer {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let tls = builder.unwrap().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    Dialer::new(tls, overrides.iter().map(|text| text.parse().unwrap()).collect())
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_page_on_the_internet_leads_to_no_private_address_however_it_is_written() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    // What a name server says of a name that the attacker owns.
    let dialer = dialer(&["rebound.example:127.0.0.1", "mapped.example:[::ffff:127.0.0.1]"]);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "rebound.example",
        "mapped.example",
    ] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let refused = run(dialer.connect(&url, Reach::PublicOnly)).err();
        assert!(matches!(refused, Some(ConnectionFailure::Private(_))), "{host}: {refused:?}");
    }
    assert!(listener.accept().is_err(), "somebody connected");

    // If the page is on a private address itself, nothing is refused.
    let url = Url::parse(&format!("http://rebound.example:{port}/")).unwrap();
    assert!(run(dialer.connect(&url, Reach::Anywhere)).is_ok());
    assert!(listener.accept().is_ok());
}

#[test]
fn the_address_of_the_named_page_decides_where_it_may_lead() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialer = dialer(&["shop.example:127.0.0.1"]);
    for host in ["127.0.0.1", "localhost", "shop.example"] {
        let url = Url::parse(&format!("http://{host}:{port}/")).unwrap();
        let (_, reach) = run(dialer.connect_to_named(&url)).unwrap();
        assert_eq!(reach, Reach::Anywhere, "{host}");
    }
}
