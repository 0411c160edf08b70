//! Patterns of paths.

use crate::base::glob::glob;

/// A pattern of a whole path. `*` is any text without a slash: `/*/pcm.js` has two segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(String);

impl PathPattern {
    /// Whether it matches a path; what is kept of a query does not count.
    pub fn matches(&self, path: &str) -> bool {
        let path = path.split('?').next().unwrap_or(path);
        let mut segments = path.split('/');
        let is_matched =
            |pattern: &str| segments.next().is_some_and(|segment| glob(pattern, segment));
        self.0.split('/').all(is_matched) && segments.next().is_none()
    }
}

/// `/static/a.js`, `/*/pcm.js`, `/`.
pub(super) fn path_pattern(text: &str) -> Result<PathPattern, String> {
    let is_plain = text.starts_with('/') && !text.contains(['?', '#']);
    let names_something = text == "/" || text.contains(|c: char| !matches!(c, '/' | '*'));
    if is_plain && names_something {
        return Ok(PathPattern(text.to_owned()));
    }
    Err(format!(
        "\"{text}\" is not the pattern of a path, such as \"/*/pcm.js\", where * is any text without a slash"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_within_a_segment() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/a", "/a?b=/c", true),
            ("/*/pcm.js", "/en_US/pcm.js", true),
            ("/*/pcm.js", "//pcm.js", true),
            ("/*/pcm.js", "/en_US/x/pcm.js", false),
            ("/*/pcm.js", "/en_US/pcm.js/x", false),
            ("/*/pcm.js", "/pcm.js", false),
            ("/*/iab.*.js", "/de_DE/iab.autofill.enhanced.v2.js", true),
            ("/*/iab.*.js", "/de_DE/iab.js", false),
            ("/a*b*c", "/abbc", true),
            ("/a*b*c", "/acb", false),
            ("/ab*ba", "/aba", false),
            ("/ab*ba", "/abba", true),
        ] {
            let matches = path_pattern(pattern).expect("a pattern").matches(path);
            assert_eq!(matches, expected, "{pattern} {path}");
        }
        for wrong in ["", "a", "*", "/*", "/*/*", "/a?b", "/a#b", "https://a.example/"] {
            assert!(path_pattern(wrong).is_err(), "{wrong}");
        }
    }
}
