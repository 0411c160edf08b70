//! Addresses that a person wrote, as commands take them.

use std::borrow::Cow;

use super::place::{UNPARSABLE, split};
use super::redact;
use crate::config::KeepQuery;

/// Host and path of a URL that a person wrote, defanged or not, in the form in which those of reports are stored. It may have
/// marks of redaction, as commands print it.
///
/// # Errors
/// A sentence that shows a right one.
pub fn address(text: &str, keep: &KeepQuery) -> Result<(String, String), String> {
    let plain = text.trim().replace("[.]", ".");
    // No URL has a brace in its path, and its parser would escape them.
    let marks = redact::marks(&plain);
    let names: Vec<String> = (0..marks.len()).map(|index| format!("cspwatch{index}mark")).collect();
    let swapped = marks.iter().zip(&names).map(|(mark, name)| (&**mark, &**name));
    let plain = swapped.clone().fold(plain, |text, (mark, name)| text.replace(mark, name));
    let rest = plain.split_once("://").map_or(&*plain, |(_, rest)| rest);
    let place = split(Cow::Owned(format!("https://{rest}")), keep).place;
    if place.host.is_empty() || place.scheme == UNPARSABLE {
        return Err(format!("{text} is not an address; write it as https://cdn.example/pay.js"));
    }
    let with_marks = |text: Cow<'_, str>| {
        swapped.clone().fold(text.into_owned(), |text, (mark, name)| text.replace(name, mark))
    };
    Ok((with_marks(place.host), with_marks(place.path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_as_they_are_printed() {
        let address = |text: &str| super::address(text, &KeepQuery::None);
        for (text, host, path) in [
            ("https://cdn[.]example/pay.js?v=2", "cdn.example", "/pay.js"),
            ("cdn.example/a/main.8f3b2c1d.js", "cdn.example", "/a/main.8f3b2c1d.js"),
            (
                "https://{token:bdfkmqtv}.cdn.example/{id:bcdfjklm}/x.{hash:bcdfjklm}.js",
                "{token:bdfkmqtv}.cdn.example",
                "/{id:bcdfjklm}/x.{hash:bcdfjklm}.js",
            ),
            ("https://cdn.example/{pan}/{x}.js", "cdn.example", "/{pan}/%7Bx%7D.js"),
        ] {
            assert_eq!(address(text), Ok((host.to_owned(), path.to_owned())));
        }
        assert!(address("https://").is_err());
    }
}
