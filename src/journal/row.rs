//! A row as the journal keeps it: one distinct violation, already normalised, redacted and judged.

use super::codec::{Cursor, put_int, put_text, put_uint};
use crate::report::Fingerprint;
use crate::report::{Channel, Engine, Kind, Verdict};

/// One distinct violation. What repeats it shares all of this.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the table `reports`; see store/schema")]
pub struct Row<'a> {
    pub fingerprint: Fingerprint,
    pub site: &'a str,
    pub page_group: &'a str,
    /// Whether the page group takes cards.
    pub payment: bool,
    pub kind: Kind,
    pub type_name: &'a str,
    pub directive: &'a str,
    pub verdict: Verdict,
    pub reason: &'a str,
    pub destination: &'a str,
    pub channel: Channel,
    pub blocked_scheme: &'a str,
    pub blocked_host: &'a str,
    pub blocked_port: u16,
    pub blocked_path: &'a str,
    pub document_host: &'a str,
    pub document_path: &'a str,
    pub source_scheme: &'a str,
    pub source_host: &'a str,
    pub source_path: &'a str,
    pub line: u32,
    pub column: u32,
    pub status_code: u16,
    pub sample: &'a str,
    pub detail: &'a str,
    pub policy_hash: u64,
    pub engine: Engine,
    pub engine_version: u16,
    pub pan_in_url: bool,
    pub verified: bool,
    /// Whether the script that did it is the site's own, or of a known host.
    pub own_source: bool,
}

impl<'a> Row<'a> {
    /// Whether each report of this row is a sighting: a row of its own in the table `sightings`.
    pub fn is_sighting(&self) -> bool {
        matches!(self.verdict, Verdict::Unknown | Verdict::Impossible)
            || matches!(self.kind, Kind::Integrity | Kind::SriFailure)
    }

    /// Its texts, in the order in which they are written.
    fn texts(&self) -> [&'a str; TEXTS] {
        [
            self.site,
            self.page_group,
            self.type_name,
            self.directive,
            self.reason,
            self.destination,
            self.blocked_scheme,
            self.blocked_host,
            self.blocked_path,
            self.document_host,
            self.document_path,
            self.source_scheme,
            self.source_host,
            self.source_path,
            self.sample,
            self.detail,
        ]
    }

    /// The row with these texts in the place of its own.
    fn with_texts<'t>(&self, texts: [&'t str; TEXTS]) -> Row<'t> {
        let [
            site,
            page_group,
            type_name,
            directive,
            reason,
            destination,
            blocked_scheme,
            blocked_host,
            blocked_path,
            document_host,
            document_path,
            source_scheme,
            source_host,
            source_path,
            sample,
            detail,
        ] = texts;
        Row {
            site,
            page_group,
            type_name,
            directive,
            reason,
            destination,
            blocked_scheme,
            blocked_host,
            blocked_path,
            document_host,
            document_path,
            source_scheme,
            source_host,
            source_path,
            sample,
            detail,
            fingerprint: self.fingerprint,
            payment: self.payment,
            kind: self.kind,
            verdict: self.verdict,
            channel: self.channel,
            blocked_port: self.blocked_port,
            line: self.line,
            column: self.column,
            status_code: self.status_code,
            policy_hash: self.policy_hash,
            engine: self.engine,
            engine_version: self.engine_version,
            pan_in_url: self.pan_in_url,
            verified: self.verified,
            own_source: self.own_source,
        }
    }

    /// Appends the row. Layout: fingerprint (16 bytes, little-endian), four codes of one byte, flags, the
    /// numbers as integers, the texts; in the order below.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.encode_numbers(out);
        self.texts().into_iter().for_each(|text| put_text(out, text));
    }

    fn encode_numbers(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.fingerprint.to_le_bytes());
        out.extend_from_slice(&[
            self.kind.code(),
            self.verdict.code(),
            self.channel.code(),
            self.engine.code(),
            u8::from(self.payment)
                | u8::from(self.pan_in_url) << 1
                | u8::from(self.verified) << 2
                | u8::from(self.own_source) << 3,
        ]);
        // Once the time of the report, which its sighting has too.
        put_int(out, 0);
        out.extend_from_slice(&self.policy_hash.to_le_bytes());
        for number in [
            u32::from(self.blocked_port),
            self.line,
            self.column,
            u32::from(self.status_code),
            u32::from(self.engine_version),
        ] {
            put_uint(out, u64::from(number));
        }
    }

    /// Reads a row; `None` when the bytes are not exactly one.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let cursor = &mut Cursor(bytes);
        let numbers = Row::decode_numbers(cursor)?;
        let mut texts = [""; TEXTS];
        for text in &mut texts {
            *text = cursor.text()?;
        }
        cursor.0.is_empty().then(|| numbers.with_texts(texts))
    }
}

impl Row<'static> {
    /// Reads all but the texts, which are empty.
    fn decode_numbers(cursor: &mut Cursor<'_>) -> Option<Self> {
        let fingerprint = Fingerprint::from_le_bytes(cursor.array()?);
        let [kind, verdict, channel, engine, flags] = cursor.array()?;
        let _time = cursor.int()?;
        let policy_hash = u64::from_le_bytes(cursor.array()?);
        // Fields are read in the order in which they are written here: that of `encode_numbers`.
        Some(Row {
            fingerprint,
            kind: Kind::from_code(kind)?,
            verdict: Verdict::from_code(verdict)?,
            channel: Channel::from_code(channel)?,
            engine: Engine::from_code(engine)?,
            payment: flags & 1 != 0,
            pan_in_url: flags & 2 != 0,
            verified: flags & 4 != 0,
            own_source: flags & 8 != 0,
            policy_hash,
            blocked_port: cursor.narrow()?,
            line: cursor.narrow()?,
            column: cursor.narrow()?,
            status_code: cursor.narrow()?,
            engine_version: cursor.narrow()?,
            site: "",
            page_group: "",
            type_name: "",
            directive: "",
            reason: "",
            destination: "",
            blocked_scheme: "",
            blocked_host: "",
            blocked_path: "",
            document_host: "",
            document_path: "",
            source_scheme: "",
            source_host: "",
            source_path: "",
            sample: "",
            detail: "",
        })
    }
}

/// Texts of a row.
const TEXTS: usize = 16;

/// A row that is read again and again, and written now and then: its texts need not be checked each time.
#[derive(Debug, PartialEq, Eq)]
pub struct PreparedRow {
    /// All but the texts, encoded.
    numbers: Box<[u8]>,
    /// One after the other.
    texts: Box<str>,
    /// Where each of them ends.
    ends: [u32; TEXTS],
}

/// Room for the numbers of a row.
const NUMBERS_USUAL_BYTES: usize = 64;

impl PreparedRow {
    /// Prepares a row.
    pub fn new(row: &Row<'_>) -> Self {
        let mut numbers = Vec::with_capacity(NUMBERS_USUAL_BYTES);
        row.encode_numbers(&mut numbers);
        let mut texts = String::with_capacity(row.texts().iter().map(|text| text.len()).sum());
        let ends = row.texts().map(|text| {
            texts.push_str(text);
            u32::try_from(texts.len()).unwrap_or(u32::MAX)
        });
        Self { numbers: numbers.as_slice().into(), texts: texts.into(), ends }
    }

    /// Writes it as [`Row::encode`] does.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.numbers);
        self.texts().into_iter().for_each(|text| put_text(out, text));
    }

    /// The row.
    pub fn row(&self) -> Row<'_> {
        let numbers = Row::decode_numbers(&mut Cursor(&self.numbers));
        numbers.expect("they were encoded here").with_texts(self.texts())
    }

    fn texts(&self) -> [&str; TEXTS] {
        let mut start = 0;
        self.ends.map(|end| {
            let end = end as usize;
            // Whole texts were put together.
            let text = self.texts.get(start..end).unwrap_or("");
            start = end;
            text
        })
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.numbers.len() + self.texts.len()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::journal) fn example(fingerprint: Fingerprint) -> Row<'static> {
        Row {
            fingerprint,
            site: "shop",
            page_group: "payment",
            payment: true,
            kind: Kind::Csp,
            type_name: "",
            directive: "form-action",
            verdict: Verdict::Unknown,
            reason: "unlisted",
            destination: "evil.example",
            channel: Channel::Send,
            blocked_scheme: "https",
            blocked_host: "x.evil.example",
            blocked_port: 8443,
            blocked_path: "/c",
            document_host: "shop.example",
            document_path: "/checkout",
            source_scheme: "",
            source_host: "",
            source_path: "",
            line: 70_000,
            column: 3,
            status_code: 200,
            sample: "ü",
            detail: "",
            policy_hash: u64::MAX,
            engine: Engine::Firefox,
            engine_version: 153,
            pan_in_url: true,
            verified: true,
            own_source: true,
        }
    }

    #[test]
    fn rows_come_back() {
        let row = example(u128::MAX - 5);
        let mut bytes = Vec::new();
        row.encode(&mut bytes);
        assert_eq!(Row::decode(&bytes), Some(row));
        for length in 0..bytes.len() {
            assert_eq!(Row::decode(&bytes[..length]), None);
        }
        bytes.push(0);
        assert_eq!(Row::decode(&bytes), None);
    }

    #[test]
    fn prepared_rows_are_what_they_were() {
        let row = example(7);
        let prepared = PreparedRow::new(&row);
        let (mut bytes, mut again) = (Vec::new(), Vec::new());
        row.encode(&mut bytes);
        prepared.encode(&mut again);
        assert_eq!((prepared.row(), again), (row, bytes));
    }
}
