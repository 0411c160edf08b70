//! What differs between two states of a page.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::head::ResponseHead;
use super::written::is_nonce;

/// Headers that say what browsers may do with a page, and where they report.
const WATCHED: [&str; 15] = [
    "content-security-policy",
    "content-security-policy-report-only",
    "reporting-endpoints",
    "report-to",
    "integrity-policy",
    "integrity-policy-report-only",
    "strict-transport-security",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "connection-allowlist",
    "connection-allowlist-report-only",
];

/// What is compared of a page: its findings, and its security headers without what differs in each response.
#[derive(Clone, Debug, Default)]
pub struct PageState {
    findings: Vec<Finding>,
    headers: BTreeMap<&'static str, String>,
}

/// A difference between two states of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// A finding appeared.
    Appeared(Finding),
    /// A finding is gone.
    Gone(Finding),
    /// A header appeared, changed or is gone.
    Header {
        /// The name of the header, lower-case.
        name: &'static str,
        /// The value before, without nonces and queries. `None`: the page did not have the header.
        before: Option<String>,
        /// The value now, without nonces and queries. `None`: the page does not have the header any more.
        now: Option<String>,
    },
}

impl PageState {
    /// The state of a page with this head and these findings.
    pub fn new(head: &ResponseHead, findings: Vec<Finding>) -> Self {
        let header = |name: &'static str| Some((name, stable_value(&head.joined(name)?)));
        Self { findings, headers: WATCHED.into_iter().filter_map(header).collect() }
    }

    /// What changed from an earlier state to this one: headers first, then new findings, then those that are gone.
    pub fn changes_since(&self, before: &Self) -> Vec<PageChange> {
        let mut changes = Vec::new();
        let names: BTreeSet<_> = self.headers.keys().chain(before.headers.keys()).collect();
        for name in names {
            let [old, new] = [before, self].map(|state| state.headers.get(name).cloned());
            if old != new {
                changes.push(PageChange::Header { name, before: old, now: new });
            }
        }
        changes.extend(self.findings_not_in(before).cloned().map(PageChange::Appeared));
        changes.extend(before.findings_not_in(self).cloned().map(PageChange::Gone));
        changes
    }

    /// The findings, all of them.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Names, lower-case, and values of its security headers, without nonces and queries; by name.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn findings_not_in<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Finding> {
        let key = |finding: &'a Finding| (finding.id, finding.place.as_str());
        let others: BTreeSet<_> = other.findings.iter().map(key).collect();
        self.findings.iter().filter(move |finding| !others.contains(&key(finding)))
    }
}

/// A header's value without what differs in each response: nonces, and the queries of URLs, in which correlation tags
/// are.
pub(super) fn stable_value(value: &str) -> String {
    let stable = |word: &str| {
        if is_nonce(word) {
            return "nonce-…".to_owned();
        }
        let Some((head, query)) = word.split_once('?').filter(|(head, _)| head.contains('/'))
        else {
            return word.to_owned();
        };
        let rest = query.find(['"', ';', ',', '\'']).map_or("", |end| &query[end..]);
        format!("{head}?…{rest}")
    };
    value.split_ascii_whitespace().map(stable).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(fields: &[(&str, &str)], findings: Vec<Finding>) -> PageState {
        let mut head = ResponseHead::default();
        fields.iter().for_each(|(name, value)| head.push(name, value));
        PageState::new(&head, findings)
    }

    #[test]
    fn nonces_and_tags_are_no_change() {
        let page = |nonce: &str, tag: &str| {
            let policy = format!(
                "script-src 'nonce-{nonce}' NONCE-{nonce}; report-uri \
                 https://r.example/x?tag={tag}; img-src a"
            );
            let endpoints = format!("a=\"https://r.example/x?tag={tag}\", b=\"/y\"");
            state(
                &[
                    ("content-security-policy", &policy),
                    ("reporting-endpoints", &endpoints),
                    ("date", tag),
                ],
                Vec::new(),
            )
        };
        assert_eq!(page("a", "1").changes_since(&page("b", "2")), []);
    }

    #[test]
    fn headers_and_findings_that_come_or_go_are_changes() {
        let before =
            state(&[("content-security-policy", "img-src  a")], vec![Finding::weak("x", "y")]);
        let now = state(&[("x-frame-options", "deny")], vec![Finding::silent("z", "y")]);
        let header = |name, before: Option<&str>, now: Option<&str>| PageChange::Header {
            name,
            before: before.map(str::to_owned),
            now: now.map(str::to_owned),
        };
        let expected = [
            header("content-security-policy", Some("img-src a"), None),
            header("x-frame-options", None, Some("deny")),
            PageChange::Appeared(Finding::silent("z", "y")),
            PageChange::Gone(Finding::weak("x", "y")),
        ];
        assert_eq!(now.changes_since(&before), expected);
    }
}
