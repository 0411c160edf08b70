//! Signed endpoints: the site puts an expiry and a signature into the report URL of its headers, and a report
//! that comes with them was sent by somebody who had a page of the site. It is no proof - a page can be had by
//! anybody - but it tells a visitor's report from one that was made up without ever asking the site.
//!
//! `sig` is base64url, without padding, of HMAC-SHA256 (RFC 2104) by the site's key over the text
//! `report`, the site's name and the expiry in seconds since 1970 in decimal, each but the last followed by
//! a line feed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Timestamp;

/// A site's key; any bytes.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key with this content.
    #[allow(clippy::expect_used, reason = "RFC 2104 takes keys of any length")]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes any key"))
    }

    /// The query of a signed endpoint: `exp=…&sig=…`; `expires` in seconds since 1970.
    pub fn sign(&self, site: &str, expires: i64) -> String {
        let signature = self.mac(site, &expires.to_string()).finalize().into_bytes();
        format!("exp={expires}&sig={}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether a query holds a signature of this site that has not expired.
    pub fn verifies(&self, site: &str, query: &str, now: Timestamp) -> bool {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(found, value)| (found == name).then_some(value))
        };
        let (Some(expires), Some(signature)) = (value("exp"), value("sig")) else { return false };
        let is_fresh = expires.parse().is_ok_and(|expires: i64| now.0.div_euclid(1000) <= expires);
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        is_fresh && self.mac(site, expires).verify_slice(&signature).is_ok()
    }

    fn mac(&self, site: &str, expires: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in ["report\n", site, "\n", expires] {
            mac.update(part.as_bytes());
        }
        mac
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// Computed with `printf 'report\nshop\n1800000000' | openssl dgst -sha256 -hmac correct-horse-battery -binary`.
    const SIGNED: &str = "exp=1800000000&sig=7ROqZONWDHibuNt1rDFdl5wAAFyJd8mwmlVhUeRvL5Q";

    #[test]
    fn what_was_signed_verifies_until_it_expires() {
        let key = Key::new(b"correct-horse-battery");
        assert_eq!(key.sign("shop", 1_800_000_000), SIGNED);
        assert!(key.verifies("shop", SIGNED, NOW));
        assert!(key.verifies("shop", &format!("tag=a&{SIGNED}&x"), NOW));
        assert!(!key.verifies("shop", SIGNED, Timestamp(NOW.0 + 1000)), "expired");
    }

    #[test]
    fn anything_else_does_not() {
        let key = Key::new(b"correct-horse-battery");
        let (_, signature) = SIGNED.split_once("&sig=").expect("a signature");
        assert!(!Key::new(b"another").verifies("shop", SIGNED, NOW));
        assert!(!key.verifies("shop2", SIGNED, NOW), "of another site");
        for query in [
            "",
            "exp=1800000000",
            &format!("sig={signature}"),
            &format!("exp=1800000001&sig={signature}"),
            &format!("exp=01800000000&sig={signature}"),
            &format!("exp=1800000000&sig={}", &signature[1..]),
            &format!("exp=1800000000&sig={signature}="),
            "exp=1800000000&sig=",
            "exp=&sig=",
        ] {
            assert!(!key.verifies("shop", query, NOW), "{query}");
        }
    }
}
