//! The names of the console: what Host and Origin may say.
//!
//! A page of another site can make its own name lead to this console (DNS rebinding); a browser then takes the console's
//! pages for that site's. The name in Host gives it away.

use url::Url;

use crate::config::ConsoleConfig;

/// Where people reach the console.
pub(super) struct Origins {
    /// As `https://console.example`, the public one first.
    origins: Vec<String>,
    /// Whether browsers speak TLS, with the console or with a proxy before it.
    is_secure: bool,
}

impl Origins {
    pub(super) fn of(config: &ConsoleConfig) -> Self {
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let public = config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
        let is_secure = public.as_ref().map_or(scheme == "https", |url| url.starts_with("https:"));
        let port = config.listen.port();
        // A plain console with an https address stands behind a proxy, and cookies are for https only.
        let has_local = config.listen.ip().is_loopback() && (scheme == "https") == is_secure;
        let local =
            ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{scheme}://{host}:{port}"));
        let local = local.into_iter().filter(|_| has_local).map(|origin| {
            // The default port is left out, as browsers do.
            Url::parse(&origin).map_or(origin, |url| url.origin().ascii_serialization())
        });
        Self { origins: public.into_iter().chain(local).collect(), is_secure }
    }

    pub(super) fn first(&self) -> &str {
        self.origins.first().map_or("", String::as_str)
    }

    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Whether it is an origin of this console.
    pub(super) fn has(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }

    /// Whether it is a host, with its port, of this console.
    pub(super) fn has_host(&self, host: &str) -> bool {
        self.origins.iter().any(|own| {
            let (scheme, authority) = own.split_once("://").unwrap_or_default();
            let port = if scheme == "https" { ":443" } else { ":80" };
            authority.eq_ignore_ascii_case(host)
                || host.strip_suffix(port).is_some_and(|host| authority.eq_ignore_ascii_case(host))
        })
    }

    /// The name of the session's cookie. With the prefix, browsers refuse it from anybody but this host, and over anything
    /// but https (RFC 6265bis, section 4.1.3.2).
    pub(super) fn cookie(&self) -> &'static str {
        if self.is_secure { "__Host-cspwatch" } else { "cspwatch" }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Config;

    fn origins(console: &str) -> Origins {
        let text = format!("[listen]\ntrusted_proxies = ['10.0.0.0/8']\n[console]\n{console}");
        Origins::of(&Config::from_text("f", &text, &BTreeMap::new()).unwrap().console)
    }

    #[test]
    fn on_loopback_its_names_are_those_of_loopback() {
        let own = origins("");
        assert!(!own.is_secure() && own.first() == "http://127.0.0.1:8082");
        for host in ["127.0.0.1:8082", "LOCALHOST:8082", "[::1]:8082"] {
            assert!(own.has_host(host), "{host}");
        }
        for host in ["", "127.0.0.1", "127.0.0.1:8083", "evil.example:8082", "localhost:80820"] {
            assert!(!own.has_host(host), "{host}");
        }
        assert!(own.has("http://localhost:8082") && !own.has("https://localhost:8082"));
        assert!(!own.has("null") && !own.has("http://evil.example"));
    }

    #[test]
    fn behind_a_proxy_it_has_the_public_name_only() {
        let own = origins("public_url = 'https://Console.example/'");
        assert!(own.is_secure() && own.first() == "https://console.example");
        assert!(own.has_host("console.example") && own.has_host("console.example:443"));
        assert!(!own.has_host("127.0.0.1:8082") && !own.has_host("console.example:80"));
        assert_eq!(own.cookie(), "__Host-cspwatch");
        let own = origins("public_url = 'http://console.example:8082'");
        assert!(own.has_host("console.example:8082") && own.has_host("localhost:8082"));
    }
}
