//! The directives of CSP3: the meaning of their values, and which list applies when one is missing.

/// What the words of a directive's value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DirectiveKind {
    /// A source list of a fetch directive (CSP3, section 6.1).
    Fetch,
    /// A source list of another directive.
    SourceList,
    /// Words that each allow something.
    Permissions,
    /// Words that each require something, or no words.
    Requirements,
    /// Unknown: no directive of CSP3 or its extensions.
    Unknown,
}

/// The kind of a directive; `name` is lower-case.
pub(crate) fn directive_kind(name: &str) -> DirectiveKind {
    match name {
        "base-uri" | "form-action" | "frame-ancestors" | "navigate-to" => DirectiveKind::SourceList,
        "sandbox" | "trusted-types" | "plugin-types" => DirectiveKind::Permissions,
        "require-trusted-types-for"
        | "require-sri-for"
        | "upgrade-insecure-requests"
        | "block-all-mixed-content" => DirectiveKind::Requirements,
        _ if fallbacks(name).is_empty() => DirectiveKind::Unknown,
        _ => DirectiveKind::Fetch,
    }
}

/// Whether a directive lists sources.
pub fn lists_sources(name: &str) -> bool {
    matches!(directive_kind(name), DirectiveKind::Fetch | DirectiveKind::SourceList)
}

/// The fallback list of a fetch directive, itself included: of these, the first that a policy has applies (CSP3, section
/// 6.8.3, "get fetch directive fallback list"; fenced frames: section 5.1 of their specification). Empty for anything
/// that is not a fetch directive.
pub(crate) fn fallbacks(name: &str) -> &'static [&'static str] {
    match name {
        "script-src-elem" => &["script-src-elem", "script-src", "default-src"],
        "script-src-attr" => &["script-src-attr", "script-src", "default-src"],
        "style-src-elem" => &["style-src-elem", "style-src", "default-src"],
        "style-src-attr" => &["style-src-attr", "style-src", "default-src"],
        "worker-src" => &["worker-src", "child-src", "script-src", "default-src"],
        "frame-src" => &["frame-src", "child-src", "default-src"],
        "fenced-frame-src" => &["fenced-frame-src", "frame-src", "child-src", "default-src"],
        "connect-src" => &["connect-src", "default-src"],
        "font-src" => &["font-src", "default-src"],
        "img-src" => &["img-src", "default-src"],
        "manifest-src" => &["manifest-src", "default-src"],
        "media-src" => &["media-src", "default-src"],
        "object-src" => &["object-src", "default-src"],
        "prefetch-src" => &["prefetch-src", "default-src"],
        "script-src" => &["script-src", "default-src"],
        "style-src" => &["style-src", "default-src"],
        "child-src" => &["child-src", "default-src"],
        "default-src" => &["default-src"],
        _ => &[],
    }
}

/// The directives that can have caused a report of a URL with this effective directive; the first that a policy has
/// applies. Empty where the URL is no evidence: for attributes, which load nothing, and for `frame-ancestors`, where
/// Chromium and WebKit report the document itself as blocked.
pub(super) fn deciding(name: &str) -> &'static [&'static str] {
    match name {
        "script-src-attr" | "style-src-attr" => &[],
        "form-action" => &["form-action"],
        "base-uri" => &["base-uri"],
        "navigate-to" => &["navigate-to"],
        _ => fallbacks(name),
    }
}

/// Whether `'strict-dynamic'` applies to what this directive loads (CSP3, section 6.7.1.1).
pub(super) fn is_script(name: &str) -> bool {
    matches!(name, "script-src" | "script-src-elem")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chain_begins_with_its_own_name_and_ends_with_the_default() {
        for name in ["script-src-elem", "style-src-attr", "worker-src", "img-src", "default-src"] {
            assert_eq!(fallbacks(name).first(), Some(&name));
            assert_eq!(fallbacks(name).last(), Some(&"default-src"));
        }
    }

    #[test]
    fn a_report_can_name_every_directive() {
        for name in [
            "base-uri",
            "child-src",
            "connect-src",
            "default-src",
            "fenced-frame-src",
            "font-src",
            "form-action",
            "frame-ancestors",
            "frame-src",
            "img-src",
            "manifest-src",
            "media-src",
            "navigate-to",
            "object-src",
            "plugin-types",
            "prefetch-src",
            "require-sri-for",
            "require-trusted-types-for",
            "sandbox",
            "script-src",
            "script-src-attr",
            "script-src-elem",
            "style-src",
            "style-src-attr",
            "style-src-elem",
            "trusted-types",
            "worker-src",
        ] {
            assert_ne!(directive_kind(name), DirectiveKind::Unknown, "{name}");
            let found = crate::report::reported_directive(name).map(|found| found.name);
            assert_eq!(found, Some(name));
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(directive_kind("connect-src"), DirectiveKind::Fetch);
        assert_eq!(directive_kind("form-action"), DirectiveKind::SourceList);
        assert_eq!(directive_kind("sandbox"), DirectiveKind::Permissions);
        assert_eq!(directive_kind("upgrade-insecure-requests"), DirectiveKind::Requirements);
        assert_eq!(directive_kind("report-sample"), DirectiveKind::Unknown);
    }
}
