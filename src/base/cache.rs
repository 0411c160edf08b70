//! What was used lately, bounded: two generations, of which the older goes when the younger is full. What is used all
//! the time is never lost, and nobody has to look for what could go.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use crate::base::lock::RwLock;

/// For keys that are hashes already. Who can choose among keys finds few places that collide: a generation is small.
#[derive(Clone, Copy, Debug, Default)]
struct Given(u64);

impl Hasher for Given {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = self.0.rotate_left(32) ^ word;
    }

    #[allow(clippy::cast_possible_truncation, reason = "both halves count")]
    fn write_u128(&mut self, word: u128) {
        self.write_u64(word as u64);
        self.write_u64((word >> 64) as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Table<K, V> = HashMap<K, (Arc<V>, usize), BuildHasherDefault<Given>>;

/// Values that many threads share.
#[derive(Debug)]
pub struct Recent<K, V> {
    generations: RwLock<Generations<K, V>>,
    /// What a generation may weigh.
    room: usize,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: Table<K, V>,
    old: Table<K, V>,
    weight: usize,
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    /// Each of the two generations weighs about `room` at the most.
    pub fn new(room: usize) -> Self {
        let (young, old) = Default::default();
        Self { generations: RwLock::new(Generations { young, old, weight: 0 }), room }
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let generations = self.generations.read();
        if let Some((value, _)) = generations.young.get(key) {
            return Some(Arc::clone(value));
        }
        let (value, weight) = generations.old.get(key)?;
        let (value, weight) = (Arc::clone(value), *weight);
        drop(generations);
        self.put(*key, Arc::clone(&value), weight);
        Some(value)
    }

    /// Keeps a value.
    pub fn put(&self, key: K, value: Arc<V>, weight: usize) {
        let mut generations = self.generations.write();
        if generations.weight + weight > self.room {
            generations.old = std::mem::take(&mut generations.young);
            generations.weight = 0;
        }
        if let Some((_, before)) = generations.young.insert(key, (value, weight)) {
            generations.weight -= before;
        }
        generations.weight += weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many there are, those included that both generations have.
    fn count<K, V>(recent: &Recent<K, V>) -> usize {
        let generations = recent.generations.read();
        generations.young.len() + generations.old.len()
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_bounded() {
        let recent = Recent::new(100);
        let first = Arc::new("first");
        recent.put(0, Arc::clone(&first), 1);
        for key in 1..1_000 {
            recent.put(key, Arc::new(""), 1);
            let used = recent.get(&0).expect("it is used all the time");
            assert!(Arc::ptr_eq(&first, &used));
            assert!(count(&recent) <= 200);
        }
        assert!(recent.get(&1).is_none());
    }

    #[test]
    fn heavy_ones_take_the_room_of_many() {
        let recent = Recent::new(100);
        for key in 0..50 {
            recent.put(key, Arc::new(()), 30);
            recent.put(key, Arc::new(()), 30);
        }
        assert_eq!(count(&recent), 6 - 1, "three a generation; the last has two");
    }
}
