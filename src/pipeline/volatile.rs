//! The parts of a report that change from one page view to the next and do not affect its outcome: its age, and the
//! policy's nonces and report endpoints.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter, memchr2};
use smallvec::SmallVec;

/// The parts that a body's cache key leaves out.
#[derive(Debug, Default)]
pub(super) struct Volatile {
    /// Their places in the body, in order.
    pub(super) ranges: SmallVec<[Range<usize>; 8]>,
    /// The ages among them, in milliseconds, in order.
    pub(super) ages: SmallVec<[i64; 8]>,
    /// The last policy: its place in the body, and which ranges are its parts.
    policy: Option<(Range<usize>, Range<usize>)>,
}

impl Volatile {
    /// Finds them without parsing the JSON. Any other text of the same kind in such a place leaves the JSON's structure as it
    /// is: digits replace digits, and within one string, printable ASCII without quotes and escapes replaces the same. A
    /// quote without a backslash before it begins or ends a string, and after the end of a string JSON has no letter: so
    /// each match is a whole key, if the body is JSON at all.
    pub(super) fn of_body(body: &[u8]) -> Self {
        static POLICY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""original"#));
        let mut volatile = Self::default();
        // Only the Reporting API's lists of reports have ages. In another body an age stays in the key, and the body is parsed.
        let is_list = body.starts_with(b"[");
        let mut from = 0;
        loop {
            let policy = key(&POLICY, body, from..body.len());
            if is_list {
                volatile.add_ages(body, from..policy.unwrap_or(body.len()));
            }
            let Some(policy) = policy else { return volatile };
            // Most of a body is its policy, and there is no key in it.
            from = volatile.add_policy(body, policy).unwrap_or(policy + 1);
        }
    }

    fn add_ages(&mut self, body: &[u8], part: Range<usize>) {
        static AGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(AGE_KEY));
        let mut start = part.start;
        while let Some(at) = key(&AGE, body, start..part.end) {
            start = at + AGE_KEY.len();
            self.add_age(body, start);
        }
    }

    fn add_age(&mut self, body: &[u8], start: usize) {
        let digits = body[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = body[start..].split_at(digits);
        // JSON knows no number that begins with a 0, and a fraction or exponent is another number.
        let is_whole = number == b"0" || !number.starts_with(b"0");
        if is_whole
            && digits <= AGE_DIGITS
            && matches!(rest.first(), Some(b',' | b'}'))
            && let Some(age) = str::from_utf8(number).ok().and_then(|number| number.parse().ok())
        {
            self.ages.push(age);
            self.ranges.push(start..start + digits);
        }
    }

    /// Adds the volatile parts of the policy whose key begins at `at`; returns where it ends, if nothing in it is escaped.
    fn add_policy(&mut self, body: &[u8], at: usize) -> Option<usize> {
        let after_key = [&br#""original-policy":""#[..], br#""originalPolicy":""#]
            .into_iter()
            .find(|key| body[at..].starts_with(key))
            .map(|key| at + key.len());
        let start = after_key?;
        let end = start + memchr2(b'"', b'\\', &body[start..])?;
        // The bytes are the text only where nothing is escaped.
        if body[end] != b'"' {
            return None;
        }
        let first = self.ranges.len();
        let mut are_all_plain = true;
        for range in in_policy(&body[start..end]) {
            let range = start + range.start..start + range.end;
            if body[range.clone()].iter().all(|byte| matches!(byte, b' '..=b'~')) {
                self.ranges.push(range);
            } else {
                are_all_plain = false;
            }
        }
        self.policy = are_all_plain.then(|| (start..end, first..self.ranges.len()));
        Some(end)
    }

    /// What [`in_policy`] finds in a policy of the body, if it was found before.
    pub(super) fn parts_of(&self, policy: &str, body: &[u8]) -> Option<PolicyParts> {
        let (place, parts) = self.policy.clone()?;
        let is_same = body[place.clone()] == *policy.as_bytes();
        let parts = self.ranges[parts].iter();
        let within = |range: &Range<usize>| range.start - place.start..range.end - place.start;
        is_same.then(|| parts.map(within).collect())
    }
}

/// The places in a policy of what changes from page to page, in order.
pub(super) type PolicyParts = SmallVec<[Range<usize>; 4]>;

/// Where a key is next in a part of a body.
fn key(key: &Finder<'_>, body: &[u8], part: Range<usize>) -> Option<usize> {
    let mut start = part.start;
    loop {
        let at = start + key.find(&body[start..part.end])?;
        if at == 0 || body[at - 1] != b'\\' {
            return Some(at);
        }
        start = at + 1;
    }
}

const AGE_KEY: &str = r#""age":"#;

/// The most digits that an age may have, in milliseconds: 30,000 years.
const AGE_DIGITS: usize = 15;

/// The parts of a policy that change from page to page: the values of nonces, and the names of endpoints. The policy's hash
/// leaves them out, too ([`crate::csp::text`]), so policies that differ only there have one hash.
pub(super) fn in_policy(policy: &[u8]) -> impl Iterator<Item = Range<usize>> {
    // A policy has few hyphens, and one pass over them costs less than a search for each of the two.
    let candidates = memchr_iter(b'-', policy).filter_map(|hyphen| {
        let name = policy[..hyphen].last_chunk()?;
        let at = hyphen - name.len();
        match name {
            b"'nonce" => nonce_value(policy, at),
            b"report" => endpoint_value(policy, at),
            _ => None,
        }
    });
    // One may be within another.
    let mut before = 0;
    candidates.filter(move |range| {
        let is_behind = range.start >= before;
        if is_behind {
            before = range.end;
        }
        is_behind
    })
}

/// The value of the nonce that may begin here. Only as a word of its own is it one.
fn nonce_value(policy: &[u8], at: usize) -> Option<Range<usize>> {
    let before = policy[..at].trim_ascii_end();
    // The first word of a directive is its name.
    let is_word = before.len() < at && !before.is_empty() && !before.ends_with(b";");
    let start = at + "'nonce-".len();
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b';';
    let end = policy[start..].iter().position(is_end).map_or(policy.len(), |length| start + length);
    is_word.then_some(start..end)
}

/// The names of endpoints, if the directive that says them begins here.
fn endpoint_value(policy: &[u8], at: usize) -> Option<Range<usize>> {
    let before = policy[..at].trim_ascii_end();
    let is_directive = before.is_empty() || before.ends_with(b";");
    let name = ["report-uri", "report-to"].into_iter().find(|name| {
        let rest = policy[at..].strip_prefix(name.as_bytes());
        rest.is_some_and(|rest| rest.first().is_none_or(|b| b.is_ascii_whitespace() || *b == b';'))
    })?;
    let start = at + name.len();
    let end = memchr(b';', &policy[start..]).map_or(policy.len(), |length| start + length);
    is_directive.then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[&str]) {
        let volatile = Volatile::of_body(body.as_bytes());
        let found: Vec<&str> = volatile.ranges.into_iter().map(|range| &body[range]).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn ages_nonces_and_endpoints_are_found() {
        check(
            r#"[{"age":12,"body":{"originalPolicy":"img-src a 'nonce-Ab+/=' b; report-to csp"}},{"age":0}]"#,
            &["12", "Ab+/='", " csp", "0"],
        );
        check(
            r#"{"csp-report":{"original-policy":"report-uri /r?tag=7; script-src 'nonce-x'"}}"#,
            &[" /r?tag=7", "x'"],
        );
    }

    #[test]
    fn parts_of_the_last_policy_are_known() {
        let known = |body: &str, policy: &str| {
            let parts = Volatile::of_body(body.as_bytes()).parts_of(policy, body.as_bytes())?;
            let found: PolicyParts = in_policy(policy.as_bytes()).collect();
            assert_eq!(parts, found, "{body}");
            Some(parts.len())
        };
        let body = r#"[{"age":1,"body":{"originalPolicy":"a b"}},{"age":2,"body":{"originalPolicy":"a b 'nonce-x' c; report-to d"}}]"#;
        assert_eq!(known(body, "a b 'nonce-x' c; report-to d"), Some(2));
        assert_eq!(known(body, "a b"), None, "another policy came after it");
        assert_eq!(known(r#"{"original-policy":"a b"}"#, "a b"), Some(0));
        assert_eq!(known(r#"{"original-policy":"a b"}"#, ""), None);
        assert_eq!(known("{}", ""), None);
        let escaped = r#"{"original-policy":"a b\u0020'nonce-x'"}"#;
        assert_eq!(known(escaped, "a b 'nonce-x'"), None);
        let foreign = "{\"original-policy\":\"a b 'nonce-\u{e9}' c 'nonce-x'\"}";
        assert_eq!(known(foreign, "a b 'nonce-\u{e9}' c 'nonce-x'"), None, "not all are left out");
    }

    #[test]
    fn what_is_no_such_thing_stays() {
        for body in [
            // Numbers that JSON does not know or that are others.
            r#"{"age":7}"#,
            r#"[{"age":007}]"#,
            r#"[{"age":-1}]"#,
            r#"[{"age":1.5}]"#,
            r#"[{"age":1e9}]"#,
            r#"[{"age":1234567890123456}]"#,
            r#"[{"age": 1}]"#,
            r#"[{"age":"1"}]"#,
            r#"[{"age":}]"#,
            r#"[{"age":1"#,
            // Keys that are none.
            r#"[{"sample":"\"age\":1, \"originalPolicy\":\"a 'nonce-x' b\""}"#,
            r#"{"originalPolicyX":"a 'nonce-x' b"}"#,
            r#"{"originalPolicy":7,"x":"a 'nonce-x'"}"#,
            // An escaped text differs from its bytes.
            r#"{"originalPolicy":"a\u003b 'nonce-x' b"}"#,
            r#"{"originalPolicy":"a 'nonce-x"#,
            "{\"originalPolicy\":\"a 'nonce-\u{e9}' b\"}",
            "{\"originalPolicy\":\"a 'nonce-\u{1}' b\"}",
            // No nonce, no directive of endpoints.
            r#"{"originalPolicy":"'nonce-x' b"}"#,
            r#"{"originalPolicy":"img-src report-to a"}"#,
        ] {
            check(body, &[]);
        }
    }
}
