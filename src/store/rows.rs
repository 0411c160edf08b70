//! The rows of the tables that the sink fills; field by field the columns of `schema/migrations`.
//!
//! Borrowed, so that rows are encoded without copies. Points in time are
//! milliseconds since 1970 (`DateTime64(3, 'UTC')`) unless said otherwise.

use clickhouse::Row;
use serde::{Serialize, Serializer};

use crate::base::clock::Timestamp;
use crate::journal;
use crate::report::with_violation_columns;

/// The table of [`ReportRow`].
pub const REPORTS: &str = "reports";
/// The table of [`SightingRow`].
pub const SIGHTINGS: &str = "sightings";
/// The table of [`LimitedRow`].
pub const LIMITED: &str = "limited";
/// The table of [`PolicyRow`].
pub const POLICIES: &str = "policies";

/// The hash of a policy; 0: none. A column has 16 hexadecimal digits, or an empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyHash(pub u64);

impl Serialize for PolicyHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => serializer.serialize_str(""),
            hash => serializer.serialize_str(&format!("{hash:016x}")),
        }
    }
}

/// Defines the row of `reports`, and what it has of the journal's.
macro_rules! define_report_row {
    (
        codes { $($code:ident: $set:ident = $default:expr,)* }
        texts { $($text:ident,)* }
        numbers { $($number:ident: $width:ident,)* }
        flags { $($flag:ident,)* }
    ) => {
        /// One distinct violation of one sealed segment.
        #[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
        #[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
        pub struct ReportRow<'a> {
            pub batch_id: &'a str,
            pub received_at: Timestamp,
            pub first_seen: Timestamp,
            pub last_seen: Timestamp,
            pub count: u64,
            pub clients: u32,
            pub disposition: &'a str,
            pub policy_hash: PolicyHash,
            pub fingerprint: u128,
            $(pub $code: &'a str,)*
            $(pub $text: &'a str,)*
            $(pub $number: $width,)*
            $(pub $flag: bool,)*
        }

        impl<'a> ReportRow<'a> {
            /// What a row of the journal says; how often, when and in which batch is left empty.
            pub fn of(row: &journal::Row<'a>) -> Self {
                Self {
                    batch_id: "",
                    received_at: Timestamp::default(),
                    first_seen: Timestamp::default(),
                    last_seen: Timestamp::default(),
                    count: 0,
                    clients: 0,
                    disposition: "",
                    policy_hash: PolicyHash(row.policy_hash),
                    fingerprint: row.fingerprint,
                    $($code: row.$code.as_str(),)*
                    $($text: row.$text,)*
                    $($number: row.$number,)*
                    $($flag: row.$flag,)*
                }
            }
        }
    };
}

with_violation_columns!(define_report_row);

/// One report about a destination that nobody vouches for, or about a script that changed.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct SightingRow<'a> {
    pub batch_id: &'a str,
    pub received_at: Timestamp,
    pub seen_at: Timestamp,
    pub site: &'a str,
    pub page_group: &'a str,
    pub destination: &'a str,
    pub directive: &'a str,
    pub disposition: &'a str,
    pub channel: &'a str,
    pub verdict: &'a str,
    pub kind: &'a str,
    pub document_path: &'a str,
    pub client: u64,
    pub tag: &'a str,
    pub tag_signed: bool,
    pub verified: bool,
    pub extensionless: bool,
    pub fingerprint: u128,
}

/// How many reports of one minute, site and kind were limited.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct LimitedRow<'a> {
    pub batch_id: &'a str,
    pub received_at: Timestamp,
    /// Seconds since 1970, a multiple of 60.
    pub minute: u32,
    pub site: &'a str,
    pub kind: &'a str,
    pub count: u64,
}

/// A policy that pages carried in one sealed segment.
#[derive(Debug, Clone, PartialEq, Eq, Row, Serialize)]
#[expect(missing_docs, reason = "the columns are described where they are made, in the SQL")]
pub struct PolicyRow<'a> {
    pub site: &'a str,
    pub page_group: &'a str,
    pub policy_hash: PolicyHash,
    pub disposition: &'a str,
    pub policy: &'a str,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
}
