//! Signatures in the report URL of a site's headers: of its endpoint and of correlation tags, each with a key of its own.
//!
//! **Endpoints**: the site adds an expiry and a signature to the URL, and a report that comes with them was sent by
//! somebody who had a page of the site. This is no proof, because anybody can get a page, but it distinguishes a visitor's
//! report from one that was made up without ever contacting the site. `exp` is the expiry in seconds since 1970 in decimal, `sig` signs `report` and `exp`.
//!
//! **Tags**: the site adds the id of a session or an order, and nobody else can make one up. `tag_sig` signs
//! `tag` and the tag. It does not expire.
//!
//! A signature is base64url, without padding, of HMAC-SHA256 (RFC 2104) over what it signs, the site's name and the
//! value, in this order: the word, a line feed, the site's name, a line feed, the value.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::base::clock::Timestamp;

/// A site's key; any bytes.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// The key with this content.
    #[allow(clippy::expect_used, reason = "RFC 2104 takes keys of any length")]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes any key"))
    }

    /// The query of a signed endpoint: `exp=…&sig=…`; `expires` in seconds since 1970.
    pub fn sign(&self, site: &str, expires: i64) -> String {
        format!("exp={expires}&sig={}", self.signature("report", site, &expires.to_string()))
    }

    /// The query of an endpoint with a signed tag: `tag=…&tag_sig=…`.
    pub fn sign_tag(&self, site: &str, tag: &str) -> String {
        format!("tag={tag}&tag_sig={}", self.signature("tag", site, tag))
    }

    /// Whether a query holds a signature of this site that has not expired.
    pub fn verifies(&self, site: &str, query: &str, now: Timestamp) -> bool {
        let (Some(expires), Some(signature)) = (value(query, "exp"), value(query, "sig")) else {
            return false;
        };
        let is_fresh = expires.parse().is_ok_and(|expires: i64| now.seconds() <= expires);
        is_fresh && self.signed("report", site, expires, signature)
    }

    /// Whether a query holds a signature of this site for this tag.
    pub fn verifies_tag(&self, site: &str, tag: &str, query: &str) -> bool {
        value(query, "tag_sig").is_some_and(|signature| self.signed("tag", site, tag, signature))
    }

    fn signature(&self, what: &str, site: &str, value: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(what, site, value).finalize().into_bytes())
    }

    fn signed(&self, what: &str, site: &str, value: &str, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|bytes| self.mac(what, site, value).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, what: &str, site: &str, value: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [what, "\n", site, "\n", value] {
            mac.update(part.as_bytes());
        }
        mac
    }
}

/// The first value of this name in a query, not decoded.
pub fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(found, value)| (found == name).then_some(value))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::SECOND;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// Computed with `printf 'report\nshop\n1800000000' | openssl dgst -sha256 -hmac correct-horse-battery -binary`.
    const SIGNED: &str = "exp=1800000000&sig=7ROqZONWDHibuNt1rDFdl5wAAFyJd8mwmlVhUeRvL5Q";

    #[test]
    fn what_was_signed_verifies_until_it_expires() {
        let key = SigningKey::new(b"correct-horse-battery");
        assert_eq!(key.sign("shop", 1_800_000_000), SIGNED);
        assert!(key.verifies("shop", SIGNED, NOW));
        assert!(key.verifies("shop", &format!("tag=a&{SIGNED}&x"), NOW));
        assert!(!key.verifies("shop", SIGNED, NOW + SECOND), "expired");
    }

    /// Computed with `printf 'tag\nshop\norder-7' | openssl dgst -sha256 -hmac correct-horse-battery -binary`.
    const TAG_SIGNED: &str = "tag=order-7&tag_sig=HpcaozGPjuThiPKErMpiDOVj-mvo6RW-sWIIBoAZlVo";

    #[test]
    fn a_tag_is_signed_for_its_site_for_good() {
        let key = SigningKey::new(b"correct-horse-battery");
        assert_eq!(key.sign_tag("shop", "order-7"), TAG_SIGNED);
        assert!(key.verifies_tag("shop", "order-7", &format!("{SIGNED}&{TAG_SIGNED}")));
        assert!(!key.verifies_tag("shop", "order-8", TAG_SIGNED), "of another tag");
        assert!(!key.verifies_tag("shop2", "order-7", TAG_SIGNED), "of another site");
        assert!(!SigningKey::new(b"another").verifies_tag("shop", "order-7", TAG_SIGNED));
        let as_endpoint = SIGNED.replace("sig=", "tag_sig=");
        assert!(!key.verifies_tag("shop", "1800000000", &as_endpoint), "of an endpoint");
        for query in ["", "tag=order-7", "tag_sig", "tag_sig=", &TAG_SIGNED[..TAG_SIGNED.len() - 1]]
        {
            assert!(!key.verifies_tag("shop", "order-7", query), "{query}");
        }
    }

    #[test]
    fn anything_else_does_not() {
        let key = SigningKey::new(b"correct-horse-battery");
        let (_, signature) = SIGNED.split_once("&sig=").expect("a signature");
        assert!(!SigningKey::new(b"another").verifies("shop", SIGNED, NOW));
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
