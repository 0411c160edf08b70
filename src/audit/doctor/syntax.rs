//! Words of a policy that do not mean what they look like.

use super::Reading;
use super::finding::Finding;
use super::written::{Carrier, Directive, Written, shown};
use crate::base::limits;
use crate::csp::{Form, Source, form};
use crate::pipeline::judge::within;

/// Directives that [`form`] does not know, and browsers do.
const OTHERS: [&str; 3] = ["report-uri", "report-to", "webrtc"];
/// Directives that no browser acts on any more, or ever did.
const DEAD: [&str; 8] = [
    "block-all-mixed-content",
    "navigate-to",
    "plugin-types",
    "prefetch-src",
    "reflected-xss",
    "referrer",
    "require-sri-for",
    "policy-uri",
];
/// All that browsers act on.
const LIVING: [&str; 27] = [
    "default-src",
    "script-src",
    "script-src-elem",
    "script-src-attr",
    "style-src",
    "style-src-elem",
    "style-src-attr",
    "connect-src",
    "img-src",
    "font-src",
    "media-src",
    "object-src",
    "frame-src",
    "fenced-frame-src",
    "child-src",
    "worker-src",
    "manifest-src",
    "form-action",
    "base-uri",
    "frame-ancestors",
    "sandbox",
    "trusted-types",
    "require-trusted-types-for",
    "upgrade-insecure-requests",
    "report-uri",
    "report-to",
    "webrtc",
];
/// Keywords of lists of sources (CSP3, section 2.3.1, and its extensions), without their quotes.
const KEYWORDS: [&str; 14] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "report-sample",
    "report-sha256",
    "report-sha384",
    "report-sha512",
    "wasm-unsafe-eval",
    "trusted-types-eval",
    "inline-speculation-rules",
    "unsafe-allow-redirects",
];
/// What stands before a nonce or hash.
const PREFIXES: [&str; 4] = ["nonce-", "sha256-", "sha384-", "sha512-"];

pub(super) fn findings(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if reading.policies.len() == limits::DOCTOR_POLICIES {
        findings.push(too_many());
    }
    for policy in &reading.policies {
        if policy.text.len() > limits::POLICY_BYTES {
            findings.push(too_long(policy));
        }
        for (index, directive) in policy.directives.iter().enumerate() {
            let is_first = index == 0;
            findings.extend(name(policy, directive, is_first));
            if directive.counts && matches!(directive.form, Form::Fetch | Form::Sources) {
                findings.extend(words(policy, directive));
            }
        }
    }
    findings
}

fn too_many() -> Finding {
    Finding::advice("too-many-policies", "Content-Security-Policy")
        .what(format!(
            "the page has {} policies or more; no more were looked at",
            limits::DOCTOR_POLICIES
        ))
        .why("Each comma in a header begins another policy, and all of them hold at once")
        .mend("one policy that is enforced, and one that is report-only")
}

fn too_long(policy: &Written) -> Finding {
    Finding::advice("policy-too-long", policy.place.clone())
        .what(format!(
            "the policy has more than {} bytes; the rest was not looked at",
            limits::POLICY_BYTES
        ))
        .why("Servers and proxies refuse heads of such a length, and each report carries all of it")
        .mend("allow hosts in the place of single files")
}

/// What is wrong with a directive as a whole.
fn name(policy: &Written, directive: &Directive, is_first: bool) -> Option<Finding> {
    let name = directive.name.as_str();
    let place = policy.at(directive);
    if !name.is_ascii() || directive.words.iter().any(|word| !word.is_ascii()) {
        return Some(non_ascii(place, directive));
    }
    if !directive.counts {
        return Some(
            Finding::weak("duplicate-directive", place)
                .what(format!("{} stands in the policy twice", shown(name)))
                .why(
                    "Browsers take the first, and leave out what the second lists (CSP3, section \
                     2.2.1)",
                )
                .mend("make one directive of them"),
        );
    }
    if DEAD.contains(&name) {
        return Some(
            Finding::advice("dead-directive", place)
                .what(format!("no browser acts on {name}"))
                .why("It was given up, or never made; what it is meant for is not done")
                .mend("leave it out"),
        );
    }
    if policy.carrier == Carrier::ReportOnly
        && matches!(name, "sandbox" | "upgrade-insecure-requests")
    {
        return Some(
            Finding::advice("ignored-in-report-only", place)
                .what(format!("{name} stands in a report-only policy"))
                .why(
                    "It is about what a page may do, and browsers ignore it where nothing is \
                     enforced",
                )
                .mend("send it as Content-Security-Policy"),
        );
    }
    if form(name) != Form::Other || OTHERS.contains(&name) {
        return None;
    }
    Some(if is_first && policy.is_after_comma { comma(place) } else { unknown(place, name) })
}

fn non_ascii(place: String, directive: &Directive) -> Finding {
    let is_strange = |word: &&String| !word.is_ascii();
    let word = directive.words.iter().find(is_strange).map_or(&directive.name, |word| word);
    Finding::weak("non-ascii", format!("{place} {}", shown(word)))
        .what("there are characters in it that are not ASCII, as typographic quotes or an umlaut")
        .why("Browsers leave out the whole directive (CSP3, section 2.2.1)")
        .mend("write straight quotes ('self'), hosts in punycode (xn--…), paths percent-encoded")
}

fn comma(place: String) -> Finding {
    Finding::weak("comma-in-policy", place)
        .what("a comma stands where a space or semicolon is meant")
        .why(
            "In a header a comma ends the policy: what follows is another one (CSP3, section \
             2.2.2), and its first word a directive that nobody knows",
        )
        .mend("separate sources by spaces, directives by semicolons")
}

fn unknown(place: String, name: &str) -> Finding {
    let mend = match nearest(name, &LIVING) {
        Some(meant) => format!("write {meant}"),
        None if KEYWORDS.contains(&name.trim_matches('\'')) || name.contains(['.', ':', '/']) => {
            "a semicolon stands before it that ends the list: leave that out".to_owned()
        }
        None => "leave it out".to_owned(),
    };
    Finding::weak("unknown-directive", place)
        .what(format!("no browser knows the directive {}", shown(name)))
        .why("Browsers leave it out and say so in the visitor's console only")
        .mend(mend)
}

/// What is probably meant.
fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let is_stem = |known: &&&str| known.strip_suffix("-src") == Some(word);
    if let Some(meant) = known.iter().find(is_stem) {
        return Some(meant);
    }
    let errors =
        |known: &&'static str| Some((within(word.as_bytes(), known.as_bytes(), 2)?, *known));
    known.iter().filter_map(errors).min().map(|(_, known)| known)
}

/// What is wrong with the words of a list of sources.
fn words(policy: &Written, directive: &Directive) -> Vec<Finding> {
    let mut findings = Vec::new();
    if directive.has("'none'") && directive.words.len() > 1 {
        let finding = Finding::weak("none-with-others", policy.at(directive))
            .what("'none' stands beside other sources")
            .why("Browsers ignore 'none' there, and allow the others (CSP3, section 6.7.2.2)")
            .mend("leave out 'none', or the others");
        findings.push(finding);
    }
    findings
        .extend(directive.words.iter().filter_map(|it| word(policy.at_word(directive, it), it)));
    findings
}

fn word(place: String, word: &str) -> Option<Finding> {
    let lower = word.to_ascii_lowercase();
    if lower.starts_with('\'') {
        return quoted(place, &lower);
    }
    let bare = lower.trim_matches(['"', '`']);
    if KEYWORDS.contains(&bare) || PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) {
        let finding = Finding::weak("unquoted-keyword", place)
            .what(format!("{} has no single quotes", shown(word)))
            .why("Without them browsers take it for the name of a host")
            .mend(format!("'{}'", shown(word.trim_matches(['"', '`']))));
        return Some(finding);
    }
    if LIVING.contains(&lower.as_str()) {
        let finding = Finding::weak("missing-semicolon", place)
            .what(format!("{lower} stands among the sources of another directive"))
            .why(
                "Without a semicolon before it, it is a host of that name, and what follows counts \
                 for the directive before",
            )
            .mend(format!("; {lower}"));
        return Some(finding);
    }
    match Source::parse(word)? {
        Source::Word(_) => Some(invalid(place)),
        // `https//cdn.example` is the host `https` with a path.
        Source::Host(host) if matches!(&*host.host, "http" | "https" | "ws" | "wss") => {
            Some(invalid(place))
        }
        Source::Host(_) if word.contains(['?', '#']) => Some(
            Finding::advice("source-with-query", place)
                .what("the source has a query or fragment")
                .why("Browsers leave it out, and allow the path with every query")
                .mend("leave it out"),
        ),
        _ => None,
    }
}

fn invalid(place: String) -> Finding {
    Finding::weak("invalid-source", place)
        .what("this is no source, or not the one that is meant")
        .why("Browsers leave it out: what it should allow is reported or blocked")
        .mend(
            "a source is a scheme (https:), or a host with what belongs to it, as \
             https://*.cdn.example:8443/js/",
        )
}

fn quoted(place: String, word: &str) -> Option<Finding> {
    let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    let is_known = inner.is_some_and(|inner| {
        let is_whole = |prefix: &&str| inner.len() > prefix.len() && inner.starts_with(*prefix);
        KEYWORDS.contains(&inner) || PREFIXES.iter().any(is_whole)
    });
    if is_known {
        return None;
    }
    let bare = word.trim_matches('\'');
    let mend = match nearest(bare, &KEYWORDS) {
        Some(meant) => format!("'{meant}'"),
        None if bare.contains(['.', ':']) => format!("a host has no quotes: {}", shown(bare)),
        None => "leave it out".to_owned(),
    };
    Some(
        Finding::weak("unknown-keyword", place)
            .what(format!("no browser knows the keyword {}", shown(word)))
            .why("Browsers leave it out and say so in the visitor's console only")
            .mend(mend),
    )
}
