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
//! - [`findings`], [`reports`] and [`console`] are what the console reads and writes besides;
//! - [`disks`] says how much room is left, [`clock`] what time it is there, [`collector_id`] who else uses a
//!   collector's id;
//! - [`headers`] keeps the security headers that `cspwatch doctor` receives;
//! - [`alerts`] writes the alerts that collectors raise, [`collectors`] notes which collectors are at work, [`forget`]
//!   removes a person from the sightings;
//! - [`client`] connects, [`servers`] chooses among several that have the same tables, and [`answers`] says whether one
//!   answers at all;
//! - [`releases`] marks releases of sites, [`inferred_releases`] reads which ones nobody marked, [`gate`] what was reported
//!   since one and before it;
//! - [`error`] decides about each failure: try again, wait for the operator, or quarantine the rows.

pub mod alerts;
pub mod all_decisions;
pub mod answers;
pub mod client;
pub mod clock;
pub mod collector_id;
pub mod collectors;
pub mod console;
pub mod decisions;
pub mod destinations;
pub mod disks;
pub mod drills;
pub mod embedded;
pub mod error;
pub mod evidence;
pub mod export;
pub mod findings;
pub mod forget;
pub mod gate;
pub mod headers;
pub mod incident;
pub mod inferred_releases;
pub mod insert;
pub mod policy;
pub mod queries;
pub mod releases;
pub mod reports;
pub mod rows;
pub mod schema;
pub mod scripts;
pub mod servers;
pub mod sightings;
pub mod supervisor;
pub mod violations;
