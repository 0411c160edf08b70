//! How many different ones there were: exact while they are few, estimated beyond.
//!
//! HyperLogLog (Flajolet et al., 2007) with 1,024 registers: its standard error is 1.04 / sqrt(1024), 3.3 %.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::base::limits;

/// Bits of a hash that choose a register.
const INDEX_BITS: u32 = 10;
const REGISTERS: usize = 1 << INDEX_BITS;

/// A number of different values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Distinct {
    /// All of them, in the order of their coming.
    Exact(Vec<u64>),
    /// One byte a register.
    Estimated(Vec<u8>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Distinct {
    pub(super) fn add(&mut self, value: u64) {
        match self {
            Self::Exact(values) if values.contains(&value) => {}
            Self::Exact(values) if values.len() < limits::COUNTED_EXACTLY => push(values, value),
            Self::Exact(values) => {
                let mut registers = vec![0; REGISTERS];
                values.iter().for_each(|known| note(&mut registers, *known));
                note(&mut registers, value);
                *self = Self::Estimated(registers);
            }
            Self::Estimated(registers) => note(registers, value),
        }
    }

    /// How many there were.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn count(&self) -> usize {
        let registers = match self {
            Self::Exact(values) => return values.len(),
            Self::Estimated(registers) => registers,
        };
        let count = REGISTERS as f64;
        let sum: f64 = registers.iter().map(|rank| f64::powi(2.0, -i32::from(*rank))).sum();
        let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
        let empty = registers.iter().filter(|rank| **rank == 0).count();
        // Few values leave registers empty, and their number tells more.
        let estimate =
            if raw <= 2.5 * count && empty > 0 { count * (count / empty as f64).ln() } else { raw };
        estimate.round() as usize
    }
}

/// The register of a value remembers the longest run of zeroes.
fn note(registers: &mut [u8], value: u64) {
    // What comes are hashes in two halves, of which one is the same for neighbours.
    let mut hasher = SipHasher13::new();
    value.hash(&mut hasher);
    let hash = hasher.finish();
    let index = (hash >> (u64::BITS - INDEX_BITS)) as usize;
    let run = (hash << INDEX_BITS).leading_zeros().min(u64::BITS - INDEX_BITS);
    if let (Some(register), Ok(rank)) = (registers.get_mut(index), u8::try_from(run + 1)) {
        *register = (*register).max(rank);
    }
}

/// Invented destinations have one of each, and there are many of them: the first takes room for itself alone.
pub(super) fn push<T>(list: &mut Vec<T>, one: T) {
    if list.is_empty() {
        list.reserve_exact(1);
    }
    list.push(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted of so many values, each of which comes twice.
    fn counted(values: u64) -> usize {
        let mut distinct = Distinct::default();
        for value in (0..values).chain(0..values) {
            distinct.add(value << 32 | 7);
        }
        distinct.count()
    }

    #[test]
    fn few_are_counted_and_many_estimated() {
        let few = limits::COUNTED_EXACTLY;
        assert_eq!(counted(few as u64), few);
        for many in [few as u64 + 1, 1_000, 3_000, 10_000, 300_000] {
            let found = counted(many) as u64;
            assert!(found.abs_diff(many) * 10 <= many, "{found} of {many}");
        }
    }
}
