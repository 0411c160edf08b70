//! The endpoints that a page's headers define: `Reporting-Endpoints` (Reporting API, section 3.3), and its predecessor
//! `Report-To`.

use serde_json::Value;
use sfv::{Dictionary, ListEntry, Parser};
use url::Url;

use super::head::ResponseHead;
use crate::base::limits;

/// The endpoints of a page.
#[derive(Clone, Debug, Default)]
pub struct Endpoints {
    /// The endpoints of `Reporting-Endpoints`, or why browsers ignore the header. `None`: the page does not have it.
    pub header: Option<Result<Vec<NamedEndpoint>, String>>,
    /// The group names of `Report-To`, or why browsers ignore the header. `None`: the page does not have it.
    pub legacy: Option<Result<Vec<String>, String>>,
}

/// A member of `Reporting-Endpoints`.
#[derive(Clone, Debug)]
pub struct NamedEndpoint {
    /// The name that policies report to.
    pub name: String,
    /// The value as written. `None`: it is not a string.
    pub text: Option<String>,
    /// The URL that browsers send reports to. A relative one is resolved against the page, or [`UNKNOWN_HOST`].
    pub url: Option<Url>,
    /// The names of its parameters. No browser knows any.
    pub parameters: Vec<String>,
}

/// What a name refers to.
#[derive(Clone, Copy, Debug)]
pub enum EndpointLookup<'e> {
    /// An endpoint that browsers send to.
    Url(&'e Url),
    /// A definition that browsers ignore.
    Invalid,
    /// A group of `Report-To` only.
    LegacyOnly,
    /// Nothing: no header defines the name.
    Undefined,
}

impl Endpoints {
    /// Parses the headers of a page.
    pub fn parse(head: &ResponseHead, page: Option<&Url>) -> Self {
        let header = head.joined("reporting-endpoints").map(|text| parse_dictionary(&text, page));
        Self { header, legacy: head.joined("report-to").map(|text| parse_groups(&text)) }
    }

    /// The endpoints of `Reporting-Endpoints`; none where browsers ignore the header.
    pub fn named(&self) -> &[NamedEndpoint] {
        match &self.header {
            Some(Ok(named)) => named,
            _ => &[],
        }
    }

    /// Whether a member is not a string. Chromium 148 then ignores the whole header.
    pub fn have_other_types(&self) -> bool {
        self.named().iter().any(|endpoint| endpoint.text.is_none())
    }

    /// What a name refers to.
    pub fn find(&self, name: &str) -> EndpointLookup<'_> {
        if let Some(endpoint) = self.named().iter().find(|endpoint| endpoint.name == name) {
            return match &endpoint.url {
                Some(url) if url.scheme() == "https" && !self.have_other_types() => {
                    EndpointLookup::Url(url)
                }
                _ => EndpointLookup::Invalid,
            };
        }
        match (&self.header, &self.legacy) {
            (_, Some(Ok(groups))) if groups.iter().any(|group| group == name) => {
                EndpointLookup::LegacyOnly
            }
            (Some(Err(_)), _) => EndpointLookup::Invalid,
            _ => EndpointLookup::Undefined,
        }
    }
}

fn parse_dictionary(text: &str, page: Option<&Url>) -> Result<Vec<NamedEndpoint>, String> {
    let read: Dictionary = Parser::new(text).parse().map_err(|error| error.to_string())?;
    let named = |(name, value): (sfv::Key, ListEntry)| {
        let (text, parameters) = match &value {
            ListEntry::Item(item) => (item.bare_item.as_string(), &item.params),
            ListEntry::InnerList(list) => (None, &list.params),
        };
        let text = text.map(|text| text.as_str().to_owned());
        let is_one = |text: &&str| !text.is_empty() && !holds_several_urls(text);
        // Chromium resolves nothing that it can parse by itself.
        let url = |text| Url::parse(text).ok().or_else(|| absolute(text, page));
        let url = text.as_deref().filter(is_one).and_then(url);
        let parameters = parameters.keys().take(limits::DOCTOR_NAMES);
        let parameters = parameters.map(|name| name.as_str().to_owned()).collect();
        NamedEndpoint { name: name.as_str().to_owned(), text, url, parameters }
    };
    Ok(read.into_iter().take(limits::DOCTOR_NAMES).map(named).collect())
}

/// A placeholder for the host of a page whose address is unknown. The name resolves nowhere (RFC 6761, section 6.4).
pub(super) const UNKNOWN_HOST: &str = "page.invalid";

/// What the relative URLs of a page are resolved against.
pub(super) fn base(page: Option<&Url>) -> Url {
    let unknown = || Url::parse(&format!("https://{UNKNOWN_HOST}/")).expect("a URL");
    page.cloned().unwrap_or_else(unknown)
}

/// Resolves a URL against the address of a page. If that is unknown, the host is [`UNKNOWN_HOST`].
pub(super) fn absolute(text: &str, page: Option<&Url>) -> Option<Url> {
    base(page).join(text).ok()
}

/// Whether a text holds more than one URL. Browsers take it for one, with the second in its path.
pub(super) fn holds_several_urls(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    let has_list = [",http", ";http", "|http"].iter().any(|begin| lower.contains(begin));
    path.matches("://").count() > 1 || has_list || text.trim().contains(char::is_whitespace)
}

/// The group names in `Report-To`, whose value is JSON objects separated by commas.
fn parse_groups(text: &str) -> Result<Vec<String>, String> {
    let groups: Vec<Value> =
        serde_json::from_str(&format!("[{text}]")).map_err(|error| error.to_string())?;
    let name = |group: &Value| {
        let has_url = group["endpoints"]
            .as_array()
            .is_some_and(|endpoints| endpoints.iter().any(|endpoint| endpoint["url"].is_string()));
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
        let mut head = ResponseHead::default();
        fields.iter().for_each(|(name, value)| head.push(name, value));
        Endpoints::parse(&head, Url::parse("https://shop.example/checkout/pay").ok().as_ref())
    }

    #[track_caller]
    fn check(value: &str, name: &str, expected: &str) {
        let endpoints = endpoints(&[
            ("Reporting-Endpoints", value),
            ("Report-To", r#"{"group":"old","max_age":1,"endpoints":[{"url":"https://a/"}]}"#),
        ]);
        let found = match endpoints.find(name) {
            EndpointLookup::Url(url) => url.as_str().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected, "{value} {name}");
    }

    #[test]
    fn names_refer_to_endpoints() {
        check("a=\"https://r.example/x\", b=\"/y\"", "a", "https://r.example/x");
        check("a=\"https://r.example/x\", b=\"/y\"", "b", "https://shop.example/y");
        check("a=\"y?z\"", "a", "https://shop.example/checkout/y?z");
        check("a=https://r.example/x", "a", "Invalid");
        check("a='https://r.example/x'", "a", "Invalid");
        check("a=\"http://r.example/x\"", "a", "Invalid");
        check("a=\"https://r.example/x\"", "b", "Undefined");
        check("a=\"https://r.example/x\"", "old", "LegacyOnly");
        check("", "a", "Undefined");
        // Chromium ignores the whole header if one value is no string, and takes two URLs for one.
        check("a=\"https://r.example/x\", b=https://r.example/y", "a", "Invalid");
        check("a=\"https://r.example/x\", b", "a", "Invalid");
        check("a=\"https://r.example/x\", b=(\"https://r.example/y\")", "a", "Invalid");
        check("a=\"https://r.example/x\", b=\"nonsense\"", "a", "https://r.example/x");
        check("a=\"https://r.example/1, https://r.example/2\"", "a", "Invalid");
        check("a=\"https://r.example/1\", a=\"https://r.example/2\"", "a", "https://r.example/2");
    }

    #[test]
    fn invalid_groups_are_errors() {
        for (text, is_valid) in [
            (r#"{"max_age":1,"endpoints":[{"url":"https://a/"}]}"#, true),
            (r#"{"max_age":1,"endpoints":[{"url":"https://a/"}]}, {"group":"x"}"#, false),
            (r#"{"max_age":1,"endpoints":[]}"#, false),
            ("{'max_age':1}", false),
            ("https://a/", false),
        ] {
            let legacy = endpoints(&[("Report-To", text)]).legacy;
            assert_eq!(legacy.map(|groups| groups.is_ok()), Some(is_valid), "{text}");
        }
    }
}
