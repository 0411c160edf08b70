//! The parts of a page's HTML that matter here: policies in `<meta>`, and scripts.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use url::Url;

use crate::base::limits;

/// The elements of interest, in the order of the page.
#[derive(Clone, Debug, Default)]
pub struct PageMarkup {
    /// Policies in `<meta>`.
    pub policies: Vec<MetaPolicy>,
    /// Scripts with a `src`.
    pub scripts: Vec<ScriptElement>,
    /// What an integrity policy is about: scripts and style sheets that are fetched, and preloads of them.
    pub subresources: Vec<Subresource>,
    /// Whether a form posts.
    pub has_post_form: bool,
}

/// A policy in `<meta>`.
#[derive(Clone, Debug)]
pub struct MetaPolicy {
    /// Whether it is report-only, so that browsers ignore it.
    pub is_report_only: bool,
    /// The text of the policy.
    pub content: String,
}

/// `<script src>`.
#[derive(Clone, Debug)]
pub struct ScriptElement {
    /// The attribute `src` as written.
    pub src: String,
    /// The URL that it resolves to. `None`: that depends on the page's address, which is unknown.
    pub url: Option<Url>,
    /// Whether it has the attribute `integrity`.
    pub has_integrity: bool,
    /// Whether browsers fetch it by CORS, so that they may compare its content: it has `crossorigin`, or is a module.
    pub is_cors: bool,
}

/// A file that the page fetches, as Integrity-Policy sees it.
#[derive(Clone, Debug)]
pub struct Subresource {
    /// The address as written.
    pub address: String,
    /// What it is fetched as: `script` or `style`.
    pub destination: &'static str,
    /// Whether it has integrity metadata that browsers can read.
    pub has_integrity: bool,
    /// Whether browsers fetch it by CORS.
    pub is_cors: bool,
}

impl PageMarkup {
    /// Parses the HTML of a page. `page` is the page's address.
    pub fn parse(html: &str, page: Option<&Url>) -> Self {
        let mut emitter = DefaultEmitter::default();
        // The tokenizer then takes nothing in a script's text for an element.
        emitter.naively_switch_states(true);
        let mut markup = Self::default();
        let mut base = page.cloned();
        let mut has_base = false;
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            let Token::StartTag(tag) = token else { continue };
            match &**tag.name {
                b"base" if !has_base && attribute(&tag, "href").is_some() => {
                    has_base = true;
                    let href = attribute(&tag, "href").unwrap_or_default();
                    base = super::endpoints::absolute(&href, page);
                }
                b"form" => markup.has_post_form |= is_post(&tag),
                b"meta" => markup.policies.extend(meta_policy(&tag)),
                b"script" if markup.scripts.len() < limits::DOCTOR_SCRIPTS => {
                    let script = script(&tag, base.as_ref());
                    markup
                        .subresources
                        .extend(script.as_ref().and_then(|script| fetched(&tag, script)));
                    markup.scripts.extend(script);
                }
                b"link" if markup.subresources.len() < limits::DOCTOR_SCRIPTS => {
                    markup.subresources.extend(linked(&tag));
                }
                _ => {}
            }
        }
        markup
    }
}

fn is_post(form: &StartTag<()>) -> bool {
    attribute(form, "method").is_some_and(|method| method.trim().eq_ignore_ascii_case("post"))
}

fn meta_policy(tag: &StartTag<()>) -> Option<MetaPolicy> {
    let header = attribute(tag, "http-equiv")?;
    let is_report_only = match header.to_ascii_lowercase().as_str() {
        "content-security-policy" => false,
        "content-security-policy-report-only" => true,
        _ => return None,
    };
    Some(MetaPolicy { is_report_only, content: attribute(tag, "content")? })
}

fn script(tag: &StartTag<()>, base: Option<&Url>) -> Option<ScriptElement> {
    let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
    let is_module = kind == "module";
    // A script of another type is data, and browsers do not fetch it (HTML, section 4.12.1).
    if !(kind.is_empty() || is_module || kind.contains("javascript") || kind.contains("ecmascript"))
    {
        return None;
    }
    let src = attribute(tag, "src")?.trim().to_owned();
    let url = match base {
        Some(base) => base.join(&src).ok(),
        // Of what is not relative to the page's own host, only the scheme may be missing.
        None if src.starts_with("//") => Url::parse(&format!("https:{src}")).ok(),
        None => Url::parse(&src).ok(),
    };
    let has_integrity = attribute(tag, "integrity").is_some_and(|value| !value.trim().is_empty());
    let is_cors = is_module || attribute(tag, "crossorigin").is_some();
    Some(ScriptElement { src, url, has_integrity, is_cors })
}

/// What Integrity-Policy sees of a script. One in a `data:` or `blob:` URL is not fetched.
fn fetched(tag: &StartTag<()>, script: &ScriptElement) -> Option<Subresource> {
    let has_integrity = has_metadata(tag);
    is_fetched(&script.src).then(|| Subresource {
        address: script.src.clone(),
        destination: "script",
        has_integrity,
        is_cors: script.is_cors,
    })
}

/// A style sheet, or the preload of a script or style sheet.
fn linked(tag: &StartTag<()>) -> Option<Subresource> {
    let relations = attribute(tag, "rel")?.to_ascii_lowercase();
    let is = |relation: &str| relations.split_ascii_whitespace().any(|other| other == relation);
    let kind = attribute(tag, "as").unwrap_or_default().to_ascii_lowercase();
    let destination = match kind.as_str() {
        _ if is("modulepreload") => "script",
        "script" if is("preload") => "script",
        "style" if is("preload") => "style",
        _ if is("stylesheet") => "style",
        _ => return None,
    };
    let address = attribute(tag, "href")?.trim().to_owned();
    let is_cors = is("modulepreload") || attribute(tag, "crossorigin").is_some();
    let has_integrity = has_metadata(tag);
    is_fetched(&address).then_some(Subresource { address, destination, has_integrity, is_cors })
}

fn is_fetched(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    !address.is_empty()
        && !matches!(scheme.as_deref(), Some("data" | "blob" | "javascript" | "about"))
}

/// Whether there is a hash that browsers can read (SRI, section 3.4).
fn has_metadata(tag: &StartTag<()>) -> bool {
    let is_hash = |word: &str| {
        let known = ["sha256-", "sha384-", "sha512-"];
        known.iter().any(|kind| word.strip_prefix(kind).is_some_and(|value| !value.is_empty()))
    };
    let metadata = attribute(tag, "integrity").unwrap_or_default().to_ascii_lowercase();
    metadata.split_ascii_whitespace().any(is_hash)
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_policies_are_found_where_browsers_find_them() {
        let html = r#"<!doctype html><META HTTP-EQUIV=content-security-policy content="img-src &#39;self&#39;">
            <!-- <script src=/not-1.js></script> -->
            <script>"<script src=/not-2.js>"</script>
            <script type="application/json" src=/not-3.js></script>
            <base href="https://cdn.example/v1/"><base href="https://second.example/">
            <script src=a.js integrity="sha384-x" crossorigin></script>
            <script type=module src=//other.example/b.js></script>"#;
        let page = Url::parse("https://shop.example/").unwrap();
        let markup = PageMarkup::parse(html, Some(&page));
        assert_eq!(markup.policies[0].content, "img-src 'self'");
        let scripts: Vec<_> = markup
            .scripts
            .iter()
            .map(|script| {
                let url = script.url.as_ref().map_or("", Url::as_str);
                (url, script.has_integrity, script.is_cors)
            })
            .collect();
        let first = ("https://cdn.example/v1/a.js", true, true);
        assert_eq!(scripts, [first, ("https://other.example/b.js", false, true)]);
    }
}
