//! Connections, with TLS or without.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CipherSuite, ClientConfig, DigitallySignedStruct, HandshakeKind, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;

/// What requests travel on.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// Makes connections to a server.
pub struct Connector {
    server: SocketAddr,
    tls: Option<TlsConnector>,
    made: Cell<u32>,
}

impl Connector {
    pub fn new(server: SocketAddr, is_tls: bool, is_h2: bool, resumes: bool) -> Self {
        let tls = is_tls.then(|| TlsConnector::from(Arc::new(tls(is_h2, resumes))));
        Self { server, tls, made: Cell::new(0) }
    }

    /// A connection, and whether it took up an earlier one's session.
    pub async fn connect(&self) -> io::Result<(Box<dyn Stream>, bool)> {
        let number = self.made.replace(self.made.get().wrapping_add(1));
        let socket = TcpSocket::new_v4()?;
        if self.server.ip().is_loopback() {
            // Each address of loopback has all ports for itself: closed connections keep theirs for a minute.
            let [_, high, low, _] = (number % 60_000).to_be_bytes();
            let source = Ipv4Addr::new(127, 1 + number as u8 % 250, 1 + high, 1 + low / 2);
            socket.bind(SocketAddr::new(IpAddr::V4(source), 0))?;
        }
        let stream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        let Some(tls) = &self.tls else { return Ok((Box::new(stream), false)) };
        let name = ServerName::IpAddress(self.server.ip().into());
        let stream = tls.connect(name, stream).await?;
        let resumed = stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed);
        Ok((Box::new(stream), resumed))
    }
}

fn tls(is_h2: bool, resumes: bool) -> ClientConfig {
    let mut provider = ring::default_provider();
    // Browsers ask for AES-128 first; rustls by itself for AES-256, with the dearer SHA-384 in the handshake.
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    let mut tls = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody))
        .with_no_client_auth();
    tls.alpn_protocols = vec![if is_h2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    if !resumes {
        tls.resumption = Resumption::disabled();
    }
    tls
}

/// The server is our own, on this machine, with a certificate of its own: there is nothing to verify, and it
/// would cost the load's core.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
