//! Formats that browsers no longer send: Expect-CT, Expect-Staple, HPKP (RFC 7469, section 3) and the XSS auditor's. Each is
//! kept by its name and its page or host alone: the XSS auditor's body is what a visitor entered.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field_name::FieldName;
use super::skip::skip_all_but_objects;
use super::{Scalar, WireReport};

/// The type name of the report that is an object under this key.
pub(super) fn type_name(key: FieldName) -> &'static str {
    match key {
        FieldName::ExpectCt => "expect-ct-report",
        FieldName::ExpectStaple => "expect-staple-report",
        _ => "xss-report",
    }
}

/// Reads the page, or the host, that such an object is about.
pub(super) struct About<'r, 'a>(pub(super) &'r mut Scalar<'a>);

impl<'de> DeserializeSeed<'de> for About<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for About<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body of a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<FieldName>()? {
            match key {
                FieldName::RequestUrl => *self.0 = entries.next_value()?,
                FieldName::Hostname => *self.0 = page_of(&entries.next_value()?),
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    skip_all_but_objects!(());
}

/// HPKP has its fields at the top level.
#[derive(Default)]
pub(super) struct FlatReport<'a> {
    pub(super) hostname: Scalar<'a>,
    pub(super) has_pins: bool,
}

impl<'a> FlatReport<'a> {
    /// Names the report, where it is HPKP's.
    pub(super) fn name(&self, report: &mut WireReport<'a>) {
        if self.has_pins && report.type_name.is_empty() {
            report.type_name = Scalar::Text("hpkp".into());
            report.url = page_of(&self.hostname);
        }
    }
}

fn page_of<'a>(hostname: &Scalar<'_>) -> Scalar<'a> {
    match hostname.text() {
        "" => Scalar::Absent,
        host => Scalar::Text(format!("https://{host}/").into()),
    }
}
