//! The directive that a report names, whichever way its browser spells it.

/// The name under which directives are kept that no version of CSP has.
pub const OTHER_DIRECTIVE: &str = "other";

/// The directives that a report can name: those of all levels and drafts of CSP, and what extensions of it added. Old
/// names are in [`OLD_NAMES`].
const NAMES: [&str; 39] = [
    // What browsers report most comes first.
    "script-src-elem",
    "img-src",
    "connect-src",
    "style-src-elem",
    "font-src",
    "script-src",
    "frame-src",
    "style-src",
    "form-action",
    "style-src-attr",
    "script-src-attr",
    "default-src",
    "media-src",
    "worker-src",
    "object-src",
    "child-src",
    "manifest-src",
    "base-uri",
    "frame-ancestors",
    "require-trusted-types-for",
    "trusted-types",
    "fenced-frame-src",
    "prefetch-src",
    "navigate-to",
    "sandbox",
    "upgrade-insecure-requests",
    "block-all-mixed-content",
    WEBRTC_DIRECTIVE,
    // Gone by now.
    "plugin-types",
    "require-sri-for",
    "reflected-xss",
    "referrer",
    "disown-opener",
    "treat-as-public-address",
    "report-uri",
    "report-to",
    "policy-uri",
    "options",
    // Not CSP's: the word for what violates a `Connection-Allowlist`.
    CONNECTION_ALLOWLIST,
];

/// The directive of a report of kind `connection_allowlist`, which names none.
pub const CONNECTION_ALLOWLIST: &str = "connection-allowlist";

/// CSP's directive about peer-to-peer connections.
pub const WEBRTC_DIRECTIVE: &str = "webrtc";

/// The names of `X-Content-Security-Policy` (Firefox 4 to 22) that CSP has under another one.
const OLD_NAMES: [(&str, &str); 2] = [("allow", "default-src"), ("xhr-src", "connect-src")];

/// What Firefox 4 to 32 wrote for what has no URL (`content/base/src/contentSecurityPolicy.js`); its first versions put the
/// sentence for the console in the directive's place. Of each, the words that decide, in lower case.
const BASE_RESTRICTIONS: [(&str, &str, &str); 5] = [
    ("inline script", "script-src", "inline"),
    ("inline style", "style-src", "inline"),
    ("eval script", "script-src", "eval"),
    ("created from strings", "script-src", "eval"),
    ("no eval", "script-src", "eval"),
];

/// A directive out of the closed set, and what the words around it say was blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportedDirective {
    /// The directive's name.
    pub name: &'static str,
    /// `inline` or `eval`, where the text says so instead of a URL.
    pub keyword: Option<&'static str>,
}

/// Reads what a report has in a directive's place: its name in any case, alone or with its sources, in quotes, or as the
/// first of several. `None`: no directive of any version.
pub fn reported_directive(text: &str) -> Option<ReportedDirective> {
    let plain = |name| ReportedDirective { name, keyword: None };
    if let Some(name) = named(text) {
        return Some(plain(name));
    }
    let name = || first_word(text).to_ascii_lowercase().replace('_', "-");
    base_restriction(text).or_else(|| named(&name()).map(plain))
}

/// The first word of a text, without what may surround it.
pub fn first_word(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let text = text.trim_start_matches(|c| !is_part(c));
    &text[..text.find(|c| !is_part(c)).unwrap_or(text.len())]
}

fn named(word: &str) -> Option<&'static str> {
    let old = || OLD_NAMES.into_iter().find(|(old, _)| *old == word).map(|(_, name)| name);
    NAMES.into_iter().find(|name| *name == word).or_else(old)
}

fn base_restriction(text: &str) -> Option<ReportedDirective> {
    /// The longest of these sentences has 60.
    const BYTES_MAX: usize = 100;
    if text.len() > BYTES_MAX || !text.contains("base restriction") {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let found = BASE_RESTRICTIONS.into_iter().find(|(words, ..)| text.contains(words));
    found.map(|(_, name, keyword)| ReportedDirective { name, keyword: Some(keyword) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, name: &str, keyword: Option<&str>) {
        let found = reported_directive(text);
        let found = found.map(|found| (found.name, found.keyword));
        assert_eq!(found, Some((name, keyword)), "{text}");
    }

    #[test]
    fn names_with_whatever_surrounds_them() {
        for text in [
            "script-src",
            "script-src 'report-sample' 'self'",
            "Script-Src https://cdn.example",
            "SCRIPT-SRC",
            "script-src;",
            "; script-src 'self'; img-src *",
            "script-src, img-src *",
            "script-src,default-src 'none'",
            "\tscript-src\u{a0}'self'",
            "script-src\n  'self'",
            "'script-src'",
            "\"script-src 'self'\"",
            "script-src: 'self'",
            "script_src",
        ] {
            check(text, "script-src", None);
        }
        check("frame-ancestors https://partner.example", "frame-ancestors", None);
        check("webrtc 'block'", "webrtc", None);
    }

    #[test]
    fn old_names_and_sentences() {
        check("allow 'self'", "default-src", None);
        check("xhr-src 'none'", "connect-src", None);
        check("inline script base restriction", "script-src", Some("inline"));
        check("eval script base restriction", "script-src", Some("eval"));
        check("inline style base restriction", "style-src", Some("inline"));
        let inline = "violated base restriction: Inline Scripts will not execute";
        check(inline, "script-src", Some("inline"));
        let eval = "violated base restriction: Code will not be created from strings";
        check(eval, "script-src", Some("eval"));
        let style = "violated base restriction: Inline Stylesheets will not apply";
        check(style, "style-src", Some("inline"));
        check("base restriction: no inline scripts", "script-src", Some("inline"));
    }

    #[test]
    fn everything_else_is_no_directive() {
        for text in ["", "Very protective directive.", "script-srcx", "script", "src", "'self'"] {
            assert_eq!(reported_directive(text), None, "{text}");
        }
        assert_eq!(first_word(" <b>Brand-New 'self'"), "b");
        assert_eq!(first_word("“Brand_New” x"), "Brand_New");
        assert_eq!(first_word("4111 1111"), "4111");
    }
}
