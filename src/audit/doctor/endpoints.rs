//! What the headers define endpoints to be: `Reporting-Endpoints` (Reporting API, section 3.3), and `Report-To`, which
//! came before it.

use serde_json::Value;
use sfv::{BareItem, Dictionary, ListEntry, Parser};
use url::Url;

use super::head::Head;
use crate::base::limits;

/// The endpoints of a page.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// `Reporting-Endpoints`, where there is one; else why browsers leave all of it out.
    pub header: Option<Result<Vec<Named>, String>>,
    /// `Report-To`, where there is one: the names of its groups, or why browsers leave it out.
    pub legacy: Option<Result<Vec<String>, String>>,
}

/// A member of `Reporting-Endpoints`.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its value as it is written; `None`: it is no string.
    pub text: Option<String>,
    /// Where reports go: an absolute URL, or relative to the page where that is known.
    pub url: Option<Url>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub enum Meaning<'e> {
    /// An endpoint that takes reports.
    Url(&'e Url),
    /// It is there, and no browser makes an endpoint of it.
    Broken,
    /// It is a group of `Report-To` only.
    Legacy,
    /// There is none.
    Nothing,
}

impl Endpoints {
    /// Reads a page's headers.
    pub fn of(head: &Head, page: Option<&Url>) -> Self {
        let header = head.joined("reporting-endpoints").map(|text| dictionary(&text, page));
        Self { header, legacy: head.joined("report-to").map(|text| groups(&text)) }
    }

    /// Those of `Reporting-Endpoints`.
    pub fn named(&self) -> &[Named] {
        match &self.header {
            Some(Ok(named)) => named,
            _ => &[],
        }
    }

    /// What a name stands for.
    pub fn find(&self, name: &str) -> Meaning<'_> {
        if let Some(found) = self.named().iter().find(|named| named.name == name) {
            return match &found.url {
                Some(url) if url.scheme() == "https" => Meaning::Url(url),
                _ => Meaning::Broken,
            };
        }
        match (&self.header, &self.legacy) {
            (_, Some(Ok(groups))) if groups.iter().any(|group| group == name) => Meaning::Legacy,
            (Some(Err(_)), _) => Meaning::Broken,
            _ => Meaning::Nothing,
        }
    }
}

fn dictionary(text: &str, page: Option<&Url>) -> Result<Vec<Named>, String> {
    let read: Dictionary = Parser::new(text).parse().map_err(|error| error.to_string())?;
    let named = |(name, value): (sfv::Key, ListEntry)| {
        let text = match value {
            ListEntry::Item(item) => match item.bare_item {
                BareItem::String(text) => Some(text.as_str().to_owned()),
                _ => None,
            },
            ListEntry::InnerList(_) => None,
        };
        let url =
            text.as_deref().filter(|text| !text.is_empty()).and_then(|text| absolute(text, page));
        Named { name: name.as_str().to_owned(), text, url }
    };
    Ok(read.into_iter().take(limits::DOCTOR_NAMES).map(named).collect())
}

/// Stands for the host of a page that is not known; the name leads nowhere (RFC 6761, section 6.4).
pub(super) const UNKNOWN_HOST: &str = "page.invalid";

/// The URL that a text means on a page.
pub(super) fn absolute(text: &str, page: Option<&Url>) -> Option<Url> {
    match (Url::parse(text), page) {
        (Ok(url), _) => Some(url),
        (Err(_), Some(page)) => page.join(text).ok(),
        // Of a page that is not known only this much is.
        (Err(url::ParseError::RelativeUrlWithoutBase), None) => {
            Url::parse(&format!("https://{UNKNOWN_HOST}/")).ok()?.join(text).ok()
        }
        (Err(_), None) => None,
    }
}

/// The names of the groups: JSON objects behind each other, separated by commas.
fn groups(text: &str) -> Result<Vec<String>, String> {
    let groups: Vec<Value> =
        serde_json::from_str(&format!("[{text}]")).map_err(|error| error.to_string())?;
    let name = |group: &Value| {
        let has_url = group["endpoints"]
            .as_array()
            .is_some_and(|endpoints| endpoints.iter().any(|it| it["url"].is_string()));
        let name = group.get("group").map_or(Some("default"), Value::as_str);
        name.filter(|_| has_url && group["max_age"].is_u64()).map(str::to_owned)
    };
    let incomplete = "a group needs \"max_age\" and \"endpoints\":[{\"url\":…}]";
    groups
        .iter()
        .take(limits::DOCTOR_NAMES)
        .map(|group| name(group).ok_or(incomplete.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(fields: &[(&str, &str)]) -> Endpoints {
        let mut head = Head::default();
        fields.iter().for_each(|(name, value)| head.push(name, value));
        Endpoints::of(&head, Url::parse("https://shop.example/checkout/pay").ok().as_ref())
    }

    #[track_caller]
    fn check(value: &str, name: &str, expected: &str) {
        let endpoints = endpoints(&[
            ("Reporting-Endpoints", value),
            ("Report-To", r#"{"group":"old","max_age":1,"endpoints":[{"url":"https://a/"}]}"#),
        ]);
        let found = match endpoints.find(name) {
            Meaning::Url(url) => url.as_str().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected, "{value} {name}");
    }

    #[test]
    fn names_stand_for_endpoints() {
        check("a=\"https://r.example/x\", b=\"/y\"", "a", "https://r.example/x");
        check("a=\"https://r.example/x\", b=\"/y\"", "b", "https://shop.example/y");
        check("a=\"y?z\"", "a", "https://shop.example/checkout/y?z");
        check("a=https://r.example/x", "a", "Broken");
        check("a='https://r.example/x'", "a", "Broken");
        check("a=\"http://r.example/x\"", "a", "Broken");
        check("a=\"https://r.example/x\"", "b", "Nothing");
        check("a=\"https://r.example/x\"", "old", "Legacy");
        check("", "a", "Nothing");
    }

    #[test]
    fn broken_groups_are_told() {
        for (text, is_right) in [
            (r#"{"max_age":1,"endpoints":[{"url":"https://a/"}]}"#, true),
            (r#"{"max_age":1,"endpoints":[{"url":"https://a/"}]}, {"group":"x"}"#, false),
            (r#"{"max_age":1,"endpoints":[]}"#, false),
            ("{'max_age':1}", false),
            ("https://a/", false),
        ] {
            let legacy = endpoints(&[("Report-To", text)]).legacy;
            assert_eq!(legacy.map(|groups| groups.is_ok()), Some(is_right), "{text}");
        }
    }
}
