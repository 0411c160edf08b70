//! Patterns with `*`.

/// Whether a pattern, in which `*` is any characters, matches the whole of a text. It matches from left to right: the earliest
/// place of each piece leaves most for those after it, so nothing is tried twice.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
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
