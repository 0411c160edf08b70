//! The policy that somebody gives as the present one.

use std::io::Read;
use std::path::Path;

use super::super::{Failure, open_input, unreadable};
use crate::audit::policy_advice::Carried;
use crate::base::clock::Timestamp;
use crate::base::limits;

/// Reads it: a policy's text, or the header with its name.
pub(super) fn read(file: &Path, now: Timestamp) -> Result<Carried, Failure> {
    let mut text = String::new();
    let input = open_input(file)?;
    input
        .take(limits::POLICY_FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(file, &error))?;
    let text = value(&text);
    let wrong = |what: &str| Err(format!("--current {}: {what}", file.display()).into());
    if text.contains(',') {
        return wrong("a comma begins another policy; give the one that is enforced");
    }
    let given = Carried::given(text, now);
    if !given.policy.is_whole() {
        return wrong("is not all printable ASCII, or longer than any server sends");
    }
    if given.policy.lists().next().is_none() {
        return wrong("holds no directive; write a policy such as: default-src 'self'");
    }
    Ok(given)
}

/// What follows the header's name, where it stands there.
fn value(text: &str) -> &str {
    const NAMES: [&str; 2] = ["content-security-policy:", "content-security-policy-report-only:"];
    let text = text.trim();
    let named = NAMES.iter().find_map(|name| {
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
    });
    named.unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn with_the_headers_name_or_without() {
        for text in [
            "default-src 'self'\n",
            "Content-Security-Policy: default-src 'self'",
            "content-security-policy-report-only:default-src 'self'\r\n",
        ] {
            assert_eq!(value(text), "default-src 'self'", "{text}");
        }
    }
}
