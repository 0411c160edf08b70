//! ClickHouse behind https, with the operator's own certificate authority.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::block_on;
use crate::support::clickhouse::ClickHouse;

/// Serves TLS in front of `behind`; returns its address and the certificate.
fn tls_in_front_of(behind: SocketAddr) -> (SocketAddr, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || block_on(forward(listener, acceptor, behind)));
    (address, cert.pem())
}

async fn forward(listener: std::net::TcpListener, acceptor: TlsAcceptor, behind: SocketAddr) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (outside, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            // A client that refuses the certificate is part of the test.
            let Ok(mut outside) = acceptor.accept(outside).await else { return };
            let mut inside = TcpStream::connect(behind).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
        });
    }
}

#[test]
fn https_works_and_the_certificate_is_checked() {
    let clickhouse = ClickHouse::shared();
    let (address, certificate) = tls_in_front_of(clickhouse.address());
    let database = clickhouse.fresh_database();
    let place = tempfile::tempdir().unwrap();
    let roots = place.path().join("ca.pem");
    let migrate = || -> Output {
        let url = format!("https://{address}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
        command.arg("migrate").env("CSPWATCH__CLICKHOUSE__URL", &url);
        command.env("CSPWATCH__CLICKHOUSE__DATABASE", &database);
        command.env("SSL_CERT_FILE", &roots).env_remove("SSL_CERT_DIR").output().unwrap()
    };
    let words = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();

    let output = migrate();
    assert!(words(&output).contains("install ca-certificates"), "{}", words(&output));

    let other = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem();
    fs::write(&roots, other).unwrap();
    let output = migrate();
    assert!(
        !output.status.success() && words(&output).contains("certificate"),
        "{}",
        words(&output)
    );

    fs::write(&roots, certificate).unwrap();
    let output = migrate();
    assert!(output.status.success(), "{}", words(&output));
}
