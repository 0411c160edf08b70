//! cspwatch takes the reports that browsers send about a site's security policy, throws away no evidence,
//! tells noise from theft, and pages the on-call.
//!
//! # The path of a report
//!
//! [`accept`] reads a bounded body from a connection whose every timeout is set. [`pipeline`] takes the
//! bytes apart, without I/O or log: [`decode`] finds the reports in them whatever shape they have,
//! [`normalise`] brings each into its normal form and takes out what must never be stored, [`judge`]
//! says what its destination is to the site, [`admit`] sheds volume, and [`fold`] gives it the identity by
//! which repetitions are recognised. The [`journal`] writes it to disk, together with all that came
//! meanwhile, and syncs once. Then [`tally`] updates the counters and what [`detect`]
//! knows of destinations; [`metrics`] shows both to Prometheus, which makes the alerts. Then the browser gets
//! its 204.
//!
//! Later, when the journal's segment is sealed, the [`sink`] turns the same bytes into rows and sends them
//! to ClickHouse ([`store`]) until they are stored.
//!
//! # What a 204 means
//!
//! A report answered 204 in durable mode is on this machine's disk, redacted. It reaches ClickHouse at least
//! once, and at most once while ClickHouse keeps its deduplication window (its host loses no power, fewer
//! newer batches than the window). Every report refused or limited is counted, with the reason. Losing
//! the disk loses what was not yet sent.

pub mod capacity;
pub mod cli;
pub mod config;
pub mod doctor;
mod hex;
pub mod limits;
mod maps;
pub mod recent;
pub mod roots;
pub mod shown;
pub mod stdout;

pub mod clock;
pub mod report;

pub mod accept;
pub mod client;
pub mod pipeline;

pub mod decode;
pub mod normalise;

pub mod guidance;
pub mod judge;
pub mod signature;
pub mod suggest;

pub mod admit;
pub mod fold;

pub mod journal;

pub mod detect;
pub mod metrics;
pub mod tally;

pub mod exchange;
pub mod sink;
pub mod store;

pub mod ecs;
pub mod export;

pub mod html;
pub mod inventory;
