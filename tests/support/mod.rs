//! What the integration tests share.

pub mod balancer;
pub mod browser;
pub mod builder;
pub mod card;
pub mod certificates;
pub mod children;
pub mod clickhouse;
pub mod clock;
pub mod collector;
pub mod console;
pub mod edge;
pub mod exporter;
pub mod http;
pub mod journal;
pub mod machine;
pub mod mail;
pub mod monitoring;
pub mod nginx;
pub mod oracle;
pub mod ports;
pub mod proxy;
pub mod receiver;
pub mod replicas;
pub mod run;
pub mod server;
pub mod service;
pub mod shop;
#[cfg(feature = "otlp")]
pub mod spans;
pub mod tls;
pub mod tmpfs;
pub mod tools;
pub mod trial;
pub mod way;

use std::thread;
use std::time::{Duration, Instant};

/// The longest that a condition may take to come true; far more than any needs on an idle machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until a condition holds; fails the test when it does not in time.
#[track_caller]
pub fn until(what: &str, holds: impl FnMut() -> bool) {
    until_or(|| what.to_owned(), holds);
}

/// The same; what does not hold, and what there is to see of it, is asked for at the end.
#[track_caller]
pub fn until_or(what: impl FnOnce() -> String, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        if Instant::now() >= deadline {
            panic!("not in {PATIENCE:?}: {}", what());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a future to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}
