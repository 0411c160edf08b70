//! Both formats as typed structs that borrow from the body: what serde_json does with a schema that is known.

use std::borrow::Cow;
use std::fmt;
use std::hint::black_box;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A text that borrows unless it was escaped; empty where there is `null`. (`Option<Cow<str>>` never borrows.)
#[derive(Debug, Default, PartialEq)]
struct Text<'a>(Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct ReportUri<'a> {
    #[serde(borrow, rename = "csp-report")]
    csp_report: CspReport<'a>,
}

/// CSP3, section 5.3: what `report-uri` sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct CspReport<'a> {
    #[serde(borrow)]
    document_uri: Text<'a>,
    #[serde(borrow)]
    referrer: Text<'a>,
    #[serde(borrow)]
    violated_directive: Text<'a>,
    #[serde(borrow)]
    effective_directive: Text<'a>,
    #[serde(borrow)]
    original_policy: Text<'a>,
    #[serde(borrow)]
    disposition: Text<'a>,
    #[serde(borrow)]
    blocked_uri: Text<'a>,
    #[serde(borrow)]
    source_file: Text<'a>,
    #[serde(borrow)]
    script_sample: Text<'a>,
    line_number: Option<u32>,
    column_number: Option<u32>,
    status_code: Option<u16>,
}

/// Reporting API, section 3.5: what `report-to` sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReportTo<'a> {
    #[serde(borrow, rename = "type")]
    type_name: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow)]
    user_agent: Text<'a>,
    age: Option<u64>,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body<'a> {
    #[serde(borrow, rename = "documentURL")]
    document_url: Text<'a>,
    #[serde(borrow)]
    referrer: Text<'a>,
    #[serde(borrow, rename = "blockedURL")]
    blocked_url: Text<'a>,
    #[serde(borrow)]
    effective_directive: Text<'a>,
    #[serde(borrow)]
    original_policy: Text<'a>,
    #[serde(borrow)]
    source_file: Text<'a>,
    #[serde(borrow)]
    sample: Text<'a>,
    #[serde(borrow)]
    disposition: Text<'a>,
    status_code: Option<u16>,
    line_number: Option<u32>,
    column_number: Option<u32>,
}

/// Parses a body; whether it is one of the two formats. The compiler must not see that nobody looks at the rest.
pub fn is_report(body: &[u8]) -> bool {
    if body.first() == Some(&b'[') {
        let reports = serde_json::from_slice::<Vec<ReportTo<'_>>>(body);
        return reports.is_ok_and(|reports| !black_box(reports).is_empty());
    }
    let report = serde_json::from_slice::<ReportUri<'_>>(body);
    report.map(|report| black_box(report.csp_report)).is_ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or null")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_borrow_unless_they_were_escaped() {
        let body = br#"[{"type":"csp-violation","age":7,"body":{"documentURL":"https://a/","sample":"a\"b","sourceFile":null,"lineNumber":null}}]"#;
        let all: Vec<ReportTo<'_>> = serde_json::from_slice(body).expect("a report");
        assert!(matches!(all[0].body.document_url.0, Cow::Borrowed("https://a/")));
        assert!(matches!(&all[0].body.sample.0, Cow::Owned(sample) if sample == "a\"b"));
        assert_eq!(all[0].body.source_file, Text::default());
    }

    #[test]
    fn both_formats_are_reports_and_nothing_else_is() {
        assert!(is_report(br#"{"csp-report":{"document-uri":"https://a/","line-number":3}}"#));
        assert!(is_report(br#"[{"type":"csp-violation","body":{"documentURL":"https://a/"}}]"#));
        for wrong in ["", "[]", "{}", "{\"csp-report\":{", "[1]"] {
            assert!(!is_report(wrong.as_bytes()), "{wrong}");
        }
    }
}
