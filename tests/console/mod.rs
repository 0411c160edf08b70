//! The console: who may do what, what attackers try, what people decide, and what browsers make of its pages.

mod attacks;
mod behind_nginx;
mod certificate;
mod connections;
mod decided;
mod decisions;
mod evidence;
mod in_browsers;
mod login;
mod policy;
mod provider;
mod roles;
mod shown;
mod ways;

use crate::support::collector::{Collector, SHOP};
use crate::support::console::Console;

/// A collector that stores, and a console that shows it.
fn scene() -> (Collector, Console) {
    let (collector, console, _) = stored_scene();
    (collector, console)
}

/// The same, and the name of their database.
fn stored_scene() -> (Collector, Console, String) {
    let (collector, database) = Collector::start_storing(SHOP);
    crate::support::until("the tables are there", || collector.readyz().status == 200);
    let console = Console::of(&collector);
    (collector, console, database)
}

/// A theft on the payment page, from several networks, which raises an urgent alert.
fn steal(collector: &Collector, console: &Console) {
    for _ in 0..3 {
        assert_eq!(collector.post_violation("https://x.evil.example/c", "form-action").status, 204);
    }
    let token = console.token("look", "viewer");
    crate::support::until("the finding is stored", || {
        let findings = console.api("GET /api/v1/findings", &token, "").json();
        findings["findings"][0]["destination"] == "evil.example"
            && findings["findings"][0]["reports"].as_u64() > Some(0)
    });
}
