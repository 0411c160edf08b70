//! The store against a real ClickHouse.

mod cluster;
mod encrypted;
mod inserting;
mod launching;
mod migrating;
mod queries;
mod retention;
mod rollups;
mod supervising;
