//! The store against a real ClickHouse.

mod cluster;
mod encrypted;
mod engines;
mod inferred_releases;
mod inserting;
mod launching;
mod migrating;
mod queries;
mod replicas;
mod retention;
mod rollups;
mod supervising;
