//! cspwatch takes the reports that browsers send about a site's security policy, throws away no evidence, separates noise
//! from theft, and pages the on-call.
//!
//! # The path of a report
//!
//! [`accept`] reads a bounded body from a connection whose every timeout is set. [`pipeline`] takes the bytes apart, without
//! I/O or log: [`pipeline::decode`] finds the reports in them whatever shape they have, [`pipeline::normalise`] brings each
//! into its normal form and takes out what must never be stored, [`pipeline::judge`] says what its destination is to the
//! site, [`pipeline::quota`] sheds volume, and [`pipeline::fingerprint`] gives it the identity by which repetitions are
//! recognised. The [`journal`] writes it to disk, together with all that came meanwhile, and syncs once. Then the
//! [`observer`] updates the counters ([`metrics`]) and what [`detect`] remembers, from which alerts are made, and then the
//! browser gets its 204.
//!
//! Later, when the journal's segment is sealed, the [`sink`] turns the same bytes into rows and sends them to ClickHouse
//! ([`store`]) until they are stored. [`peers`] shares what the collectors of one ClickHouse see and what people decide.
//!
//! # What a 204 means
//!
//! A report answered 204 in durable mode is on this machine's disk, redacted. It reaches ClickHouse at least
//! once, and at most once while ClickHouse keeps its deduplication window (its host loses no power, fewer
//! newer batches than the window). Every report refused or limited is counted, with the reason. Losing
//! the disk loses what was not yet sent.
//!
//! # Layers
//!
//! The modules below are in the order of their layers. A module uses only modules of layers above its own; the test
//! `layers` fails on any other path.

// What everything else is made of.
pub mod base;

// What is talked about: a report, and what people decide.
pub mod decisions;
pub mod report;

// What is known beforehand: how policies are read, and what the operator configured.
pub mod config;
pub mod csp;

// Spans of our own work, which never touch a report.
pub mod telemetry;

// The promise: what is answered 204 is on disk.
pub mod journal;

// Bytes to what the journal takes.
pub mod pipeline;

// What many reports together mean.
pub mod detect;

// What it shows and where it is kept.
pub mod metrics;
pub mod store;

// The road: from the browser to the journal, at once to detection, and later to ClickHouse. Beside it, what no live report
// touches.
pub mod accept;
pub mod audit;
pub mod observer;
pub mod sink;

// The other collectors.
pub mod peers;

// Where a person works: a process of its own.
pub mod console;

// The commands.
pub mod cli;
