//! What the integration tests share.

pub mod children;
pub mod clickhouse;
pub mod http;
