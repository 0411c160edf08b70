//! The root certificates that commands trust as TLS clients: the system's, and those of a file.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

/// Why there are no usable root certificates.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// There are none.
    #[error("there are no root certificates: install ca-certificates, or name a file by --ca")]
    NoRoots,
    /// The file of a further root.
    #[error("--ca {file}: {why}; it must hold a root certificate as PEM")]
    Root {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(rustls::Error),
}

/// The client's side of TLS; `ca`: a file with further roots.
///
/// # Errors
/// [`RootsError`] where there are no roots, or the file holds none.
pub fn client_config(ca: Option<&Path>) -> Result<ClientConfig, RootsError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if let Some(file) = ca {
        let wrong = |why: String| RootsError::Root { file: file.display().to_string(), why };
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(error.to_string()))?;
        if roots.add_parsable_certificates(certificates).0 == 0 {
            return Err(wrong("there is no certificate in it".to_owned()));
        }
    }
    if roots.is_empty() {
        return Err(RootsError::NoRoots);
    }
    let builder = builder().map_err(RootsError::Tls)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// For servers that are reached without TLS: nothing is read from the system, and no certificate is trusted.
///
/// # Errors
/// TLS cannot be set up.
pub fn no_roots() -> Result<ClientConfig, rustls::Error> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The beginning of each configuration, with the cryptography of ring.
///
/// # Errors
/// TLS cannot be set up.
pub fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
}
