//! The body of a recorded request: as text, as the JSON that it is, or in base64.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

/// The bytes of a body, out of the fields `body` and `body_base64`. The error says what is wrong with them.
pub(super) fn recorded_body(body: Option<Value>, coded: Option<&str>) -> Result<Vec<u8>, String> {
    match (body, coded) {
        (None, None) => Err("neither body nor body_base64 is given".to_owned()),
        (_, Some(coded)) => {
            BASE64.decode(coded).map_err(|error| format!("body_base64 is not base64: {error}"))
        }
        (Some(Value::String(text)), None) => Ok(text.into_bytes()),
        (Some(json), None) => Ok(json.to_string().into_bytes()),
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
}
