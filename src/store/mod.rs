//! The ClickHouse side: starting one, describing the tables, putting rows in.
//!
//! Everything but [`embedded`] and [`supervisor`] speaks to a URL and cannot tell whether the
//! server behind it is the embedded one, a container or a cluster.
//!
//! - [`embedded`] turns this process into a ClickHouse server (`cspwatch clickhouse`);
//! - [`supervisor`] keeps such a process alive as a child of `cspwatch serve`;
//! - [`schema`] holds the DDL and applies it;
//! - [`rows`] and [`insert`] send one sealed batch, so that a repetition changes nothing;
//! - [`queries`] is all that is asked, as SQL; [`decisions`], [`destinations`], [`evidence`], [`incident`], [`policy`],
//!   [`scripts`], [`sightings`] and [`export`] ask it, and write what people decide; [`alerts`] writes what was told,
//!   [`collectors`] who is at work, [`forget`] takes out whom it concerned;
//! - [`error`] says of each failure whether to try again, to ask the operator, or to park the batch.

pub mod alerts;
pub mod client;
pub mod collectors;
pub mod decisions;
pub mod destinations;
pub mod embedded;
pub mod error;
pub mod evidence;
pub mod export;
pub mod forget;
pub mod incident;
pub mod insert;
pub mod policy;
pub mod queries;
pub mod rows;
pub mod schema;
pub mod scripts;
pub mod sightings;
pub mod supervisor;
