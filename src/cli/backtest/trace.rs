//! One request of a trace: a line of its file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use crate::base::clock::Timestamp;
use crate::cli::recorded_body;
use crate::pipeline::judge::Headers;

/// A request of a trace.
#[derive(Debug)]
pub(super) struct TraceLine<'a> {
    pub(super) at: Timestamp,
    pub(super) client: IpAddr,
    pub(super) site: Cow<'a, str>,
    pub(super) tag: Cow<'a, str>,
    pub(super) body: Vec<u8>,
    headers: BTreeMap<String, Cow<'a, str>>,
}

/// The fields of a line, as texts.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow)]
    client: Cow<'a, str>,
    #[serde(borrow, default)]
    site: Cow<'a, str>,
    #[serde(borrow, default)]
    tag: Cow<'a, str>,
    #[serde(borrow, default)]
    headers: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(borrow, default)]
    body_base64: Option<Cow<'a, str>>,
}

impl<'a> TraceLine<'a> {
    /// Reads a line. The error says what is wrong with the line.
    pub(super) fn parse(line: &'a str) -> Result<Self, String> {
        let fields: Fields<'a> = serde_json::from_str(line)
            .map_err(|error| format!("not a request of a trace: {error}"))?;
        let at = Timestamp::parse(&fields.at).ok_or_else(|| {
            format!("at: {:?} is not a time such as 2026-11-01T10:00:00.000Z", fields.at)
        })?;
        let client = fields.client.parse();
        let client =
            client.map_err(|_| format!("client: {:?} is not an address", fields.client))?;
        let headers = fields.headers.into_iter();
        Ok(Self {
            at,
            client,
            site: fields.site,
            tag: fields.tag,
            body: recorded_body(fields.body, fields.body_base64.as_deref())?,
            headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        })
    }

    /// The headers that decoding and judging read.
    pub(super) fn headers(&self) -> Headers<'_> {
        Headers::of(Headers::NAMES.map(|name| self.headers.get(name).map(|value| &**value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read() {
        let line = r#"{"at":"2026-11-01T10:00:00.250Z","client":"203.0.113.7","site":"shop","tag":"",
            "headers":{"User-Agent":"a \"b\""},"body":"{\"csp-report\":{}}"}"#;
        let line = TraceLine::parse(line).expect("valid");
        assert_eq!(line.at.to_string(), "2026-11-01T10:00:00.25Z");
        assert_eq!((&*line.site, &*line.body), ("shop", &br#"{"csp-report":{}}"#[..]));
        assert_eq!(line.headers().user_agent, "a \"b\"");
    }

    #[test]
    fn a_body_is_text_json_or_base64() {
        for body in [
            r#""body":"{\"csp-report\":{}}""#,
            r#""body":{"csp-report":{}}"#,
            r#""body_base64":"eyJjc3AtcmVwb3J0Ijp7fX0=""#,
        ] {
            let line = format!(r#"{{"at":"2026-11-01T10:00:00Z","client":"::1",{body}}}"#);
            let line = TraceLine::parse(&line).expect(body);
            assert_eq!(&*line.body, br#"{"csp-report":{}}"#, "{body}");
        }
    }

    #[test]
    fn the_error_names_what_is_wrong() {
        for (line, expected) in [
            ("{}", "missing field `at`"),
            (r#"{"at":"yesterday","client":"::1","body":""}"#, "at: \"yesterday\" is not a time"),
            (r#"{"at":"2026-11-01T10:00:00Z","client":"::1"}"#, "neither body nor body_base64"),
            (
                r#"{"at":"2026-11-01T10:00:00Z","client":"me","body":""}"#,
                "client: \"me\" is not an address",
            ),
        ] {
            let error = TraceLine::parse(line).expect_err(line);
            assert!(error.contains(expected), "{error}");
        }
    }
}
