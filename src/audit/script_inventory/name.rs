//! How people name scripts: by their address, and inline scripts by that word and their hash.

use crate::config::KeepQuery;
use crate::decisions::{INLINE, is_inline};
use crate::pipeline::normalise::address;

/// Host and path of what a person wrote: an address ([`address`]), or [`INLINE`] for inline scripts.
///
/// # Errors
/// A sentence that shows a right one.
pub fn script_address(text: &str, keep: &KeepQuery) -> Result<(String, String), String> {
    if text.trim() == INLINE {
        return Ok((String::new(), INLINE.to_owned()));
    }
    address(text, keep)
}

/// The name of a script, or of what a decision is about, whose host is as it shall be printed; of an address the hash does not
/// matter. The word alone is for inline scripts of any content, or beyond those that are listed.
pub fn script_name(host: &str, path: &str, hash: &str) -> String {
    match (is_inline(host, path), hash) {
        (false, _) => format!("{host}{path}"),
        (true, "") => INLINE.to_owned(),
        (true, hash) => format!("{INLINE} {hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_named_by_their_hash() {
        for (host, path, hash, expected) in [
            ("", "inline", "sha256-a", "inline sha256-a"),
            ("", "inline", "", "inline"),
            ("cdn[.]example", "/a.js", "sha256-a", "cdn[.]example/a.js"),
            ("inline", "/", "sha256-a", "inline/"),
        ] {
            assert_eq!(script_name(host, path, hash), expected);
        }
        let read = |text| script_address(text, &KeepQuery::None);
        assert_eq!(read(" inline"), Ok((String::new(), "inline".to_owned())));
        assert_eq!(read("https://inline/a.js"), Ok(("inline".to_owned(), "/a.js".to_owned())));
    }
}
