//! Masks the whole of a value where most of it is masked, and names its class.

use std::cmp::Reverse;
use std::ops::Range;

use super::{Mark, MaskedSpan, file_names, look};

/// What findings are a part of: all characters around them that a value may have.
struct Run {
    range: Range<usize>,
    /// Whether more than half of it is masked.
    is_mostly_masked: bool,
    is_file: bool,
    /// Whether each finding within it has this run. One that has other characters joins two runs.
    is_shared: bool,
}

/// Widens findings to what they are a part of, where that is mostly they, and names their classes.
pub(super) fn widen(bytes: &[u8], mut findings: Vec<MaskedSpan>) -> Vec<MaskedSpan> {
    findings.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
    let mut widened: Vec<MaskedSpan> = Vec::with_capacity(findings.len());
    // A text may be one run with a thousand findings: it is looked at once.
    let mut last: Option<Run> = None;
    for (range, _) in &findings {
        if widened.last().is_some_and(|(last, _)| range.end <= last.end) {
            continue;
        }
        let run = match last.take().filter(|run| run.is_shared && run.has(range)) {
            Some(run) => run,
            None => Run::around(bytes, &findings, range),
        };
        let is_whole = run.is_mostly_masked && !run.is_file;
        let range = if is_whole { run.range.clone() } else { range.clone() };
        let mark = if run.is_file { Mark::Hash } else { class(&bytes[range.clone()]) };
        widened.push((range, mark));
        last = Some(run);
    }
    widened
}

impl Run {
    /// The run of a finding. `findings`: all of them, in the order of their starts.
    fn around(bytes: &[u8], findings: &[MaskedSpan], finding: &Range<usize>) -> Self {
        let before = bytes[..finding.start].iter().rev().take_while(|byte| is_part(byte)).count();
        let after = bytes[finding.end..].iter().take_while(|byte| is_part(byte)).count();
        let range = finding.start - before..finding.end + after;
        let first = findings.partition_point(|(other, _)| other.start < range.start);
        let beginning = findings[first..].iter().map(|(other, _)| other);
        let beginning = beginning.take_while(|other| look(other.start) < range.end);
        let masked: usize =
            beginning.filter(|other| other.end <= range.end).map(|other| other.len()).sum();
        Self {
            is_mostly_masked: masked * 2 > range.len(),
            is_file: file_names::is_static(&bytes[range.clone()]),
            is_shared: bytes[finding.clone()].iter().all(is_part),
            range,
        }
    }

    fn has(&self, finding: &Range<usize>) -> bool {
        self.range.start <= finding.start && finding.end <= self.range.end
    }
}

fn is_part(byte: &u8) -> bool {
    let byte = look(*byte);
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)
}

/// Numbers, also hexadecimal ones, are identifiers; the rest are tokens.
fn class(value: &[u8]) -> Mark {
    let is_number =
        value.iter().all(|byte| byte.is_ascii_hexdigit() || b" -_.~()/+".contains(byte))
            && value.iter().any(u8::is_ascii_digit);
    if is_number { Mark::Id } else { Mark::Token }
}
