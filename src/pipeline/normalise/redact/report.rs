//! A report as it is kept. It is judged by what it said; what is kept of it is decided for all its texts together, because a
//! card number may be spread over them.

use std::borrow::Cow;
use std::net::IpAddr;

use super::spread::Numbers;
use super::strictness::{DIGITS_KEPT, Strictness, Sums};
use super::{RedactionKey, ascii_digits, bounded, cards, file_names, harmless};
use crate::base::domain::registrable;
use crate::base::limits;
use crate::report::{Kind, Report, is_keyword, is_network_scheme};

/// Redacts all texts of a judged report, policy excepted.
pub fn redact_report(report: &mut Report<'_>, key: &RedactionKey) {
    if matches!(report.kind, Kind::Census | Kind::InlineHash) {
        // It is about a page group, and it is nobody's business which pages its visitors read.
        report.document.path = Cow::Borrowed("");
    }
    let mut kept = Sums::default();
    for strictness in [Strictness::Usual, Strictness::LongNumbers, Strictness::Numbers] {
        kept = redact_texts(report, strictness, key);
        if kept.digits <= DIGITS_KEPT && !is_given_back(report, kept) {
            return;
        }
    }
    // Numbers that are no texts, hashes that people approve, and names that are evidence, are left.
    (report.line, report.column) = (0, 0);
    if is_given_back(report, kept) {
        (report.blocked.port, report.status_code) = (0, 0);
    }
    if is_given_back(report, kept) {
        kept = redact_texts(report, Strictness::ContentHashes, key);
    }
    if is_given_back(report, kept) {
        empty(report);
    }
}

/// Keeps of a report where it happened and who is involved only.
fn empty(report: &mut Report<'_>) {
    for place in [&mut report.document, &mut report.blocked, &mut report.source] {
        if !place.path.is_empty() {
            place.path = Cow::Borrowed("/{pan}");
        }
        if !is_fixed(&place.scheme) {
            place.scheme = Cow::Borrowed("");
        }
    }
    for text in [&mut report.sample, &mut report.detail, &mut report.type_name] {
        *text = Cow::Borrowed("");
    }
}

/// Redacts each text by itself, but for a resource's hash, which is compared in full and was checked; returns what all of
/// them keep.
fn redact_texts(report: &mut Report<'_>, strictness: Strictness, key: &RedactionKey) -> Sums {
    let mut sums = Sums::default();
    let mut redact = |text: &mut Cow<'_, str>, bytes_max: usize| {
        if !text.is_empty() {
            let redacted = bounded(std::mem::take(text), bytes_max, strictness, key);
            sums.digits += redacted.sums.digits;
            sums.content_hashes += redacted.sums.content_hashes;
            *text = redacted.text;
        }
    };
    for place in [&mut report.document, &mut report.blocked, &mut report.source] {
        // Marks may be longer than what they replace. A query that is kept has as much room again.
        let parts = if place.path.contains('?') { 2 } else { 1 };
        redact(&mut place.path, parts * limits::PATH_BYTES);
    }
    // The directive is out of a closed set.
    redact(&mut report.type_name, limits::NAME_BYTES);
    if !has_hash(report) {
        redact(&mut report.detail, limits::NAME_BYTES);
    }
    if report.kind != Kind::SriFailure {
        redact(&mut report.sample, limits::SAMPLE_BYTES);
    }
    for place in [&mut report.document, &mut report.blocked, &mut report.source] {
        if !is_fixed(&place.scheme) {
            redact(&mut place.scheme, limits::NAME_BYTES);
        }
    }
    for place in [&mut report.document, &mut report.blocked, &mut report.source] {
        sums.digits += redact_host(&mut place.host, strictness, key);
    }
    sums
}

/// Whether its detail is a script's hash.
fn has_hash(report: &Report<'_>) -> bool {
    matches!(report.kind, Kind::CspHash | Kind::InlineHash)
}

/// Whether a scheme, or a word in a URL's place, is out of a closed set: nothing is hidden in it, and noise rules and people
/// look for it.
fn is_fixed(scheme: &str) -> bool {
    is_network_scheme(scheme) || is_keyword(scheme)
}

/// Redacts the labels below the registrable domain, which is evidence and stays; returns the digits of the host.
fn redact_host(host: &mut Cow<'_, str>, strictness: Strictness, key: &RedactionKey) -> usize {
    let count = |text: &str| ascii_digits::count(text.as_bytes());
    let mut findings = Vec::new();
    let sums = harmless::find(host.as_bytes(), strictness, &mut findings);
    // Of nearly all hosts all is harmless, and the list of public suffixes need not be asked which domain it is.
    let is_harmless = findings.is_empty() && sums.strictness(strictness) == strictness;
    if is_harmless || host.parse::<IpAddr>().is_ok() {
        return count(host);
    }
    let domain = registrable(host);
    let digits = count(domain);
    let labels = &host[..host.len() - domain.len()];
    if labels.is_empty() {
        return digits;
    }
    let redacted = bounded(Cow::Borrowed(labels), limits::HOST_BYTES, strictness, key);
    let kept = redacted.sums.digits;
    if redacted.text != labels {
        // A dot is between the two.
        let room = limits::HOST_BYTES.saturating_sub(domain.len() + 1);
        let labels = super::cut(redacted.text, room);
        let whole = format!("{}.{domain}", labels.trim_end_matches('.'));
        *host = Cow::Owned(whole);
    }
    digits + kept
}

/// Whether a text of a report, or all of them one behind the other, spell a card number; or the hashes of its files.
fn is_given_back(report: &Report<'_>, kept: Sums) -> bool {
    let Report { document, blocked, source, .. } = report;
    let paths = [&*document.path, &blocked.path, &source.path];
    if kept.content_hashes > 1 && file_names::holds_card(&file_names::hashes_of(&paths)) {
        return true;
    }
    let sample = if report.kind == Kind::SriFailure { "" } else { &report.sample };
    let detail = if has_hash(report) { "" } else { &report.detail };
    let texts = [
        &*document.host,
        &document.path,
        &blocked.host,
        &blocked.path,
        &source.host,
        &source.path,
        if is_network_scheme(&blocked.scheme) { "" } else { &blocked.scheme },
        &report.type_name,
        sample,
        detail,
    ];
    let numbers = Numbers {
        port: blocked.port,
        positions: [report.line, report.column],
        status: report.status_code,
    };
    cards::are_in(&texts, &numbers)
}
