//! A row as the journal keeps it: one distinct violation, already normalised, redacted and judged.

use super::codec::{Cursor, put_int, put_text, put_uint};
use crate::base::limits;
use crate::report::{Channel, Engine, Fingerprint, Kind, Verdict, with_violation_columns};

/// Defines the row, and what is the same for each of its texts.
macro_rules! define_row {
    (
        codes { $($code:ident: $set:ident = $default:expr,)* }
        texts { $($text:ident,)* }
        numbers { $($number:ident: $width:ident,)* }
        flags { $($flag:ident,)* }
    ) => {
        /// One distinct violation. What repeats it shares all of this.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the columns of the table `reports`; see store/schema")]
        pub struct Row<'a> {
            pub fingerprint: Fingerprint,
            /// Whether the page group takes cards.
            pub payment: bool,
            /// Whether the script that did it is the site's own, or of a known host.
            pub own_source: bool,
            pub policy_hash: u64,
            $(pub $code: $set,)*
            $(pub $text: &'a str,)*
            $(pub $number: $width,)*
            $(pub $flag: bool,)*
        }

        /// How many texts a row has.
        const TEXTS: usize = [$(stringify!($text)),*].len();

        impl Row<'static> {
            /// A row that says nothing.
            pub const EMPTY: Self = Row {
                fingerprint: 0,
                payment: false,
                own_source: false,
                policy_hash: 0,
                $($code: $default,)*
                $($text: "",)*
                $($number: 0,)*
                $($flag: false,)*
            };
        }

        /// All of a row but its texts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        struct Numbers {
            fingerprint: Fingerprint,
            payment: bool,
            own_source: bool,
            policy_hash: u64,
            $($code: $set,)*
            $($number: $width,)*
            $($flag: bool,)*
        }

        impl Numbers {
            fn decode(cursor: &mut Cursor<'_>) -> Option<Self> {
                // Fields are read in the order in which they are written here: that of `encode`.
                let fingerprint = Fingerprint::from_le_bytes(cursor.array()?);
                $(let [$code] = cursor.array()?;)*
                let [flags] = cursor.array()?;
                let _time = cursor.int()?;
                Some(Self {
                    fingerprint,
                    $($code: $set::from_code($code)?,)*
                    payment: flags & PAYMENT != 0,
                    pan_in_url: flags & PAN_IN_URL != 0,
                    verified: flags & VERIFIED != 0,
                    own_source: flags & OWN_SOURCE != 0,
                    policy_hash: u64::from_le_bytes(cursor.array()?),
                    $($number: cursor.narrow()?,)*
                })
            }

            fn encode(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.fingerprint.to_le_bytes());
                let flag = |is_set, bit| if is_set { bit } else { 0 };
                let flags = flag(self.payment, PAYMENT)
                    | flag(self.pan_in_url, PAN_IN_URL)
                    | flag(self.verified, VERIFIED)
                    | flag(self.own_source, OWN_SOURCE);
                out.extend_from_slice(&[$(self.$code.code(),)* flags]);
                // Once the time of the report, which its sighting has too.
                put_int(out, 0);
                out.extend_from_slice(&self.policy_hash.to_le_bytes());
                $(put_uint(out, u64::from(self.$number));)*
            }

            /// The row that has these texts.
            fn with_texts<'t>(&self, [$($text),*]: [&'t str; TEXTS]) -> Row<'t> {
                Row {
                    fingerprint: self.fingerprint,
                    payment: self.payment,
                    own_source: self.own_source,
                    policy_hash: self.policy_hash,
                    $($code: self.$code,)*
                    $($text,)*
                    $($number: self.$number,)*
                    $($flag: self.$flag,)*
                }
            }
        }

        impl<'a> Row<'a> {
            /// Its texts, in the order in which they are written.
            fn texts(&self) -> [&'a str; TEXTS] {
                [$(self.$text),*]
            }

            fn numbers(&self) -> Numbers {
                Numbers {
                    fingerprint: self.fingerprint,
                    payment: self.payment,
                    own_source: self.own_source,
                    policy_hash: self.policy_hash,
                    $($code: self.$code,)*
                    $($number: self.$number,)*
                    $($flag: self.$flag,)*
                }
            }
        }
    };
}

with_violation_columns!(define_row);

const PAYMENT: u8 = 1;
const PAN_IN_URL: u8 = 1 << 1;
const VERIFIED: u8 = 1 << 2;
const OWN_SOURCE: u8 = 1 << 3;

impl<'a> Row<'a> {
    /// Whether each report of this row is a sighting: a row of its own in the table `sightings`.
    pub fn is_sighting(&self) -> bool {
        matches!(self.verdict, Verdict::Unknown | Verdict::Impossible)
            || matches!(self.kind, Kind::Integrity | Kind::SriFailure)
    }

    /// Whether one of its URLs has a card number, and that is no known destination, which is expected to get it.
    pub fn leaks_card_number(&self) -> bool {
        self.pan_in_url && self.verdict != Verdict::Known
    }

    /// Appends the row. Layout: fingerprint (16 bytes, little-endian), four codes of one byte, a byte of flags, a time that
    /// is 0, the policy's hash (8 bytes, little-endian), the numbers as integers, the texts; in the order of the list.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.numbers().encode(out);
        self.texts().into_iter().for_each(|text| put_text(out, text));
    }

    /// Reads a row; `None` when the bytes are not exactly one.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let cursor = &mut Cursor(bytes);
        let numbers = Numbers::decode(cursor)?;
        Some(numbers.with_texts(cursor.texts()?))
    }
}

/// A row as it was written, which can be decoded whenever it is wanted. In memory it takes a twentieth of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncodedRow<'a>(&'a [u8]);

impl<'a> EncodedRow<'a> {
    /// A row and its bytes; `None` when those are not exactly one.
    pub(super) fn new(bytes: &'a [u8]) -> Option<(Self, Row<'a>)> {
        Some((Self(bytes), Row::decode(bytes)?))
    }

    /// The row.
    pub fn row(self) -> Row<'a> {
        Row::decode(self.0).expect("it was decoded before")
    }
}

/// A row that is read again and again, and written now and then: nothing of it needs to be decoded each time.
#[derive(Debug, PartialEq, Eq)]
pub struct PreparedRow {
    numbers: Numbers,
    /// One after the other.
    texts: Box<str>,
    /// Where each of them ends.
    ends: [u32; TEXTS],
    /// Bytes of each of its sightings; 0 where its reports are none.
    sighting_bytes: u32,
}

/// Bytes that the numbers of a row have at most where they are written: 16 of the fingerprint, 8 of the policy's hash, 6 of
/// codes, flags and time, 19 of integers.
const NUMBERS_BYTES: usize = 49;

impl PreparedRow {
    /// Prepares a row.
    pub fn new(row: &Row<'_>) -> Self {
        let mut texts = String::with_capacity(row.texts().iter().map(|text| text.len()).sum());
        let ends = row.texts().map(|text| {
            texts.push_str(text);
            u32::try_from(texts.len()).unwrap_or(u32::MAX)
        });
        let sighting_bytes = if row.is_sighting() { sighting_bytes(row) } else { 0 };
        Self { numbers: row.numbers(), texts: texts.into(), ends, sighting_bytes }
    }

    /// Writes it as [`Row::encode`] does.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.numbers.encode(out);
        self.texts().into_iter().for_each(|text| put_text(out, text));
    }

    /// The row.
    pub fn row(&self) -> Row<'_> {
        self.numbers.with_texts(self.texts())
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

    /// Bytes that [`PreparedRow::encode`] writes at most, but for the lengths of its texts.
    pub fn encoded_bytes(&self) -> usize {
        NUMBERS_BYTES + self.texts.len()
    }

    /// Bytes of the row of each report of it in the table `sightings`; 0 where its reports are no sightings.
    pub fn sighting_bytes(&self) -> usize {
        self.sighting_bytes as usize
    }

    /// Bytes that it takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.texts.len()
    }
}

/// As the columns of the table `sightings` are: numbers and short words, the destination, and the page.
fn sighting_bytes(row: &Row<'_>) -> u32 {
    let texts = row.destination.len() + row.document_path.len();
    u32::try_from(limits::SIGHTING_BYTES_AROUND + texts).unwrap_or(u32::MAX)
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
