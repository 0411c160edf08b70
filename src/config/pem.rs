//! Certificates and private keys, in PEM files.

use std::path::Path;

use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::checker::Checker;
use super::named_file::unreadable;

/// Checks that two keys name a certificate and its private key.
pub(super) fn check_pem_pair(checker: &Checker, cert: (&str, &Path), key: (&str, &Path)) {
    let chain = certificates(cert.1).map_err(|message| checker.add_problem(cert.0, message));
    let private = private_key(key.1).map_err(|message| checker.add_problem(key.0, message));
    let (Ok(chain), Ok(private)) = (chain, private) else { return };
    let provider = rustls::crypto::ring::default_provider();
    if let Err(error) = CertifiedKey::from_der(chain, private, &provider) {
        let (cert, file) = (cert.1.display(), key.1.display());
        let message =
            format!("the certificate {cert} and the key {file} do not work together: {error}");
        checker.add_problem(key.0, message);
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match found.map_err(|error| wrong(file, "certificate", &error))? {
        none if Vec::is_empty(&none) => {
            Err(format!("{} holds no certificate; name a PEM file", file.display()))
        }
        chain => Ok(chain),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| wrong(file, "private key", &error))
}

fn wrong(file: &Path, what: &str, error: &Error) -> String {
    match error {
        Error::Io(error) => unreadable(file, error),
        error => format!("{} holds no {what}: {error}", file.display()),
    }
}
