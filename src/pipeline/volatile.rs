//! What changes in a report from one page view to the next and has no part in what becomes of it: its age, and in the
//! policy nonces and where reports go.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{FindIter, Finder};
use memchr::{memchr, memchr2};
use smallvec::SmallVec;

/// What may be left out of a body.
#[derive(Debug, Default)]
pub(super) struct Volatile {
    /// Where it stands, in order.
    pub(super) ranges: SmallVec<[Range<usize>; 8]>,
    /// The ages among it.
    pub(super) ages: SmallVec<[i64; 8]>,
}

impl Volatile {
    /// Looks for it without reading the JSON. Where a text is left out, any other of its kind may stand without making
    /// the JSON another one: digits for digits, and within one string printable ASCII without quotes and escapes for the
    /// like. A quote that no backslash stands before begins a string or ends one, and where JSON goes on after an end no
    /// letter follows: so what is found is a whole key, if the body is JSON at all.
    pub(super) fn of_body(body: &[u8]) -> Self {
        static AGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(AGE_KEY));
        static POLICY: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""original"#));
        let mut left_out = Self::default();
        let is_key = |at: &usize| *at == 0 || body[*at - 1] != b'\\';
        let mut policies = POLICY.find_iter(body).filter(is_key).peekable();
        // Ages stand in the Reporting API's lists of reports. Elsewhere one would stay, and its body be read.
        let of_list = if body.starts_with(b"[") { body } else { &[] };
        for at in AGE.find_iter(of_list).filter(is_key) {
            while let Some(policy) = policies.next_if(|policy| *policy < at) {
                left_out.add_policy(body, policy);
            }
            left_out.add_age(body, at + AGE_KEY.len());
        }
        policies.for_each(|policy| left_out.add_policy(body, policy));
        left_out
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

    /// `at`: where the key begins.
    fn add_policy(&mut self, body: &[u8], at: usize) {
        let after_key = [&br#""original-policy":""#[..], br#""originalPolicy":""#]
            .into_iter()
            .find(|key| body[at..].starts_with(key))
            .map(|key| at + key.len());
        let Some(start) = after_key else { return };
        let Some(end) = memchr2(b'"', b'\\', &body[start..]).map(|length| start + length) else {
            return;
        };
        // As it stands is as it reads only where nothing is escaped.
        if body[end] != b'"' {
            return;
        }
        for range in in_policy(&body[start..end]) {
            let range = start + range.start..start + range.end;
            if body[range.clone()].iter().all(|byte| matches!(byte, b' '..=b'~')) {
                self.ranges.push(range);
            }
        }
    }
}

const AGE_KEY: &str = r#""age":"#;

/// Digits that an age has at most to be read; 30,000 years.
const AGE_DIGITS: usize = 15;

/// What changes in a policy from page to page: the values of nonces, and the names of endpoints. What is left out here
/// has no part in the policy's hash either ([`crate::csp::text`]), so policies that are the same without it are
/// the same there.
pub(super) fn in_policy(policy: &[u8]) -> impl Iterator<Item = Range<usize>> {
    static NONCE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("'nonce-"));
    static ENDPOINT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("report-"));
    let mut found = Candidates {
        policy,
        nonces: NONCE.find_iter(policy).peekable(),
        endpoints: ENDPOINT.find_iter(policy).peekable(),
    };
    let mut before = 0;
    std::iter::from_fn(move || {
        let range = found.find(|range| range.start >= before)?;
        before = range.end;
        Some(range)
    })
}

/// Both kinds, in order; one may stand within the other.
struct Candidates<'a> {
    policy: &'a [u8],
    nonces: std::iter::Peekable<FindIter<'a, 'static>>,
    endpoints: std::iter::Peekable<FindIter<'a, 'static>>,
}

impl Iterator for Candidates<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let nonce = self.nonces.peek().copied().unwrap_or(self.policy.len());
            let endpoint = self.endpoints.peek().copied().unwrap_or(self.policy.len());
            let range = if nonce < endpoint {
                self.nonces.next();
                nonce_value(self.policy, nonce)
            } else {
                self.endpoints.next()?;
                endpoint_value(self.policy, endpoint)
            };
            if range.is_some() {
                return range;
            }
        }
    }
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
        let left_out = Volatile::of_body(body.as_bytes());
        let found: Vec<&str> = left_out.ranges.into_iter().map(|range| &body[range]).collect();
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
            // What is escaped reads otherwise than it stands.
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
