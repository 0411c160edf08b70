//! A host without card numbers.

use std::borrow::Cow;

use super::redact;
use crate::base::domain::registrable;

/// A host without the labels that hold a card number. A registrable domain is evidence, whatever it is called; this is the
/// only exception.
pub(super) fn without_card(host: Cow<'_, str>) -> Cow<'_, str> {
    if !redact::holds_card(&host) {
        return host;
    }
    let domain = registrable(&host);
    let labels = if domain.len() < host.len() { "{pan}." } else { "" };
    let suffix = domain.find('.').map_or("", |dot| &domain[dot..]);
    let kept = [format!("{labels}{domain}"), format!("{labels}{{pan}}{suffix}")];
    let kept = kept.into_iter().find(|kept| !redact::holds_card(kept));
    // Anybody can report a suffix that nobody can register.
    kept.map_or(Cow::Borrowed("{pan}"), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_host_keeps_a_card_number() {
        for (host, kept) in [
            ("shop.example", "shop.example"),
            ("x.4111111111111111.evil.example", "{pan}.evil.example"),
            ("4111111111111111.example", "{pan}.example"),
            ("x.evil.e378282246310005xample", "{pan}"),
            ("evil.4111111111111111x", "{pan}"),
            ("x4111111111111111", "{pan}"),
        ] {
            assert_eq!(without_card(Cow::Borrowed(host)), kept, "{host}");
        }
    }
}
