//! `cspwatch export`, from the browser's report to the SIEM.

mod following;
mod once;
mod syslog;
mod usage;

use crate::support::collector::{Collector, violation};
use crate::support::http;

/// The report of a sighting, which its tag tells apart.
fn report(collector: &Collector, tag: &str) {
    let blocked = format!("https://evil.example/{tag}");
    let body = violation("https://shop.example/checkout", &blocked, "connect-src");
    let target = format!("/report/shop?tag={tag}");
    let headers = "Content-Type: application/csp-report\r\n";
    let answer = http::request_with(collector.public(), "POST", &target, headers, &body).unwrap();
    assert_eq!(answer.status, 204, "{}", answer.body);
}

/// Some of them, `name-0` and so on.
fn report_some(collector: &Collector, name: &str, count: usize) -> Vec<String> {
    let tags: Vec<String> = (0..count).map(|number| format!("{name}-{number:03}")).collect();
    tags.iter().for_each(|tag| report(collector, tag));
    tags
}
