//! The integration tests: one binary, a module per subject, so that it links once.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod cli;
mod endpoint;
mod judge_command;
mod oracle;
mod report_road;
mod store;
mod support;
