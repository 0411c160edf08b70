//! The value of the header, as Chromium reads it.

use sfv::{BareItem, InnerList, List, ListEntry, Parser};

use crate::base::limits;

/// A list, with what is wrong with it.
#[derive(Debug)]
pub(super) struct Allowlist {
    /// Where its violations are reported.
    pub report_to: ReportTo,
    /// Whether the header has further lists, which Chromium ignores.
    pub is_one_of_several: bool,
    /// Whether it allows the page's own origin by the token for it.
    pub has_response_origin: bool,
    /// Patterns that allow every host.
    pub wide: Vec<String>,
    /// Entries that allow nothing, or not what is meant.
    pub faults: Vec<ItemFault>,
    /// What happens to redirects.
    pub redirects: Behaviour,
    /// What happens to WebRTC.
    pub webrtc: Behaviour,
    /// Parameters that no browser knows.
    pub unknown_parameters: Vec<String>,
}

/// The parameter `report-to`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReportTo {
    /// It is not there.
    Absent,
    /// It is of another type, such as a string.
    NotAToken,
    /// The name of an endpoint.
    Name(String),
}

/// A parameter that allows or blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// It is not there, and so blocks.
    Default,
    /// `block`.
    Block,
    /// `allow`.
    Allow,
    /// Another token, which allows.
    AllowByMistake,
    /// Another type, which blocks.
    BlockByMistake,
}

impl Behaviour {
    /// Whether Chromium blocks.
    pub(super) fn blocks(self) -> bool {
        matches!(self, Self::Default | Self::Block | Self::BlockByMistake)
    }
}

/// An entry that allows nothing, or not what is meant.
#[derive(Debug)]
pub(super) struct ItemFault {
    /// The entry.
    pub text: String,
    /// What is wrong with it.
    pub what: &'static str,
}

impl Allowlist {
    /// Parses the value of a header.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let lists: List = Parser::new(text).parse().map_err(|error| error.to_string())?;
        let list = match lists.first() {
            Some(ListEntry::InnerList(list)) => list,
            Some(ListEntry::Item(_)) => return Err("the list has no parentheses".to_owned()),
            None => return Err("it is empty".to_owned()),
        };
        let mut read = Self {
            report_to: report_to(list),
            is_one_of_several: lists.len() > 1,
            has_response_origin: false,
            wide: Vec::new(),
            faults: Vec::new(),
            redirects: behaviour(list, "redirects"),
            webrtc: behaviour(list, "webrtc"),
            unknown_parameters: unknown_parameters(list),
        };
        for item in list.items.iter().take(limits::DOCTOR_NAMES) {
            read.add(&item.bare_item);
        }
        Ok(read)
    }

    fn add(&mut self, item: &BareItem) {
        let (text, fault) = match item {
            BareItem::Token(token) if token.as_str() == "response-origin" => {
                self.has_response_origin = true;
                return;
            }
            BareItem::Token(token) => (
                token.as_str().to_owned(),
                Some("is neither response-origin nor a string in double quotes"),
            ),
            BareItem::String(text) => {
                let pattern = text.as_str();
                if is_wide(pattern) {
                    self.wide.push(pattern.to_owned());
                    return;
                }
                (pattern.to_owned(), pattern_fault(pattern))
            }
            _ => (format!("{item:?}"), Some("is neither response-origin nor a string")),
        };
        self.faults.extend(fault.map(|what| ItemFault { text, what }));
    }
}

fn report_to(list: &InnerList) -> ReportTo {
    match list.params.get("report-to") {
        None => ReportTo::Absent,
        Some(BareItem::Token(name)) => ReportTo::Name(name.as_str().to_owned()),
        Some(_) => ReportTo::NotAToken,
    }
}

fn behaviour(list: &InnerList, name: &str) -> Behaviour {
    match list.params.get(name) {
        None => Behaviour::Default,
        Some(BareItem::Token(value)) => match value.as_str() {
            "block" => Behaviour::Block,
            "allow" => Behaviour::Allow,
            _ => Behaviour::AllowByMistake,
        },
        Some(_) => Behaviour::BlockByMistake,
    }
}

fn unknown_parameters(list: &InnerList) -> Vec<String> {
    let names = list.params.keys().map(|name| name.as_str().to_owned());
    let is_unknown = |name: &String| !["report-to", "redirects", "webrtc"].contains(&name.as_str());
    names.filter(is_unknown).take(limits::DOCTOR_NAMES).collect()
}

/// Whether a URL pattern matches every host: its host consists of wildcards.
fn is_wide(pattern: &str) -> bool {
    let Some((_, rest)) = pattern.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host.contains('*') && host.bytes().all(|b| matches!(b, b'*' | b'.' | b'(' | b')'))
}

/// What is wrong with a URL pattern. It has no base, so it needs a scheme and a host; without a path it matches all paths.
fn pattern_fault(pattern: &str) -> Option<&'static str> {
    if pattern == "response-origin" {
        return Some("is in quotes, and so no token");
    }
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return Some("has no scheme, and so matches nothing");
    };
    let is_scheme_byte = |b: u8| b.is_ascii_alphanumeric() || b"+-.*?{}()|".contains(&b);
    if scheme.is_empty() || !scheme.bytes().all(is_scheme_byte) {
        return Some("has no valid scheme, and so matches nothing");
    }
    if matches!(scheme, "ws" | "wss") {
        return Some("matches nothing, because Chromium checks a WebSocket as https");
    }
    if pattern.contains(char::is_whitespace) {
        return Some("has a space: each host needs a string of its own");
    }
    if rest.replace("(.*)", "").contains('(') {
        return Some("has a regular expression, which browsers refuse here");
    }
    match rest.split_once('/') {
        _ if rest.is_empty() || rest.starts_with('/') => {
            Some("has no host, and so matches nothing")
        }
        Some((_, "")) => Some(
            "ends in a slash, and so matches no page but the first: leave the slash out, or write /*",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
