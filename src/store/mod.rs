//! ClickHouse: running the embedded server, defining the tables, inserting and querying rows.
//!
//! Everything except [`embedded`] and [`supervisor`] talks to a URL, and does not know whether the server behind it is the
//! embedded one, a container or a cluster.
//!
//! - [`embedded`] turns this process into a ClickHouse server (`cspwatch clickhouse`);
//! - [`supervisor`] keeps such a process alive as a child of `cspwatch serve`;
//! - [`schema`] holds the DDL and applies it;
//! - [`rows`] and [`insert`] send one sealed batch; repeating that changes nothing;
//! - [`queries`] holds all queries as SQL; [`decisions`], [`destinations`], [`evidence`], [`incident`], [`policy`],
//!   [`scripts`], [`sightings`] and [`export`] run them; [`decisions`] and [`scripts`] also write the decisions of people;
//! - [`alerts`] writes the alerts that collectors raise, [`collectors`] notes which collectors are at work, [`forget`]
//!   removes a person from the sightings;
//! - [`client`] connects, and [`servers`] chooses among several that have the same tables;
//! - [`error`] decides about each failure: try again, wait for the operator, or quarantine the rows.

pub mod alerts;
pub mod client;
pub mod clock;
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
pub mod servers;
pub mod sightings;
pub mod supervisor;
pub mod violations;
