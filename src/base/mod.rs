//! What every other module may use, and what uses none of them.

pub mod backoff;
pub mod cache;
pub mod client_id;
pub mod clock;
pub mod collections;
pub mod destination;
pub mod display;
pub mod domain;
pub mod drill;
pub mod glob;
pub mod hex;
pub mod limits;
pub mod lock;
pub mod occupancy;
pub mod odd_host;
pub mod out_file;
pub mod page_path;
pub mod random;
pub mod readiness;
pub mod signature;
pub mod sip;
pub mod stdout;
pub mod tls_roots;
