//! Names of fields: `document-uri`, `documentURI`, `documentURL` and `document_url` are the same field.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A field that is read; all others are [`FieldName::Ignored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldName {
    Actual,
    Age,
    Allowlist,
    BlockedUrl,
    Body,
    ColumnNumber,
    Connection,
    CspReport,
    Destination,
    Disposition,
    DocumentUrl,
    EffectiveDirective,
    ExpectCt,
    ExpectStaple,
    Hash,
    Hostname,
    Id,
    InitialPopupUrl,
    KnownPins,
    LineNumber,
    Message,
    NextResponseUrl,
    OneOf,
    OpeneeUrl,
    OriginalPolicy,
    PolicyId,
    Reason,
    Referrer,
    ReportOnly,
    Request,
    RequestUrl,
    Sample,
    SourceFile,
    StatusCode,
    SubresourceUrl,
    Type,
    Url,
    UserAgent,
    ViolatedDirective,
    ViolationType,
    XssReport,
    Ignored,
}

/// Bytes of the longest name below, without separators.
const NAME_BYTES: usize = 20;

impl FieldName {
    /// The field of a name; the case of letters, `-` and `_` are ignored.
    fn of(name: &str) -> Self {
        // The spellings of today's browsers first: comparing is faster than folding.
        match name {
            "document-uri" | "documentURL" => Self::DocumentUrl,
            "blocked-uri" | "blockedURL" => Self::BlockedUrl,
            "effective-directive" | "effectiveDirective" => Self::EffectiveDirective,
            "violated-directive" => Self::ViolatedDirective,
            "original-policy" | "originalPolicy" => Self::OriginalPolicy,
            "disposition" => Self::Disposition,
            "status-code" | "statusCode" => Self::StatusCode,
            "script-sample" | "sample" => Self::Sample,
            "source-file" | "sourceFile" => Self::SourceFile,
            "line-number" | "lineNumber" => Self::LineNumber,
            "column-number" | "columnNumber" => Self::ColumnNumber,
            "csp-report" => Self::CspReport,
            "referrer" => Self::Referrer,
            "age" => Self::Age,
            "body" => Self::Body,
            "type" => Self::Type,
            "url" => Self::Url,
            "user_agent" => Self::UserAgent,
            _ => Self::folded(name),
        }
    }

    /// As [`FieldName::of`], for any spelling, and for the names that earlier versions of browsers gave the field
    /// (`docs/reports.md` has the versions).
    fn folded(name: &str) -> Self {
        let mut folded = [0_u8; NAME_BYTES];
        let mut length = 0;
        for byte in name.bytes().filter(|byte| !matches!(byte, b'-' | b'_')) {
            if length == NAME_BYTES {
                return Self::Ignored;
            }
            folded[length] = byte.to_ascii_lowercase();
            length += 1;
        }
        match &folded[..length] {
            b"actual" => Self::Actual,
            b"age" => Self::Age,
            b"allowlist" => Self::Allowlist,
            b"blockeduri" | b"blockedurl" => Self::BlockedUrl,
            b"body" => Self::Body,
            b"columnnumber" | b"colno" => Self::ColumnNumber,
            b"connection" => Self::Connection,
            b"cspreport" => Self::CspReport,
            b"destination" => Self::Destination,
            b"disposition" => Self::Disposition,
            b"documenturi" | b"documenturl" => Self::DocumentUrl,
            b"effectivedirective" => Self::EffectiveDirective,
            b"expectctreport" => Self::ExpectCt,
            b"expectstaplereport" => Self::ExpectStaple,
            b"hash" => Self::Hash,
            b"hostname" => Self::Hostname,
            b"id" => Self::Id,
            b"initialpopupurl" => Self::InitialPopupUrl,
            b"knownpins" => Self::KnownPins,
            b"linenumber" | b"lineno" => Self::LineNumber,
            b"message" => Self::Message,
            b"nextresponseurl" | b"navigationuri" => Self::NextResponseUrl,
            b"oneof" => Self::OneOf,
            b"openeeurl" => Self::OpeneeUrl,
            b"originalpolicy" => Self::OriginalPolicy,
            b"policyid" | b"featureid" | b"feature" => Self::PolicyId,
            b"reason" => Self::Reason,
            b"referrer" => Self::Referrer,
            b"reportonly" => Self::ReportOnly,
            b"request" => Self::Request,
            b"requesturl" => Self::RequestUrl,
            b"sample" | b"scriptsample" => Self::Sample,
            b"sourcefile" => Self::SourceFile,
            b"statuscode" => Self::StatusCode,
            b"subresourceurl" => Self::SubresourceUrl,
            b"type" => Self::Type,
            b"url" => Self::Url,
            b"useragent" => Self::UserAgent,
            b"violateddirective" => Self::ViolatedDirective,
            b"violationtype" | b"violation" => Self::ViolationType,
            b"xssreport" => Self::XssReport,
            _ => Self::Ignored,
        }
    }
}

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldNameVisitor;

        impl Visitor<'_> for FieldNameVisitor {
            type Value = FieldName;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a field")
            }

            fn visit_str<E>(self, name: &str) -> Result<FieldName, E> {
                Ok(FieldName::of(name))
            }
        }

        deserializer.deserialize_str(FieldNameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_spellings_give_the_same_field_as_folding() {
        for name in [
            "document-uri",
            "documentURL",
            "blocked-uri",
            "blockedURL",
            "effective-directive",
            "effectiveDirective",
            "violated-directive",
            "original-policy",
            "originalPolicy",
            "disposition",
            "status-code",
            "statusCode",
            "script-sample",
            "sample",
            "source-file",
            "sourceFile",
            "line-number",
            "lineNumber",
            "column-number",
            "columnNumber",
            "csp-report",
            "referrer",
            "age",
            "body",
            "type",
            "url",
            "user_agent",
        ] {
            assert_eq!(FieldName::of(name), FieldName::folded(name), "{name}");
        }
        assert_eq!(FieldName::of("Blocked_URI"), FieldName::BlockedUrl);
    }
}
