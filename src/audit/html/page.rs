//! The frame of a web page: title, style, and a policy that allows this style and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::base::display::printable;

/// The style sheet. It ends no element and no comment, so it is put into the page unchanged, and the hash in the policy fits.
const STYLE: &str = include_str!("style.css");

/// The whole file, with `body` as its content.
pub fn page(title: &str, body: Markup) -> String {
    let title = printable(title.into());
    let body = PreEscaped(printable(body.into_string().into()));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    };
    page.into_string()
}

/// CSP3 (<https://www.w3.org/TR/CSP3/>): a style element is allowed by the hash of its text, section 6.7.3; `base-uri` and
/// `form-action` have no fallback in `default-src`, section 6.1.
pub fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let hostile = "</title><script>alert(1)</script>\u{202e}\u{7}\" onload=\"x";
        let page = page(hostile, html! { p title=(hostile) { (hostile) } });
        assert!(!page.contains("<script") && !page.contains("\" onload"), "{page}");
        assert!(!page.contains(['\u{202e}', '\u{7}']), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 3, "{page}");
    }

    #[test]
    fn the_style_has_the_hash_of_the_policy_and_fetches_nothing() {
        let page = page("", html! {});
        let begin = page.find("<style>").unwrap() + "<style>".len();
        assert_eq!(&page[begin..page.find("</style>").unwrap()], STYLE);
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
        assert!(page.contains(&format!("content=\"{}\"", policy())), "{page}");
    }
}
