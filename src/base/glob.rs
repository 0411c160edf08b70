//! Patterns with `*`.

/// Whether a pattern, in which `*` is any characters, matches the whole of a text. It matches from left to right: the earliest
/// place of each piece leaves most for those after it, so nothing is tried twice.
pub fn glob(pattern: &str, text: &str) -> bool {
    // Nearly all texts differ at the beginning.
    let head = pattern.bytes().position(|byte| byte == b'*').unwrap_or(pattern.len());
    let Some(mut rest) = text.strip_prefix(&pattern[..head]) else { return false };
    let Some(pieces) = pattern.get(head + 1..) else { return rest.is_empty() };
    let mut pieces = pieces.split('*').peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece) {
            Some(start) => rest = &rest[start + piece.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, path, expected) in [
            ("/checkout*", "/checkout", true),
            ("/checkout*", "/checkout/pay", true),
            ("/checkout", "/checkout/pay", false),
            ("*/pay*", "/cart/pay/1", true),
            ("/a*b*c", "/aXbYc", true),
            ("/a*b*c", "/abc", true),
            ("/a*bc", "/abXbc", true),
            ("/a*b*c", "/acb", false),
            ("/ab*b", "/ab", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, path), expected, "{pattern} {path}");
        }
    }
}
