//! A certificate authority of the test's own, which browsers trust in the way that a company's is
//! trusted: it stands in their certificate database, and all checks stay on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::tools;

/// The authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate and its key, as PEM.
pub struct Leaf {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = params(&[], "cspwatch test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for a server of these names.
    pub fn issue(&self, names: &[&str]) -> Leaf {
        self.issue_until(names, rcgen::date_time_ymd(4000, 1, 1))
    }

    /// The same, which ends at a time.
    pub fn issue_until(&self, names: &[&str], ends: time::OffsetDateTime) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = params(names, names[0]);
        params.not_after = ends;
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Leaf { certificate, key: key.serialize_pem() }
    }

    /// Its own certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.0.pem().as_bytes()).unwrap()
    }

    /// It as PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Makes an NSS database in a folder, the kind that Firefox and, on Linux, Chromium read.
    pub fn trust_in(&self, database: &Path) {
        fs::create_dir_all(database).unwrap();
        let file = database.join("authority.pem");
        fs::write(&file, self.0.pem()).unwrap();
        let database = format!("sql:{}", database.display());
        tools::check("certutil", &["-N", "-d", &database, "--empty-password"]);
        let file = file.to_str().unwrap();
        // "C,,": trusted to vouch for servers, for nothing else.
        tools::check("certutil", &["-A", "-d", &database, "-n", "test", "-t", "C,,", "-i", file]);
    }
}

impl Leaf {
    /// TLS for a server in the test process.
    pub fn acceptor(&self) -> TlsAcceptor {
        let chain = vec![CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap()];
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn params(names: &[&str], common_name: &str) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}
