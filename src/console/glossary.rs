//! The words that pages show as they are stored, each with what it means. `docs/glossary.md` has the same.

/// Words of one sort.
pub(super) struct WordList {
    /// What the words are, for people.
    pub(super) name: &'static str,
    /// The sort, in anchors.
    pub(super) sort: &'static str,
    /// Each with what it means.
    pub(super) words: &'static [(&'static str, &'static str)],
}

/// All of them, in the order of the page.
pub(super) const LISTS: [&WordList; 6] =
    [&GENERAL, &VERDICTS, &REASONS, &KINDS, &DISPOSITIONS, &SCRIPTS];

const GENERAL: WordList = WordList {
    name: "Words of these pages",
    sort: "word",
    words: &[
        (
            "destination",
            "where data went or code came from: a registrable domain, such as evil.example for cdn.evil.example, or an IP address",
        ),
        ("finding", "one unknown destination, or several that belong together: one alert"),
        (
            "urgent, ticket",
            "how severe an alert is: urgent pages the on-call (the severity page of metrics and data), a ticket waits for office hours",
        ),
        (
            "visitor",
            "one IPv4 address, or one IPv6 /64, kept as a keyed hash: a client, in metrics and data",
        ),
        ("network", "an IPv4 /24 or an IPv6 /48: two visitors in one network count as one witness"),
        (
            "page group",
            "pages of a site that belong together, by their paths; other has all the rest",
        ),
        ("tag", "an id of an order or session that the site put into the address for reports"),
        ("violation", "reports of the same thing: page, directive, address and script"),
        (
            "directive",
            "the part of the policy that was violated, such as connect-src or form-action",
        ),
        ("in force", "of a decision: it holds now"),
        ("undone", "of a decision: another one took it back; nothing is deleted"),
    ],
};

const VERDICTS: WordList = WordList {
    name: "Verdicts",
    sort: "verdict",
    words: &[
        ("own", "the destination is the site itself"),
        ("known", "the site expects it: by its configuration, or because a person approved it"),
        ("unknown", "neither: alerts are about these"),
        ("noise", "a rule explains it, such as a browser extension, or a person ignored it"),
        ("inline", "an inline script or style: there is no destination"),
        ("foreign", "the document belongs to no configured site"),
        (
            "impossible",
            "the report's own policy allows what it says was blocked, as after a redirect through an allowed host",
        ),
        ("other", "nothing of these"),
    ],
};

const REASONS: WordList = WordList {
    name: "Reasons of verdicts",
    sort: "reason",
    words: &[
        ("document-host", "the document is on a host of no configured site"),
        ("no-destination", "the report names nothing that could be a destination"),
        ("app-scheme", "the address leads into a program on the visitor's machine, and to no host"),
        ("redirected", "the address is where a redirect began; no report says where it led"),
        ("keyword-self", "the document's own origin"),
        ("embedded-by", "another page wanted to embed this one"),
        ("allowed-by-policy", "the policy in the report allows what the report says was blocked"),
        ("site-host", "one of the site's own hosts"),
        ("configured", "the configuration expects it"),
        ("approved", "a person approved it"),
        ("ignored", "a person called it noise"),
        ("no-violation", "no policy was violated"),
        ("local-address", "it is in the visitor's own network"),
        ("sibling-of-known", "it shares its registrable domain with a known destination"),
        (
            "unlisted",
            "nothing explains it: it is not the site's, not configured, and nobody has decided about it",
        ),
        (
            "unproven:RULE",
            "a noise rule would explain it, but a thief could imitate what the rule looks at",
        ),
        ("allowed-for:DIRECTIVE", "the policy allows the host under this other directive"),
        (
            "look-alike:NAME, like:NAME",
            "its name resembles this one: strongly, or as chance explains, too",
        ),
        ("threat:LIST", "the host is on this threat list"),
        ("from:PAGE-GROUP", "a page of this page group opened the document"),
        (
            "odd:WHAT",
            "the request that brought the report is not as browsers send it; it decides nothing",
        ),
        (
            "any other word",
            "the noise rule that explains it, or what browsers name in place of an address: inline, eval, data",
        ),
    ],
};

const KINDS: WordList = WordList {
    name: "Kinds of reports",
    sort: "kind",
    words: &[
        ("csp", "a violation of the Content Security Policy"),
        ("csp_hash", "the hash of a script that a page loaded ('report-sha256')"),
        ("integrity", "a violation of Integrity-Policy: a script without integrity metadata"),
        ("sri_failure", "a script failed its integrity check, as the client script saw it"),
        ("nel", "Network Error Logging"),
        ("coep", "a violation of Cross-Origin-Embedder-Policy"),
        ("coop", "a violation of Cross-Origin-Opener-Policy"),
        ("permissions_policy", "a violation of Permissions-Policy"),
        ("document_policy", "a violation of Document-Policy"),
        ("deprecation", "a page uses a feature that browsers are about to drop"),
        ("intervention", "the browser refused what a page wanted, for the visitor's sake"),
        ("crash", "a page crashed"),
        ("connection_allowlist", "a violation of Connection-Allowlist"),
        ("census", "a page view that the client script counted"),
        ("inline_hash", "the hash of an inline script that the client script saw on a page"),
        ("other", "anything else"),
    ],
};

const DISPOSITIONS: WordList = WordList {
    name: "Dispositions: whether the browser stopped it",
    sort: "disposition",
    words: &[
        ("enforce", "the policy is enforced: the browser blocked the request"),
        ("report", "the policy only reports: the request went out"),
        ("unknown", "the browser does not say"),
    ],
};

const SCRIPTS: WordList = WordList {
    name: "Approvals of scripts",
    sort: "script",
    words: &[
        ("approved", "a person approved all that is in use of it"),
        ("partly", "a person approved some of it"),
        ("no", "nobody approved it"),
        (
            "not seen running",
            "reports name the script as blocked, or as one without integrity metadata, and none says that it ran",
        ),
        (
            "not readable",
            "the browser was not allowed to read the script, so its content is not known",
        ),
        (
            "more than are listed",
            "a page has more different inline scripts than are listed one by one",
        ),
    ],
};

/// Where the page of words explains a word of a sort; a reason begins with the word that decided.
pub(super) fn place_of(sort: &str, text: &str) -> String {
    let first = if sort == "reason" { text.split(' ').next().unwrap_or_default() } else { text };
    let list = LISTS.iter().find(|list| list.sort == sort);
    let words = list.map_or(&[][..], |list| list.words);
    let word = words.iter().find(|(word, _)| *word == first || is_form_of(word, first));
    let word = word.or(words.last()).map_or("", |(word, _)| *word);
    format!("/words#{}", anchor(sort, word))
}

/// What a word means; empty: nobody has said.
pub(super) fn meaning(sort: &str, word: &str) -> &'static str {
    let list = LISTS.iter().find(|list| list.sort == sort);
    let mut words = list.into_iter().flat_map(|list| list.words);
    words.find(|(known, _)| *known == word).map_or("", |(_, meaning)| meaning)
}

/// Whether a word has a listed form, such as `unproven:RULE`.
fn is_form_of(form: &str, word: &str) -> bool {
    form.split_once(':')
        .is_some_and(|(beginning, _)| word.split_once(':').is_some_and(|(own, _)| own == beginning))
}

/// The anchor of a word.
pub(super) fn anchor(sort: &str, word: &str) -> String {
    let word: String =
        word.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    format!("{sort}-{word}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cause, Disposition, Kind, Verdict};

    #[test]
    fn every_word_that_pages_show_is_explained() {
        let verdicts = Verdict::ALL.iter().map(|verdict| ("verdict", verdict.as_str()));
        let kinds = Kind::ALL.iter().map(|kind| ("kind", kind.as_str()));
        let dispositions =
            Disposition::ALL.iter().map(|disposition| ("disposition", disposition.as_str()));
        let reasons = Cause::plain_words().map(|word| ("reason", word));
        for (sort, word) in verdicts.chain(kinds).chain(dispositions).chain(reasons) {
            assert!(!meaning(sort, word).is_empty(), "{sort} {word}");
            assert_eq!(place_of(sort, word), format!("/words#{}", anchor(sort, word)));
        }
    }

    #[test]
    fn a_reason_leads_to_the_word_that_decided() {
        for (text, place) in [
            ("unlisted look-alike:stripe.com", "/words#reason-unlisted"),
            ("unproven:grammarly", "/words#reason-unproven-RULE"),
            ("extension-scheme", "/words#reason-any-other-word"),
            ("", "/words#reason-any-other-word"),
        ] {
            assert_eq!(place_of("reason", text), place);
        }
    }

    #[test]
    fn the_manual_says_the_same() {
        let manual = include_str!("../../docs/glossary.md");
        for list in LISTS.iter().filter(|list| !["word", "verdict"].contains(&list.sort)) {
            for (word, meaning) in list.words {
                let row = format!("| `{word}` | {meaning} |");
                assert!(manual.contains(&row), "{row}");
            }
        }
    }
}
