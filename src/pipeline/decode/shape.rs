//! The structures that a body can have, as serde visitors that collect its reports.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field_name::FieldName;
use super::obsolete::{self, About};
use super::skip::skip_all_but_objects;
use super::value::Joined;
use super::{Decoded, Scalar, WireBody, WireReport};

/// The whole body: an array of reports, or one report.
pub(super) struct TopLevel<'d, 'a> {
    pub(super) into: &'d mut Decoded<'a>,
    pub(super) reports_max: usize,
}

impl<'de> DeserializeSeed<'de> for TopLevel<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> TopLevel<'_, 'de> {
    fn add(&mut self, report: Option<WireReport<'de>>) {
        match report {
            Some(report) if report.is_understood() => self.into.reports.push(report),
            _ => self.into.malformed += 1,
        }
    }
}

impl<'de> Visitor<'de> for TopLevel<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a report or an array of reports")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, entries: A) -> Result<(), A::Error> {
        let report = read_report(entries)?;
        self.add(Some(report));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        let mut is_empty = true;
        while self.into.reports.len() + self.into.malformed < self.reports_max {
            match elements.next_element_seed(Element)? {
                Some(report) => self.add(report),
                None => {
                    // Nothing is no report, either.
                    self.into.malformed += usize::from(is_empty);
                    return Ok(());
                }
            }
            is_empty = false;
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {
            self.into.refused += 1;
        }
        Ok(())
    }
}

/// One element of an array: a report, or `None` for anything that is not an object.
struct Element;

impl<'de> DeserializeSeed<'de> for Element {
    type Value = Option<WireReport<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element {
    type Value = Option<WireReport<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        read_report(entries).map(Some)
    }

    skip_all_but_objects!(None);
}

/// Reads one report object. Fields of a CSP body are also read at the top level: that is a bare body.
fn read_report<'de, A: MapAccess<'de>>(mut entries: A) -> Result<WireReport<'de>, A::Error> {
    let mut report = WireReport::default();
    let mut obsolete = obsolete::FlatReport::default();
    while let Some(key) = entries.next_key::<FieldName>()? {
        match key {
            FieldName::Type => report.type_name = entries.next_value()?,
            FieldName::Url => report.url = entries.next_value()?,
            FieldName::Age => report.age = entries.next_value()?,
            FieldName::UserAgent => report.user_agent = entries.next_value()?,
            FieldName::Body => entries.next_value_seed(Body(&mut report.body))?,
            FieldName::CspReport => {
                entries.next_value_seed(Body(&mut report.body))?;
                report.is_csp_report = true;
            }
            FieldName::ExpectCt | FieldName::ExpectStaple | FieldName::XssReport => {
                report.type_name = Scalar::Text(obsolete::type_name(key).into());
                entries.next_value_seed(About(&mut report.url))?;
            }
            FieldName::Hostname => obsolete.hostname = entries.next_value()?,
            FieldName::KnownPins => {
                entries.next_value::<IgnoredAny>()?;
                obsolete.has_pins = true;
            }
            // WebKit puts the endpoint's name here; within `body` it is the kind of resource.
            FieldName::Destination => {
                entries.next_value::<IgnoredAny>()?;
            }
            key => read_field(key, &mut report.body, &mut entries)?,
        }
    }
    obsolete.name(&mut report);
    Ok(report)
}

/// Reads the fields of a body into the report; anything but an object leaves it as it is.
struct Body<'b, 'a>(&'b mut WireBody<'a>);

impl<'de> DeserializeSeed<'de> for Body<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the body of a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<FieldName>()? {
            read_field(key, self.0, &mut entries)?;
        }
        Ok(())
    }

    skip_all_but_objects!(());
}

fn read_field<'de, A: MapAccess<'de>>(
    key: FieldName,
    body: &mut WireBody<'de>,
    entries: &mut A,
) -> Result<(), A::Error> {
    if key == FieldName::Allowlist && body.original_policy.is_empty() {
        body.original_policy = entries.next_value::<Joined>()?.into();
        return Ok(());
    }
    let field: &mut Scalar<'de> = match key {
        FieldName::Actual => &mut body.actual,
        FieldName::BlockedUrl => &mut body.blocked_url,
        FieldName::ColumnNumber => &mut body.column_number,
        FieldName::Connection => &mut body.connection,
        FieldName::Destination => &mut body.destination,
        FieldName::Disposition => &mut body.disposition,
        FieldName::DocumentUrl => &mut body.document_url,
        FieldName::EffectiveDirective => &mut body.effective_directive,
        FieldName::Hash => &mut body.hash,
        FieldName::Id => &mut body.id,
        FieldName::InitialPopupUrl => &mut body.initial_popup_url,
        FieldName::LineNumber => &mut body.line_number,
        FieldName::Message => &mut body.message,
        FieldName::NextResponseUrl => &mut body.next_response_url,
        FieldName::OneOf => &mut body.one_of,
        FieldName::OpeneeUrl => &mut body.openee_url,
        FieldName::OriginalPolicy => &mut body.original_policy,
        FieldName::PolicyId => &mut body.policy_id,
        FieldName::Reason => &mut body.reason,
        FieldName::ReportOnly => &mut body.report_only,
        FieldName::Request => &mut body.request,
        FieldName::Sample => &mut body.sample,
        FieldName::Referrer => &mut body.referrer,
        FieldName::SourceFile => &mut body.source_file,
        FieldName::StatusCode => &mut body.status_code,
        FieldName::SubresourceUrl => &mut body.subresource_url,
        FieldName::Type | FieldName::ViolationType => &mut body.body_type,
        FieldName::ViolatedDirective => &mut body.violated_directive,
        FieldName::Age
        | FieldName::Allowlist
        | FieldName::Body
        | FieldName::CspReport
        | FieldName::ExpectCt
        | FieldName::ExpectStaple
        | FieldName::Hostname
        | FieldName::KnownPins
        | FieldName::RequestUrl
        | FieldName::Url
        | FieldName::UserAgent
        | FieldName::XssReport
        | FieldName::Ignored => {
            entries.next_value::<IgnoredAny>()?;
            return Ok(());
        }
    };
    *field = entries.next_value()?;
    Ok(())
}
