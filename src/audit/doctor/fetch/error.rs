//! Why a page cannot be fetched.

use super::super::ConnectionFailure;
use crate::base::limits;
use crate::base::tls_roots::RootsError;

/// Why a page cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There are no root certificates to trust.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The server did not answer.
    #[error("{url}: {}", describe(.failure))]
    Unanswered {
        /// The address.
        url: String,
        /// Why it did not.
        failure: ConnectionFailure,
    },
    /// There are more redirects than a browser follows.
    #[error(
        "{url}: more than {max} redirects, the last to {last}; no browser follows so many",
        max = limits::DOCTOR_REDIRECTS
    )]
    Redirects {
        /// The first address.
        url: String,
        /// The last address that was tried.
        last: String,
    },
    /// A redirect leads to something else than an HTTP address.
    #[error("{url}: redirects to {to:?}, which is not the address of a page")]
    NotHttp {
        /// The address that redirects.
        url: String,
        /// The value of `Location`.
        to: String,
    },
}

fn describe(failure: &ConnectionFailure) -> String {
    match failure {
        // A server that presents its root, or signs its own certificate.
        ConnectionFailure::UntrustedCertificate(why) if why.contains("CaUsedAsEndEntity") => {
            "its certificate is one of a certification authority, which browsers refuse at a site: it was probably signed by \
             itself. Make an authority of your own and a certificate of it (--ca takes the authority's), or use a \
             certificate that browsers trust"
                .to_owned()
        }
        ConnectionFailure::UntrustedCertificate(why) => {
            format!(
                "its certificate is not trusted here ({why}); --ca FILE adds a root certificate"
            )
        }
        ConnectionFailure::WrongName(why) => format!("its certificate is for another host ({why})"),
        ConnectionFailure::Unreachable(why) => format!("no answer: {why}"),
        ConnectionFailure::TimedOut => format!("no answer within {} s", super::TIMEOUT.as_secs()),
        ConnectionFailure::Private(address) => {
            format!("{address} is a private address, and the page that led there is not on one")
        }
    }
}
