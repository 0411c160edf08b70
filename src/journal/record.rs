//! Records: what a segment says, one after the other.
//!
//! The first byte of a payload is its kind. A first sighting is written whole, a repetition in about
//! fifteen bytes: which row, which client, when.

use super::codec::{Cursor, put_int, put_text, put_uint};
use super::row::{EncodedRow, PreparedRow, Row};
use super::segment_id::SegmentId;
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::csp::ReportedPolicy;
use crate::report::{Disposition, Kind};

/// One record of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "records are looked at one by one, never kept")]
pub enum Record<'a> {
    /// A violation that the segment did not hold yet.
    First {
        /// The row's number: 0, 1, 2, … It is written, so that damage to one row does not shift the rest.
        number: u32,
        /// When the request arrived.
        received: Timestamp,
        /// The client, and when it was.
        sighting: Sighting<'a>,
        /// What happened.
        row: Row<'a>,
        /// The same, as it was written.
        encoded: EncodedRow<'a>,
    },
    /// One more report of a row.
    Repeat {
        /// The row's number.
        row: u32,
        /// The client, and when it was.
        sighting: Sighting<'a>,
    },
    /// Reports over a quota, counted and not kept.
    Limited {
        /// Beginning of the minute, in seconds since the epoch.
        minute: u32,
        /// The site whose endpoint received them.
        site: &'a str,
        /// Their kind.
        kind: Kind,
        /// How many more.
        count: u64,
    },
    /// A policy that pages carry, once a segment.
    Policy {
        /// When the request arrived that brought it.
        received: Timestamp,
        /// Its hash, as rows have it.
        hash: u64,
        /// Whether it is enforced.
        disposition: Disposition,
        /// The site.
        site: &'a str,
        /// The page group.
        page_group: &'a str,
        /// Its text, normalised.
        text: &'a str,
    },
    /// The segment's end: nothing follows.
    Seal {
        /// How many rows it has.
        rows: u32,
        /// How many reports: first sightings and repetitions.
        reports: u64,
        /// Which segment it is, should its head be damaged; version 1 does not say it.
        id: Option<SegmentId>,
    },
}

/// One report of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// Keyed hash of the client ([`crate::accept`] makes it).
    pub client: ClientId,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// Whether the browser cannot have extensions, as far as it says what it is. Journals before 0.1.0 do not say it.
    pub extensionless: bool,
    /// The correlation tag of the report's URL, or empty.
    pub tag: &'a str,
    /// Whether the site itself made the tag.
    pub is_tag_signed: bool,
}

const FIRST: u8 = 1;
const REPEAT: u8 = 2;
const LIMITED: u8 = 3;
const SEAL: u8 = 4;
const POLICY: u8 = 5;

/// Beside the code of a sighting's disposition: its tag is signed.
const TAG_SIGNED: u8 = 0x80;
/// Beside it, too: the browser cannot have extensions.
const EXTENSIONLESS: u8 = 0x40;

/// Appends a first sighting.
pub(super) fn put_first(
    out: &mut Vec<u8>,
    number: u32,
    received: Timestamp,
    sighting: Sighting<'_>,
    row: &PreparedRow,
) {
    out.push(FIRST);
    put_uint(out, u64::from(number));
    put_int(out, received.millis());
    put_sighting(out, sighting);
    row.encode(out);
}

/// Appends a repetition.
pub(super) fn put_repeat(out: &mut Vec<u8>, row: u32, sighting: Sighting<'_>) {
    out.push(REPEAT);
    put_uint(out, u64::from(row));
    put_sighting(out, sighting);
}

/// Appends a count of limited reports.
pub(super) fn put_limited(out: &mut Vec<u8>, minute: u32, site: &str, kind: Kind, count: u64) {
    out.extend_from_slice(&[LIMITED, kind.code()]);
    put_uint(out, u64::from(minute));
    put_uint(out, count);
    put_text(out, site);
}

/// Appends a policy that a report of this row carried.
pub(super) fn put_policy(
    out: &mut Vec<u8>,
    received: Timestamp,
    disposition: Disposition,
    row: &Row<'_>,
    policy: &ReportedPolicy,
) {
    out.extend_from_slice(&[POLICY, disposition.code()]);
    put_int(out, received.millis());
    out.extend_from_slice(&policy.hash.to_le_bytes());
    for text in [row.site, row.page_group, policy.text()] {
        put_text(out, text);
    }
}

/// Appends the end.
pub(super) fn put_seal(out: &mut Vec<u8>, rows: u32, reports: u64, id: SegmentId) {
    out.push(SEAL);
    put_uint(out, u64::from(rows));
    put_uint(out, reports);
    if id.start != 0 {
        out.extend_from_slice(&id.encode());
    }
}

fn put_sighting(out: &mut Vec<u8>, sighting: Sighting<'_>) {
    out.extend_from_slice(&sighting.client.0.to_le_bytes());
    put_int(out, sighting.at.millis());
    let flag = |is_set, bit| if is_set { bit } else { 0 };
    let flags =
        flag(sighting.is_tag_signed, TAG_SIGNED) | flag(sighting.extensionless, EXTENSIONLESS);
    out.push(sighting.disposition.code() | flags);
    put_text(out, sighting.tag);
}

impl<'a> Record<'a> {
    /// Reads a payload; `None` when it is none of the above.
    pub(super) fn decode(payload: &'a [u8]) -> Option<Self> {
        let cursor = &mut Cursor(payload);
        let record = match cursor.byte()? {
            FIRST => {
                let number = cursor.narrow()?;
                let received = Timestamp::from_millis(cursor.int()?);
                let sighting = Sighting::decode(cursor)?;
                let (encoded, row) = EncodedRow::new(cursor.0)?;
                return Some(Self::First { number, received, sighting, row, encoded });
            }
            REPEAT => Self::Repeat { row: cursor.narrow()?, sighting: Sighting::decode(cursor)? },
            LIMITED => {
                let kind = Kind::from_code(cursor.byte()?)?;
                let (minute, count) = (cursor.narrow()?, cursor.uint()?);
                Self::Limited { minute, site: cursor.text()?, kind, count }
            }
            POLICY => {
                let disposition = Disposition::from_code(cursor.byte()?)?;
                let received = Timestamp::from_millis(cursor.int()?);
                let hash = u64::from_le_bytes(cursor.array()?);
                let (site, page_group, text) = (cursor.text()?, cursor.text()?, cursor.text()?);
                Self::Policy { received, hash, disposition, site, page_group, text }
            }
            SEAL => {
                let (rows, reports) = (cursor.narrow()?, cursor.uint()?);
                let id = match cursor.0 {
                    [] => None,
                    head => {
                        let (id, length) = SegmentId::decode(head)?;
                        cursor.take(length)?;
                        Some(id)
                    }
                };
                Self::Seal { rows, reports, id }
            }
            _ => return None,
        };
        cursor.0.is_empty().then_some(record)
    }
}

impl<'a> Sighting<'a> {
    /// The same, so many milliseconds later.
    pub fn moved(self, millis: i64) -> Self {
        Self { at: self.at.moved(millis), ..self }
    }

    /// Of a payload that is a report's, its row's number and the sighting; the row itself is not read.
    pub(super) fn of_report(payload: &'a [u8]) -> Option<(u32, Self)> {
        let cursor = &mut Cursor(payload);
        let kind = cursor.byte()?;
        let number = cursor.narrow()?;
        match kind {
            FIRST => _ = cursor.int()?,
            REPEAT => {}
            _ => return None,
        }
        Some((number, Self::decode(cursor)?))
    }

    fn decode(cursor: &mut Cursor<'a>) -> Option<Self> {
        let client = u64::from_le_bytes(cursor.array()?);
        let at = Timestamp::from_millis(cursor.int()?);
        let code = cursor.byte()?;
        Some(Self {
            client: ClientId(client),
            at,
            disposition: Disposition::from_code(code & !(TAG_SIGNED | EXTENSIONLESS))?,
            extensionless: code & EXTENSIONLESS != 0,
            tag: cursor.text()?,
            is_tag_signed: code & TAG_SIGNED != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::example;
    use super::*;

    #[test]
    fn records_come_back() {
        let sighting = Sighting {
            client: ClientId(u64::MAX - 1),
            at: Timestamp::from_millis(-5),
            disposition: Disposition::Report,
            extensionless: true,
            tag: "order-7",
            is_tag_signed: true,
        };
        let row = PreparedRow::new(&example(9));
        let mut row_bytes = Vec::new();
        row.encode(&mut row_bytes);
        let (encoded, _) = EncodedRow::new(&row_bytes).expect("a row");
        let received = Timestamp::from_millis(17);
        type Put<'a> = &'a dyn Fn(&mut Vec<u8>);
        let policy = ReportedPolicy::new(3, "img-src;");
        let example_row = example(9);
        let id = SegmentId { collector: 1, number: 2, opened: received, start: 3, cut: 4 };
        let cases: [(Put<'_>, Record<'_>); 6] = [
            (
                &|out| put_first(out, 8, received, sighting, &row),
                Record::First { number: 8, received, sighting, row: example(9), encoded },
            ),
            (&|out| put_repeat(out, 300, sighting), Record::Repeat { row: 300, sighting }),
            (
                &|out| put_limited(out, 60, "s", Kind::Csp, 5),
                Record::Limited { minute: 60, site: "s", kind: Kind::Csp, count: 5 },
            ),
            (
                &|out| put_policy(out, received, Disposition::Enforce, &example_row, &policy),
                Record::Policy {
                    received,
                    hash: 3,
                    disposition: Disposition::Enforce,
                    site: "shop",
                    page_group: "payment",
                    text: "img-src;",
                },
            ),
            (
                &|out| put_seal(out, 2, 1 << 40, id),
                Record::Seal { rows: 2, reports: 1 << 40, id: Some(id) },
            ),
            (
                &|out| put_seal(out, 2, 1, SegmentId { start: 0, ..id }),
                Record::Seal { rows: 2, reports: 1, id: None },
            ),
        ];
        for (put, expected) in cases {
            let mut bytes = Vec::new();
            put(&mut bytes);
            let of_report = match expected {
                Record::First { number, sighting, .. } => Some((number, sighting)),
                Record::Repeat { row, sighting } => Some((row, sighting)),
                _ => None,
            };
            assert_eq!(Sighting::of_report(&bytes), of_report);
            assert_eq!(Record::decode(&bytes), Some(expected));
            assert_eq!(Record::decode(&bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(Record::decode(&[99]), None);
    }
}
