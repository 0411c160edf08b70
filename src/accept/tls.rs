//! TLS: 1.2 and 1.3, HTTP/2 or HTTP/1.1 by ALPN; certificates that may be renewed while it runs.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, MutexGuard};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::certificate::not_after;
use super::newest::Newest;
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::base::lock::Mutex;
use crate::config;

/// Why a certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TlsError {
    #[error("{file} cannot be read as PEM: {error}", file = .file.display())]
    Pem { file: PathBuf, error: rustls::pki_types::pem::Error },
    #[error("the certificate {cert} and the key {key} do not work together: {error}", cert = .cert.display(), key = .key.display())]
    Pair { cert: PathBuf, key: PathBuf, error: rustls::Error },
}

/// The server's side of TLS.
pub struct Tls {
    files: config::TlsConfig,
    server: ArcSwap<ServerConfig>,
    /// When its certificate ends.
    ends: Mutex<Option<Timestamp>>,
    /// When the files that `server` was made of were written.
    modified: Mutex<Modified>,
    handshakes: Newest,
}

/// When the certificate and the key were written.
type Modified = [Option<SystemTime>; 2];

impl Tls {
    /// Reads the certificate and the key.
    ///
    /// # Errors
    /// [`TlsError`] where one of the files cannot be read, or they do not fit together.
    pub fn new(files: &config::TlsConfig) -> Result<Self, TlsError> {
        let modified = Mutex::new(modified(files));
        let (server, ends) = server(files)?;
        Ok(Self {
            files: files.clone(),
            server: ArcSwap::from_pointee(server),
            ends: Mutex::new(ends),
            modified,
            handshakes: Newest::new(limits::TLS_HANDSHAKES),
        })
    }

    /// Whether one of the files was written since they were read.
    pub fn has_changed(&self) -> bool {
        *self.modified() != modified(&self.files)
    }

    /// Reads the files again; new connections get the new certificate. After an error the old one stays.
    pub fn renew(&self) -> Result<(), TlsError> {
        // Set also when the files are wrong: this is logged once, not every minute.
        *self.modified() = modified(&self.files);
        let (server, ends) = server(&self.files)?;
        self.server.store(Arc::new(server));
        *self.ends.lock() = ends;
        Ok(())
    }

    /// When the certificate in use ends; `None`: it does not say.
    pub fn ends(&self) -> Option<Timestamp> {
        *self.ends.lock()
    }

    fn modified(&self) -> MutexGuard<'_, Modified> {
        self.modified.lock()
    }

    /// The handshake; `None` when it fails, takes too long, or is the oldest of too many.
    pub async fn accept(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let mut handshake = self.handshakes.begin(1);
        let accepting = TlsAcceptor::from(self.server.load_full()).accept(stream);
        tokio::select! {
            accepted = timeout(limits::TLS_HANDSHAKE, accepting) => accepted.ok()?.ok(),
            () = handshake.evicted() => None,
        }
    }
}

fn modified(files: &config::TlsConfig) -> Modified {
    [&files.cert, &files.key].map(|file| fs::metadata(file).and_then(|found| found.modified()).ok())
}

/// What answers with the certificate of these files, and when the first of its chain ends.
fn server(files: &config::TlsConfig) -> Result<(ServerConfig, Option<Timestamp>), TlsError> {
    let unreadable = |file: &PathBuf| {
        let file = file.clone();
        move |error| TlsError::Pem { file, error }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&files.cert))?;
    let ends = chain.iter().filter_map(|certificate| not_after(certificate)).min();
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pair = |error| TlsError::Pair { cert: files.cert.clone(), key: files.key.clone(), error };
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(pair)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Browsers keep their sessions as tickets: rustls itself would remember only 256.
    server.ticketer = rustls::crypto::ring::Ticketer::new().map_err(pair)?;
    Ok((server, ends))
}
