//! cspwatch takes the reports that browsers send about a site's security policy.

pub mod accept;
pub mod admit;
pub mod clock;
pub mod config;
pub mod decode;
pub mod destinations;
pub mod fold;
pub mod journal;
pub mod judge;
pub mod limits;
pub mod metrics;
pub mod normalise;
pub mod pipeline;
pub mod report;
pub mod watch;
