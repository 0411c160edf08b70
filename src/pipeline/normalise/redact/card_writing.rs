//! How people and programs write the digits of a card in groups, and what they write behind them.

/// Groups as they are printed on cards (ISO/IEC 7813 leaves it open).
const PRINTED: [&[usize]; 5] =
    [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 1]];

/// Digits of the first group that is printed on any card.
pub(super) const PRINTED_FIRST: usize = 4;

/// Whether groups of such lengths are printed on cards.
pub(super) fn is_printed(lengths: impl ExactSizeIterator<Item = usize> + Clone) -> bool {
    PRINTED.iter().any(|printed| printed.iter().copied().eq(lengths.clone()))
}

/// Whether groups of such lengths begin those of a card.
pub(super) fn begins_printed(lengths: impl ExactSizeIterator<Item = usize> + Clone) -> bool {
    let begins = |printed: &&[usize]| {
        printed.len() >= lengths.len()
            && printed.iter().copied().zip(lengths.clone()).all(|(a, b)| a == b)
    };
    PRINTED.iter().any(begins)
}

/// The length of all groups but the last, which may be shorter.
pub(super) fn uniform_length(lengths: &[usize]) -> Option<usize> {
    let (last, others) = lengths.split_last()?;
    let first = *others.first()?;
    (others.iter().all(|length| *length == first) && *last <= first).then_some(first)
}

/// Whether digits behind a card number are its expiry date, its security code, or both.
pub(super) fn is_other_data(digits: &[u8]) -> bool {
    let is_both = |date: usize| {
        let Some(code) = digits.len().checked_sub(date).filter(|code| matches!(code, 0 | 3 | 4))
        else {
            return false;
        };
        is_expiry(&digits[..date]) || is_expiry(&digits[code..])
    };
    matches!(digits.len(), 0 | 3) || is_month(digits) || is_both(4) || is_both(6)
}

/// `1229`, `122029`, `2912`, `202912`.
fn is_expiry(digits: &[u8]) -> bool {
    let is_year = |year: &[u8]| match year {
        [tens, _] | [2, 0, tens, _] => (2..5).contains(tens),
        _ => false,
    };
    let (first, last) = (digits.split_at(2), digits.split_at(digits.len() - 2));
    is_month(first.0) && is_year(first.1) || is_year(last.0) && is_month(last.1)
}

fn is_month(digits: &[u8]) -> bool {
    matches!(digits, [tens, ones] if (1..=12).contains(&(tens * 10 + ones)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_cards() {
        assert!(is_printed([4, 6, 5].into_iter()) && !is_printed([3, 7, 7].into_iter()));
        assert!(PRINTED.iter().all(|groups| groups[0] == PRINTED_FIRST));
        assert_eq!(uniform_length(&[4, 4, 4, 4]), Some(4));
        assert_eq!(uniform_length(&[3, 3, 3, 3, 1]), Some(3));
        for other in [&[3, 7, 7][..], &[8], &[], &[2, 4, 4]] {
            assert_eq!(uniform_length(other), None);
        }
    }

    #[test]
    fn expiry_dates_and_security_codes() {
        for digits in [
            &[][..],
            &[1, 2, 3],
            &[1, 2, 2, 9],
            &[2, 9, 1, 2, 1, 2, 3],
            &[1, 2],
            &[1, 2, 2, 0, 2, 9],
        ] {
            assert!(is_other_data(digits), "{digits:?}");
        }
        for digits in [&[1][..], &[4, 4], &[9, 9, 9, 9], &[9; 11], &[9, 9, 0, 1, 9, 9, 0, 2]] {
            assert!(!is_other_data(digits), "{digits:?}");
        }
    }
}
