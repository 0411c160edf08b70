//! Correlation tags: the session or order that a page belongs to, which the site puts into its report URL.

use super::Collector;
use crate::base::limits;
use crate::base::signature;
use crate::pipeline::judge::Site;

/// The tag of a request; its text is empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestTag<'a> {
    pub(super) text: &'a str,
    /// Whether the site itself made it.
    pub(super) is_signed: bool,
}

impl Collector {
    /// The tag of a query. Where tags must be signed, an unsigned one is counted, and kept all the same: it is evidence,
    /// marked as one that anybody may have made up.
    pub(super) fn tag<'q>(&self, site: Option<&Site>, query: &'q str) -> RequestTag<'q> {
        let text = if query.is_empty() { "" } else { text(query) };
        if text.is_empty() {
            return RequestTag { text, is_signed: false };
        }
        let is_signed = site.is_some_and(|site| site.has_signed(text, query));
        if let Some(site) = site.filter(|site| site.signs_tags() && !is_signed) {
            self.metrics.sites.with(&site.name, |counters| counters.count_unsigned_tag());
        }
        RequestTag { text, is_signed }
    }
}

/// A malformed tag counts as none: no report is lost because of it.
fn text(query: &str) -> &str {
    let tag = signature::value(query, "tag").unwrap_or("");
    if is_tag(tag) { tag } else { "" }
}

/// Whether a text can be a tag: 1 to 128 characters that need no escape in a URL (RFC 3986, section 2.3).
pub fn is_tag(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'~' | b'-');
    (1..=limits::TAG_BYTES).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn tags_are_opaque_plain_and_bounded() {
        assert_eq!(text("v=1&tag=Order-7.a_b~c&x"), "Order-7.a_b~c");
        assert_eq!(text("tag=a%20b"), "");
        assert_eq!(text(&format!("tag={}", "a".repeat(129))), "");
        assert_eq!(text("notag=a"), "");
        assert_eq!(text(""), "");
    }
}
