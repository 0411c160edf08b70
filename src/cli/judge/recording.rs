//! A recorded request, as one line of a file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::cli::recorded_body;

/// A recorded request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) case: Option<String>,
    pub(super) path: Option<String>,
    pub(super) user_agent: String,
    pub(super) body: Vec<u8>,
}

/// The fields of a line. Lines of a trace for `cspwatch backtest` have more.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(default)]
    case: Value,
    #[serde(default)]
    path: Value,
    #[serde(borrow, default)]
    headers: BTreeMap<Cow<'a, str>, Value>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(borrow, default)]
    body_base64: Option<Cow<'a, str>>,
}

impl Recording {
    /// Reads a line. The error says what is wrong with the line.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let fields: Fields<'_> = serde_json::from_str(line)
            .map_err(|error| format!("not one JSON object a line: {error}"))?;
        let body = recorded_body(fields.body, fields.body_base64.as_deref())?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let named = |(name, _): &(&Cow<'_, str>, &Value)| name.eq_ignore_ascii_case("user-agent");
        let user_agent = fields.headers.iter().find(named).and_then(|(_, value)| text(value));
        Ok(Self {
            case: text(&fields.case),
            path: text(&fields.path),
            user_agent: user_agent.unwrap_or_default(),
            body,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_texts_json_or_base64() {
        let body = |line: &str| Recording::parse(line).map(|recording| recording.body);
        assert_eq!(body(r#"{"body":"x"}"#), Ok(b"x".to_vec()));
        assert_eq!(body(r#"{"body":{"a":1}}"#), Ok(br#"{"a":1}"#.to_vec()));
        assert_eq!(body(r#"{"body_base64":"eA=="}"#), Ok(b"x".to_vec()));
        for wrong in ["", "[]", "{}", r#"{"body_base64":"-"}"#] {
            assert!(body(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_line_of_a_trace_is_one() {
        let line = r#"{"at":"2026-11-01T10:00:00Z","client":"203.0.113.7","site":"shop","tag":"",
            "headers":{"User-Agent":"a \"b\""},"body":"x"}"#;
        assert_eq!(Recording::parse(line).expect("valid").user_agent, "a \"b\"");
    }
}
