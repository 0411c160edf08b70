//! When a certificate ends. Nothing else of it is of interest here, and that stands near its beginning (RFC 5280, section 4.1):
//!
//! ```text
//! Certificate    SEQUENCE { tbsCertificate SEQUENCE { [0] version, serial, signature, issuer, validity, … }, … }
//! validity       SEQUENCE { notBefore, notAfter }, each UTCTime (YYMMDDHHMMSSZ) or GeneralizedTime (YYYYMMDDHHMMSSZ)
//! ```

use time::{Date, Month, PrimitiveDateTime, Time};

use crate::base::clock::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// When a certificate in DER ends; `None`: it does not say so as RFC 5280 wants it.
pub(super) fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&VERSION) {
        (_, _, rest) = element(rest)?;
    }
    // The serial number, the algorithm, the issuer.
    for _ in 0..3 {
        (_, _, rest) = element(rest)?;
    }
    let (tag, validity, _) = element(rest)?;
    let (_, _, rest) = element(validity)?;
    let (kind, text, _) = element(rest)?;
    if tag == SEQUENCE { moment(kind, text) } else { None }
}

/// The first element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match *first {
        short @ ..0x80 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7F))?;
            if digits.len() > 4 {
                return None;
            }
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

fn moment(kind: u8, text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let years = match kind {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return None,
    };
    let (year, rest) = text.split_at_checked(years)?;
    let year: i32 = year.parse().ok()?;
    // RFC 5280, section 4.1.2.5.1.
    let year = match years {
        2 if year < 50 => 2000 + year,
        2 => 1900 + year,
        _ => year,
    };
    let part = |index: usize| rest.get(2 * index..2 * index + 2)?.parse::<u8>().ok();
    let month = Month::try_from(part(0)?).ok()?;
    let date = Date::from_calendar_date(year, month, part(1)?).ok()?;
    let time = Time::from_hms(part(2)?, part(3)?, part(4)?).ok()?;
    Some(Timestamp::from_seconds(PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate() {
        for (year, seconds) in [(2030, 1_893_456_000), (2060, 2_840_140_800)] {
            let key = rcgen::KeyPair::generate().expect("a key");
            let mut wanted =
                rcgen::CertificateParams::new(vec!["a.example".to_owned()]).expect("a name");
            wanted.not_after = rcgen::date_time_ymd(year, 1, 1);
            let certificate = wanted.self_signed(&key).expect("a certificate");
            assert_eq!(not_after(certificate.der()), Some(Timestamp::from_seconds(seconds)));
            for length in 0..certificate.der().len().min(200) {
                assert_eq!(not_after(&certificate.der()[..length]), None, "{length} bytes of it");
            }
        }
    }
}
