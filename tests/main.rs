//! The integration tests: one binary, a module per subject, so that it links once.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod alert_messages;
mod alerts;
mod alerts_of_change;
mod backtest;
mod browsers;
mod card_numbers;
mod census;
mod cli;
mod closed_output;
mod completions;
mod connection_allowlist;
mod console;
mod corpus_forms;
mod dashboards;
mod decisions;
mod deploy;
mod digest;
mod doctor;
mod drill;
mod egress_in_browser;
mod end_to_end;
mod endpoint;
mod evidence;
mod export;
mod faults;
mod forget;
mod gate;
mod hostile;
mod incident;
mod inline_scripts;
mod integrity;
mod journal_command;
mod judge_command;
mod layers;
mod many_collectors;
mod memory;
mod old_journal;
mod policy;
mod policy_in_browser;
mod properties;
mod quickstart;
mod received_headers;
mod score_in_browsers;
mod scripts;
mod signed_urls;
mod store;
mod support;
#[cfg(feature = "otlp")]
mod telemetry;
mod threads;
mod upgrade;

#[path = "fuzz/bodies.rs"]
mod fuzz_bodies;
