//! A bounded cache of two generations: the older is dropped when the younger is full. An entry that is used again and
//! again is never lost, and evicting costs no search.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use crate::base::lock::RwLock;

/// The hasher for keys that are hashes already. Even with chosen keys few collide, because a generation is small.
#[derive(Clone, Copy, Debug, Default)]
struct PassThroughHasher(u64);

impl Hasher for PassThroughHasher {
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

type Generation<K, V> = HashMap<K, (Arc<V>, usize), BuildHasherDefault<PassThroughHasher>>;

/// Maps keys to values that many threads share.
#[derive(Debug)]
pub struct Cache<K, V> {
    generations: RwLock<Generations<K, V>>,
    /// The most that a generation weighs.
    weight_max: usize,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: Generation<K, V>,
    old: Generation<K, V>,
    weight: usize,
}

impl<K: Copy + Eq + Hash, V> Cache<K, V> {
    /// Each of the two generations weighs at most `weight_max`, in whatever unit the caller weighs values.
    pub fn new(weight_max: usize) -> Self {
        let (young, old) = Default::default();
        Self { generations: RwLock::new(Generations { young, old, weight: 0 }), weight_max }
    }

    /// The value of a key; keeps it for another generation.
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

    /// Adds or replaces a value.
    pub fn put(&self, key: K, value: Arc<V>, weight: usize) {
        let mut generations = self.generations.write();
        if generations.weight + weight > self.weight_max {
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

    /// How many entries there are; one in both generations counts twice.
    fn count<K, V>(cache: &Cache<K, V>) -> usize {
        let generations = cache.generations.read();
        generations.young.len() + generations.old.len()
    }

    #[test]
    fn entries_in_use_stay_and_the_rest_is_bounded() {
        let cache = Cache::new(100);
        let first = Arc::new("first");
        cache.put(0, Arc::clone(&first), 1);
        for key in 1..1_000 {
            cache.put(key, Arc::new(""), 1);
            let used = cache.get(&0).expect("it is used all the time");
            assert!(Arc::ptr_eq(&first, &used));
            assert!(count(&cache) <= 200);
        }
        assert!(cache.get(&1).is_none());
    }

    #[test]
    fn heavy_entries_take_the_room_of_many() {
        let cache = Cache::new(100);
        for key in 0..50 {
            cache.put(key, Arc::new(()), 30);
            cache.put(key, Arc::new(()), 30);
        }
        assert_eq!(count(&cache), 6 - 1, "three a generation; the last has two");
    }
}
