//! Hash maps for data from the internet. Their hash (aHash) has a new key in each process, as the standard library's has,
//! so that nobody can make them slow by choosing what is reported; it costs a fifth of the standard one.

/// A map.
pub type HashMap<K, V> = std::collections::HashMap<K, V, ahash::RandomState>;

/// A set.
pub type HashSet<K> = std::collections::HashSet<K, ahash::RandomState>;
