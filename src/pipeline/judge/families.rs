//! Hosts that are one vendor's under many domains: what is known under one of them is known under all.

use crate::base::domain::registered;

/// What follows `google.` in the domains where Google serves what it serves at google.com, by country
/// (www.google.com/supported_domains, 2026).
const GOOGLE: &str = include_str!("google.txt");

/// The host at google.com that a host of a country is: `www.google.com` of `www.google.co.uk`.
pub(super) fn at_google_com(host: &str) -> Option<String> {
    let domain = registered(host)?;
    let country = domain.strip_prefix("google.")?;
    let is_googles = GOOGLE.split_ascii_whitespace().any(|known| known == country);
    is_googles.then(|| format!("{}google.com", &host[..host.len() - domain.len()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_of_google() {
        for (host, expected) in [
            ("www.google.co.uk", Some("www.google.com")),
            ("adservice.google.de", Some("adservice.google.com")),
            ("google.cat", Some("google.com")),
            ("www.google.com", None),
            ("www.google.example", None),
            ("www.google.de.example", None),
            ("notgoogle.de", None),
        ] {
            assert_eq!(at_google_com(host).as_deref(), expected, "{host}");
        }
        for country in GOOGLE.split_ascii_whitespace() {
            let domain = format!("google.{country}");
            assert_eq!(registered(&domain), Some(&*domain), "anybody could register it");
        }
    }
}
