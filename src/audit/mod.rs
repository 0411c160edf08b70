//! What works beside the road of a report: checks of pages, advice, inventories, pages to print, the feed for a SIEM. Nothing
//! here touches a live report.

pub mod capacity;
pub mod doctor;
pub mod evidence;
pub mod html;
pub mod incident;
pub mod policy_advice;
pub mod script_inventory;
pub mod siem;
