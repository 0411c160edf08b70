//! How many typing errors lie between two names: letters left out, added, changed, or two swapped (the
//! Damerau-Levenshtein distance, of which no letter is touched twice: "optimal string alignment").

/// The most letters of a name.
pub(super) const LETTERS: usize = 63;

/// The distance, if it is at most `max`.
pub(crate) fn within(a: &[u8], b: &[u8], max: u8) -> Option<u8> {
    if a.len().abs_diff(b.len()) > usize::from(max) || a.len().max(b.len()) > LETTERS {
        return None;
    }
    // A common beginning and end make no difference.
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    distance(&a[..a.len() - tail], &b[..b.len() - tail], max).filter(|distance| *distance <= max)
}

/// The distance, row by row of the usual table; `None` as soon as it must be more than `max`.
fn distance(a: &[u8], b: &[u8], max: u8) -> Option<u8> {
    let [first, second, third] = &mut [[0_u8; LETTERS + 1]; 3];
    let (mut before, mut last, mut row) = (first, second, third);
    for (cell, j) in last.iter_mut().zip(0..) {
        *cell = j;
    }
    for (i, number) in (1..=a.len()).zip(1..) {
        row[0] = number;
        let mut best = number;
        for j in 1..=b.len() {
            let changed = last[j - 1] + u8::from(a[i - 1] != b[j - 1]);
            let mut cell = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(before[j - 2] + 1);
            }
            row[j] = cell;
            best = best.min(cell);
        }
        if best > max {
            return None;
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    Some(last[b.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &str, b: &str, max: u8, expected: Option<u8>) {
        assert_eq!(within(a.as_bytes(), b.as_bytes(), max), expected, "{a} {b}");
        assert_eq!(within(b.as_bytes(), a.as_bytes(), max), expected, "{b} {a}");
    }

    #[test]
    fn distances() {
        check("braintree", "braintree", 2, Some(0));
        check("bralntree", "braintree", 2, Some(1));
        check("braintre", "braintree", 2, Some(1));
        check("exrpesso", "expresso", 2, Some(1));
        check("googleanaiytlcs", "googleanalytics", 2, Some(2));
        check("googleanaiytlcs", "googleanalytics", 1, None);
        check("abcd", "badc", 2, Some(2));
        check("", "ab", 2, Some(2));
        check("abcdef", "uvwxyz", 2, None);
    }
}
