//! TLS: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config;

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TlsError {
    #[error("{file} cannot be read as PEM: {error}", file = .file.display())]
    Pem { file: PathBuf, error: rustls::pki_types::pem::Error },
    #[error("listen.tls_cert {cert} and listen.tls_key {key} do not work together: {error}", cert = .cert.display(), key = .key.display())]
    Pair { cert: PathBuf, key: PathBuf, error: rustls::Error },
}

/// Reads the certificate and the key.
pub fn acceptor(config: &config::Tls) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |file: &PathBuf| {
        let file = file.clone();
        move |error| TlsError::Pem { file, error }
    };
    let chain = CertificateDer::pem_file_iter(&config.cert)
        .and_then(Iterator::collect)
        .map_err(unreadable(&config.cert))?;
    let key = PrivateKeyDer::from_pem_file(&config.key).map_err(unreadable(&config.key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pair = |error| TlsError::Pair { cert: config.cert.clone(), key: config.key.clone(), error };
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(pair)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}
