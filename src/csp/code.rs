//! Whether a policy allows code that has no URL: inline code, `eval`, WebAssembly.

use super::Policy;
use super::source::Source;

impl Policy {
    /// Whether it certainly allows what `keyword` (`inline`, `eval`, `wasm-eval`) says was blocked under a directive. A report of
    /// it then is an old engine's, which does not know the keyword, or forged.
    pub fn allows_code(&self, directive: &str, keyword: &str) -> bool {
        if !self.is_whole() {
            return false;
        }
        let of_scripts = matches!(directive, "script-src" | "script-src-elem" | "default-src");
        match keyword {
            "inline" if self.is_code(directive) => self.allows_inline(directive),
            "eval" if of_scripts => self.has_keyword("script-src", "'unsafe-eval'"),
            "wasm-eval" if of_scripts => {
                self.has_keyword("script-src", "'wasm-unsafe-eval'")
                    || self.has_keyword("script-src", "'unsafe-eval'")
            }
            _ => false,
        }
    }

    fn is_code(&self, directive: &str) -> bool {
        directive.starts_with("script-src") || directive.starts_with("style-src")
    }

    /// Whether a directive allows all inline code. CSP3, section 6.7.3.2: a nonce, a hash or `'strict-dynamic'` in the list turns `'unsafe-inline'` off.
    pub fn allows_inline(&self, directive: &str) -> bool {
        let Some((_, sources)) = self.deciding(directive) else { return false };
        let turns_off = |source: &Source| {
            matches!(source, Source::Nonce | Source::Hash(_) | Source::StrictDynamic)
        };
        self.has_keyword(directive, "'unsafe-inline'") && !sources.iter().any(turns_off)
    }

    fn has_keyword(&self, directive: &str, wanted: &str) -> bool {
        let is_wanted =
            |source: &Source| matches!(source, Source::Keyword(keyword) if &**keyword == wanted);
        self.deciding(directive).is_some_and(|(_, sources)| sources.iter().any(is_wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(policy: &str, directive: &str, keyword: &str, expected: bool) {
        let found = Policy::parse(policy).allows_code(directive, keyword);
        assert_eq!(found, expected, "{policy}: {keyword} under {directive}");
    }

    #[test]
    fn eval() {
        check("script-src 'self' 'unsafe-eval'", "script-src", "eval", true);
        check("default-src 'unsafe-eval'", "script-src", "eval", true);
        check("default-src 'unsafe-eval'; script-src 'self'", "script-src", "eval", false);
        check("script-src 'nonce-a' 'unsafe-eval'", "script-src", "eval", true);
        check("script-src 'wasm-unsafe-eval'", "script-src", "eval", false);
        check("script-src 'unsafe-eval'", "require-trusted-types-for", "eval", false);
        check("img-src *", "script-src", "eval", false);
    }

    #[test]
    fn web_assembly() {
        check("script-src 'wasm-unsafe-eval'", "script-src", "wasm-eval", true);
        check("script-src 'unsafe-eval'", "script-src", "wasm-eval", true);
        check("script-src 'self'", "script-src", "wasm-eval", false);
    }

    #[test]
    fn inline_code() {
        check("script-src 'unsafe-inline'", "script-src-elem", "inline", true);
        check("default-src 'unsafe-inline'", "style-src-attr", "inline", true);
        check(
            "script-src-attr 'none'; script-src 'unsafe-inline'",
            "script-src-attr",
            "inline",
            false,
        );
        for off in [
            "'nonce-a'",
            "'sha256-lpCeHc6FylNP2IgfbINpqKh+Bt9aS/ge9Epy2xlbBwQ='",
            "'strict-dynamic'",
        ] {
            check(&format!("script-src 'unsafe-inline' {off}"), "script-src", "inline", false);
        }
        check("script-src 'self'", "script-src", "inline", false);
        check("img-src 'unsafe-inline'", "img-src", "inline", false);
    }
}
