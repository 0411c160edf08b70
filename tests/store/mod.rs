//! The ClickHouse side against a real engine.

mod encrypted;
mod inserting;
mod launching;
mod migrating;
mod rollups;
mod supervising;
