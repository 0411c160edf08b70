//! Paths of pages as they are compared: servers give out the same page for several spellings, and whoever changes a link may
//! choose among them.

use std::borrow::Cow;

/// A path as it is compared: lower case, without `//`, and without percent-encoding of characters that mean the same with and
/// without it (RFC 3986, section 6.2.2.2). It is decoded once: `%2563` is the text `%63`. An encoded `/` stays encoded,
/// because it separates nothing; [`segments`] take it for one.
pub fn comparable(path: &str) -> Cow<'_, str> {
    let bytes = path.as_bytes();
    let is_plain = |(index, byte): (usize, &u8)| match byte {
        b'%' => false,
        b'/' => index == 0 || bytes[index - 1] != b'/',
        _ => !byte.is_ascii_uppercase(),
    };
    if bytes.iter().enumerate().all(is_plain) {
        return Cow::Borrowed(path);
    }
    let mut plain = shortened(path);
    plain.make_ascii_lowercase();
    Cow::Owned(plain)
}

/// A path without what makes its spelling longer, and with the case of its letters: what is cut to size must not lose the
/// name of its page to slashes.
pub fn shortened(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(next) = rest.chars().next() {
        let (character, length) = match decoded(rest) {
            Some(character) => (character, 3),
            None => (next, next.len_utf8()),
        };
        rest = &rest[length..];
        if !(character == '/' && plain.ends_with('/')) {
            plain.push(character);
        }
    }
    plain
}

/// The segments of a comparable path. An encoded `/` separates them, too, because many servers decode it.
pub fn segments(comparable: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(comparable);
    let next = move || {
        let text = rest?;
        let (segment, after) =
            split_at_slash(text).map_or((text, None), |(segment, after)| (segment, Some(after)));
        rest = after;
        Some(segment)
    };
    std::iter::from_fn(next).filter(|segment| !segment.is_empty())
}

/// What is before and after the first `/`, encoded or not.
fn split_at_slash(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let (at, length) = bytes.iter().enumerate().find_map(|(at, byte)| match byte {
        b'/' => Some((at, 1)),
        b'%' if bytes[at..].starts_with(b"%2f") => Some((at, 3)),
        _ => None,
    })?;
    Some((&text[..at], &text[at + length..]))
}

/// The unreserved character that a text begins with in percent-encoding.
fn decoded(text: &str) -> Option<char> {
    let [b'%', digits @ ..] = text.as_bytes().get(..3)? else { return None };
    let value = |digit: u8| (digit as char).to_digit(16);
    let code = value(digits[0])? * 16 + value(digits[1])?;
    let character = char::from_u32(code)?;
    let is_unreserved = character.is_ascii_alphanumeric() || "-._~".contains(character);
    is_unreserved.then_some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_path_are_one() {
        for (path, expected) in [
            ("/checkout", "/checkout"),
            ("/Checkout/Pay", "/checkout/pay"),
            ("//checkout///pay", "/checkout/pay"),
            ("/%63heckou%74", "/checkout"),
            ("/%43heckout%2Epage", "/checkout.page"),
            ("/%2563heckout", "/%2563heckout"),
            ("/shop%2Fcheckout", "/shop%2fcheckout"),
            ("/b%C3%BCcher", "/b%c3%bccher"),
            ("/bücher/%", "/bücher/%"),
            ("/100%ü", "/100%ü"),
            ("/%6", "/%6"),
            ("", ""),
        ] {
            assert_eq!(comparable(path), expected, "{path}");
        }
    }

    #[test]
    fn a_shortened_path_keeps_its_letters() {
        for (path, expected) in [
            ("///Checkout//Pay/", "/Checkout/Pay/"),
            ("/%43heckout/%2F%2f", "/Checkout/%2F%2f"),
            ("/%C3%BC", "/%C3%BC"),
            ("", ""),
        ] {
            assert_eq!(shortened(path), expected, "{path}");
            assert_eq!(comparable(&shortened(path)), comparable(path), "{path}");
        }
    }

    #[test]
    fn segments_of_a_path() {
        let of = |path| segments(path).collect::<Vec<_>>();
        assert_eq!(of("/index.php/checkout/"), ["index.php", "checkout"]);
        assert_eq!(of("/x%2fcheckout%2f%2f%2e"), ["x", "checkout", "%2e"]);
        assert_eq!(of("/"), [""; 0]);
    }
}
