//! The current policy, as a person supplies it.

use std::io::Read;
use std::path::Path;

use super::super::{Failure, open_input, unreadable};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::store::policy::PagePolicy;

/// Reads a file with the text of a policy, or with the whole header.
pub(super) fn read(file: &Path, now: Timestamp) -> Result<PagePolicy, Failure> {
    let mut text = String::new();
    let input = open_input(file)?;
    input
        .take(limits::POLICY_FILE_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| unreadable(file, &error))?;
    let text = header_value(&text);
    let refuse = |why: &str| Err(format!("--current {}: {why}", file.display()).into());
    if text.contains(',') {
        return refuse("a comma begins another policy; give only the enforced one");
    }
    let supplied = PagePolicy::supplied(text, now);
    if !supplied.policy.is_whole() {
        return refuse("is not all printable ASCII, or is longer than any server sends");
    }
    if supplied.policy.directives().next().is_none() {
        return refuse("contains no directive; write a policy such as: default-src 'self'");
    }
    Ok(supplied)
}

/// The text without the name of a header, if it begins with one.
fn header_value(text: &str) -> &str {
    const NAMES: [&str; 2] = ["content-security-policy:", "content-security-policy-report-only:"];
    let text = text.trim();
    let value = NAMES.iter().find_map(|name| {
        let head = text.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
    });
    value.unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::header_value;

    #[test]
    fn a_policy_is_read_with_the_name_of_the_header_or_without() {
        for text in [
            "default-src 'self'\n",
            "Content-Security-Policy: default-src 'self'",
            "content-security-policy-report-only:default-src 'self'\r\n",
        ] {
            assert_eq!(header_value(text), "default-src 'self'", "{text}");
        }
    }
}
