//! The modules that are fuzzed, under the collector's own name, and nothing else of it: with sanitizers the
//! whole collector builds for a quarter of an hour.
#![allow(unused_imports, reason = "what the rest of the collector uses of them")]

#[path = "../../src/clock.rs"]
pub mod clock;
#[path = "../../src/decode/mod.rs"]
pub mod decode;
#[path = "../../src/limits.rs"]
pub mod limits;
#[path = "../../src/normalise/mod.rs"]
pub mod normalise;
#[path = "../../src/report.rs"]
pub mod report;
