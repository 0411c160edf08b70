//! Hash maps for what the internet fills. Their hash (aHash) is keyed anew in each process, as the standard library's is,
//! so that who chooses what is reported cannot make them slow; it costs a fifth of that.

/// A map.
pub type HashMap<K, V> = std::collections::HashMap<K, V, ahash::RandomState>;

/// A set.
pub type HashSet<K> = std::collections::HashSet<K, ahash::RandomState>;
