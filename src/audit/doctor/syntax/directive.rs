//! What is wrong with a directive as a whole.

use super::super::finding::Finding;
use super::super::written::{Carrier, WrittenDirective, WrittenPolicy, display_word};
use super::names::{DEAD, KEYWORDS, LIVE, nearest};
use crate::csp::{DirectiveKind, directive_kind};

/// Directives that [`directive_kind`] does not know, but browsers do.
const OTHERS: [&str; 3] = ["report-uri", "report-to", "webrtc"];

/// What is wrong with a directive. `is_first`: it is the first of its policy.
pub(super) fn finding(
    policy: &WrittenPolicy,
    directive: &WrittenDirective,
    is_first: bool,
) -> Option<Finding> {
    let name = directive.name.as_str();
    let place = policy.at(directive);
    if !name.is_ascii() || directive.words.iter().any(|word| !word.is_ascii()) {
        return Some(non_ascii(place, directive));
    }
    if !directive.is_effective {
        return Some(duplicate(place, name));
    }
    if DEAD.contains(&name) {
        return Some(dead(place, name));
    }
    if policy.carrier == Carrier::ReportOnly
        && matches!(name, "sandbox" | "upgrade-insecure-requests")
    {
        return Some(ignored_in_report_only(place, name));
    }
    if directive_kind(name) != DirectiveKind::Unknown || OTHERS.contains(&name) {
        return None;
    }
    Some(if is_first && policy.is_after_comma { comma(place) } else { unknown(place, name) })
}

fn non_ascii(place: String, directive: &WrittenDirective) -> Finding {
    let is_foreign = |word: &&String| !word.is_ascii();
    let word = directive.words.iter().find(is_foreign).unwrap_or(&directive.name);
    Finding::weak("non-ascii", format!("{place} {}", display_word(word)))
        .what("the directive has characters that are not ASCII, such as typographic quotes or umlauts")
        .why("Browsers ignore the whole directive (CSP3, section 2.2.1)")
        .fix("write straight quotes ('self'), hosts in punycode (xn--…), paths percent-encoded")
}

fn duplicate(place: String, name: &str) -> Finding {
    Finding::weak("duplicate-directive", place)
        .what(format!("the policy has {} twice", display_word(name)))
        .why("Browsers use the first, and ignore what the second lists (CSP3, section 2.2.1)")
        .fix("merge them into one directive")
}

fn dead(place: String, name: &str) -> Finding {
    Finding::advice("dead-directive", place)
        .what(format!("no browser acts on {name}"))
        .why("Browsers dropped it, or never implemented it, so what it asks for does not happen")
        .fix("remove it")
}

fn ignored_in_report_only(place: String, name: &str) -> Finding {
    Finding::advice("ignored-in-report-only", place)
        .what(format!("{name} is in a report-only policy"))
        .why("It restricts what a page may do, and browsers ignore it in a policy that is not enforced")
        .fix("send it as Content-Security-Policy")
}

fn comma(place: String) -> Finding {
    Finding::weak("comma-in-policy", place)
        .what("there is a comma instead of a space or semicolon")
        .why(
            "In a header, a comma ends the policy: the words after it are another one (CSP3, section 2.2.2), whose first word \
             browsers take for an unknown directive",
        )
        .fix("separate sources by spaces, directives by semicolons")
}

fn unknown(place: String, name: &str) -> Finding {
    let fix = match nearest(name, &LIVE) {
        Some(meant) => format!("write {meant}"),
        None if KEYWORDS.contains(&name.trim_matches('\'')) || name.contains(['.', ':', '/']) => {
            "the semicolon before it ends the list: remove the semicolon".to_owned()
        }
        None => "remove it".to_owned(),
    };
    Finding::weak("unknown-directive", place)
        .what(format!("no browser knows the directive {}", display_word(name)))
        .why("Browsers ignore it, and show that only in the visitor's console")
        .fix(fix)
}
