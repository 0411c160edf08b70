//! A recorded request, as one line of a file.

use serde_json::{Map, Value};

/// A request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Recording {
    pub(super) case: Option<String>,
    pub(super) path: Option<String>,
    pub(super) user_agent: String,
    pub(super) body: Vec<u8>,
}

impl Recording {
    /// Reads a line; the error says what is wrong with it.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let fields: Map<String, Value> = serde_json::from_str(line)
            .map_err(|error| format!("not one JSON object a line: {error}"))?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let body = match (fields.get("body"), text("body_base64")) {
            (None, None) => return Err("neither body nor body_base64 stands there".to_owned()),
            (_, Some(coded)) => base64(&coded).ok_or("body_base64 is not base64")?,
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

/// RFC 4648, section 4; padding may be missing.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        let value = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_rfc_4648() {
        for (text, expected) in [("", ""), ("Zg==", "f"), ("Zm8", "fo"), ("Zm9vYmE=", "fooba")] {
            assert_eq!(base64(text).as_deref(), Some(expected.as_bytes()));
        }
        assert_eq!(base64("7aC9/w==").as_deref(), Some(&[0xed, 0xa0, 0xbd, 0xff][..]));
        assert_eq!(base64("a b"), None);
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
