//! Who runs on which threads.

use crate::support::collector::{Collector, SHOP};

#[test]
fn what_may_wait_runs_after_what_answers() {
    let collector = Collector::build().config(SHOP).start();
    assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
    let nice_of = |name: &str| {
        let threads = collector.threads();
        let found = threads.iter().find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no thread {name} among {threads:?}")).1
    };
    assert_eq!(nice_of("public"), nice_of("cspwatch"));
    assert_eq!(nice_of("committer"), nice_of("cspwatch"));
    assert!(nice_of("background") > nice_of("public"));
}
