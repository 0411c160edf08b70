//! What the directives of CSP3 are: which list decides when one is missing, and what their words mean.

/// How the words of a directive are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Sources of what may be fetched (CSP3, section 6.1).
    Fetch,
    /// Sources of something else.
    Sources,
    /// Words that each allow something.
    Permissions,
    /// Words that each demand something, or no words.
    Demands,
    /// Not known.
    Other,
}

/// The form of a directive.
pub(crate) fn form(name: &str) -> Form {
    match name {
        "base-uri" | "form-action" | "frame-ancestors" | "navigate-to" => Form::Sources,
        "sandbox" | "trusted-types" | "plugin-types" => Form::Permissions,
        "require-trusted-types-for"
        | "require-sri-for"
        | "upgrade-insecure-requests"
        | "block-all-mixed-content" => Form::Demands,
        _ if fallbacks(name).is_empty() => Form::Other,
        _ => Form::Fetch,
    }
}

/// Whether a directive lists sources.
pub fn lists_sources(name: &str) -> bool {
    matches!(form(name), Form::Fetch | Form::Sources)
}

/// A fetch directive and those that decide in its place, the first that a policy has (CSP3, section 6.8.3,
/// "get fetch directive fallback list"; fenced frames: section 5.1 of their specification). Empty for what
/// is no fetch directive.
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

/// The directives that can have caused a report of a URL under this name, in the order in which they
/// decide. Empty where a URL tells nothing: for attributes, which load none, and for `frame-ancestors`,
/// where Chromium and WebKit give the document itself for what was blocked.
pub(super) fn deciding(name: &str) -> &'static [&'static str] {
    match name {
        "script-src-attr" | "style-src-attr" => &[],
        "form-action" => &["form-action"],
        "base-uri" => &["base-uri"],
        "navigate-to" => &["navigate-to"],
        _ => fallbacks(name),
    }
}

/// Whether `'strict-dynamic'` is about what this directive loads (CSP3, section 6.7.1.1).
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
    fn forms() {
        assert_eq!(form("connect-src"), Form::Fetch);
        assert_eq!(form("form-action"), Form::Sources);
        assert_eq!(form("sandbox"), Form::Permissions);
        assert_eq!(form("upgrade-insecure-requests"), Form::Demands);
        assert_eq!(form("report-sample"), Form::Other);
    }
}
