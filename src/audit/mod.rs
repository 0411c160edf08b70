//! What works apart from live reports: checks of pages, trials of noise rules, policy advice, the script inventory, exposure windows, what a release broke, evidence packs,
//! digests, web pages to print, and the feed for a SIEM.

pub mod capacity;
pub mod csv;
mod decided;
pub mod digest;
pub mod doctor;
pub mod drill;
pub mod evidence;
pub mod gate;
pub mod html;
pub mod incident;
pub mod noise_rules;
pub mod policy_advice;
pub mod script_inventory;
pub mod siem;

mod url_below;

pub use url_below::url_below;
