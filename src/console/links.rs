//! Addresses of the console's own pages. What reports say becomes a part of a path or a query, encoded, and never a link
//! to anywhere else.

use std::fmt::Write as _;

use url::form_urlencoded::Serializer;

/// A path of these parts: `/destinations/shop/evil.example`.
pub(super) fn path(parts: &[&str]) -> String {
    let mut path = String::new();
    for part in parts {
        path.push('/');
        // A part that is only dots would be taken for a way up.
        let only_dots = part.chars().all(|c| c == '.');
        for byte in part.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                    path.push(char::from(byte));
                }
                b'.' if !only_dots => path.push('.'),
                // Writing to a text does not fail.
                _ => drop(write!(path, "%{byte:02X}")),
            }
        }
    }
    path
}

/// A path with a query of those fields that say something.
pub(super) fn with_query<'a>(
    path: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// The page of a destination.
pub(super) fn destination(site: &str, destination: &str) -> String {
    path(&["destinations", site, destination])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_holds_stays_in_its_place() {
        assert_eq!(destination("shop", "evil.example"), "/destinations/shop/evil.example");
        assert_eq!(
            destination("a/b", "javascript:x?#\"é"),
            "/destinations/a%2Fb/javascript%3Ax%3F%23%22%C3%A9"
        );
        assert_eq!(path(&["sites", ".."]), "/sites/%2E%2E");
        assert_eq!(
            with_query("/reports", [("site", ""), ("text", "a&b=c")]),
            "/reports?text=a%26b%3Dc"
        );
        assert_eq!(with_query("/reports", [("site", "")]), "/reports");
    }
}
