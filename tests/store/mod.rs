//! The ClickHouse side against a real engine.

mod encrypted;
mod inserting;
mod launching;
mod migrating;
mod supervising;

/// Runs a future to its end.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(future)
}
