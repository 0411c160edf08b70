//! A recorded request, as one line of a file.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// A recorded request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) case: Option<String>,
    pub(super) path: Option<String>,
    pub(super) user_agent: String,
    pub(super) body: Vec<u8>,
}

impl Recording {
    /// Reads a line. The error says what is wrong with the line.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let fields: Map<String, Value> = serde_json::from_str(line)
            .map_err(|error| format!("not one JSON object a line: {error}"))?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let body = match (fields.get("body"), text("body_base64")) {
            (None, None) => return Err("neither body nor body_base64 is given".to_owned()),
            (_, Some(coded)) => BASE64
                .decode(coded)
                .map_err(|error| format!("body_base64 is not base64: {error}"))?,
            (Some(Value::String(body)), None) => body.clone().into_bytes(),
            (Some(body), None) => body.to_string().into_bytes(),
        };
        let user_agent = fields.get("headers").and_then(|headers| headers.get("user-agent"));
        Ok(Self {
            case: text("case"),
            path: text("path"),
            user_agent: user_agent.and_then(Value::as_str).unwrap_or("").to_owned(),
            body,
        })
    }
}

/// Standard base64; padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_with_and_without_padding() {
        let decoded = |text: &str| BASE64.decode(text).ok();
        for (text, expected) in [("", ""), ("Zg==", "f"), ("Zm8", "fo"), ("Zm9vYmE=", "fooba")] {
            assert_eq!(decoded(text).as_deref(), Some(expected.as_bytes()));
        }
        assert_eq!(decoded("7aC9/w==").as_deref(), Some(&[0xed, 0xa0, 0xbd, 0xff][..]));
        assert_eq!(decoded("a b"), None);
    }

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
}
