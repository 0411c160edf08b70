//! `cspwatch export`, from the browser's report to the SIEM.

mod following;
mod once;
mod syslog;
mod usage;

use crate::support::collector::{Collector, violation};
use crate::support::http;

/// Reports a sighting with this tag. A form: the first one is an alert.
fn report(collector: &Collector, tag: &str) {
    let blocked = format!("https://evil.example/{tag}");
    let body = violation("https://shop.example/checkout", &blocked, "form-action");
    let target = format!("/report/shop?tag={tag}");
    let headers = "Content-Type: application/csp-report\r\n";
    let answer = http::request_with(collector.public(), "POST", &target, headers, &body).unwrap();
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// Reports sightings with the tags `name-000` and so on; returns the tags.
fn report_some(collector: &Collector, name: &str, count: usize) -> Vec<String> {
    let tags: Vec<String> = (0..count).map(|number| format!("{name}-{number:03}")).collect();
    tags.iter().for_each(|tag| report(collector, tag));
    tags
}
