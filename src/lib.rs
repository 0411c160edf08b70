//! Collector.

pub mod store;
