//! What differs between two looks at a page.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::head::Head;
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

/// One look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    findings: Vec<Finding>,
    headers: BTreeMap<&'static str, String>,
}

/// What one look has and another has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A finding that was not there.
    Found(Finding),
    /// A finding that is there no more.
    Gone(Finding),
    /// A header that differs. `None`: there was none, or is none.
    Header {
        /// Its name.
        name: &'static str,
        /// Before, without nonces and queries.
        before: Option<String>,
        /// Now, likewise.
        now: Option<String>,
    },
}

impl Look {
    /// What is compared of a page.
    pub fn new(head: &Head, findings: Vec<Finding>) -> Self {
        let header = |name: &'static str| Some((name, steady(&head.joined(name)?)));
        Self { findings, headers: WATCHED.into_iter().filter_map(header).collect() }
    }

    /// What changed since a look before this one.
    pub fn since(&self, before: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let names: BTreeSet<_> = self.headers.keys().chain(before.headers.keys()).collect();
        for name in names {
            let [old, new] = [before, self].map(|look| look.headers.get(name).cloned());
            if old != new {
                changes.push(Change::Header { name, before: old, now: new });
            }
        }
        changes.extend(self.without(before).cloned().map(Change::Found));
        changes.extend(before.without(self).cloned().map(Change::Gone));
        changes
    }

    /// The findings that another look does not have.
    fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a Finding> {
        let key = |finding: &'a Finding| (finding.id, finding.place.as_str());
        let others: BTreeSet<_> = other.findings.iter().map(key).collect();
        self.findings.iter().filter(move |finding| !others.contains(&key(finding)))
    }
}

/// A header's value without what is new in each answer: nonces, and queries of URLs, as tags are.
fn steady(value: &str) -> String {
    let word = |word: &str| {
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
    value.split_ascii_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(fields: &[(&str, &str)], findings: Vec<Finding>) -> Look {
        let mut head = Head::default();
        fields.iter().for_each(|(name, value)| head.push(name, value));
        Look::new(&head, findings)
    }

    #[test]
    fn nonces_and_tags_are_no_change() {
        let page = |nonce: &str, tag: &str| {
            let policy = format!(
                "script-src 'nonce-{nonce}' NONCE-{nonce}; report-uri \
                 https://r.example/x?tag={tag}; img-src a"
            );
            let endpoints = format!("a=\"https://r.example/x?tag={tag}\", b=\"/y\"");
            look(
                &[
                    ("content-security-policy", &policy),
                    ("reporting-endpoints", &endpoints),
                    ("date", tag),
                ],
                Vec::new(),
            )
        };
        assert_eq!(page("a", "1").since(&page("b", "2")), []);
    }

    #[test]
    fn a_header_that_goes_and_a_finding_that_comes_are_told() {
        let before =
            look(&[("content-security-policy", "img-src  a")], vec![Finding::weak("x", "y")]);
        let now = look(&[("x-frame-options", "deny")], vec![Finding::silent("z", "y")]);
        let header = |name, before: Option<&str>, now: Option<&str>| Change::Header {
            name,
            before: before.map(str::to_owned),
            now: now.map(str::to_owned),
        };
        let expected = [
            header("content-security-policy", Some("img-src a"), None),
            header("x-frame-options", None, Some("deny")),
            Change::Found(Finding::silent("z", "y")),
            Change::Gone(Finding::weak("x", "y")),
        ];
        assert_eq!(now.since(&before), expected);
    }
}
