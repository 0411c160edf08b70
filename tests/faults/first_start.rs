//! The very first start, which makes the files beside the segments, is killed.

use std::fs;

use super::tamper;
use crate::support::collector::{Collector, SHOP};

#[test]
fn can_be_killed_anywhere_and_repeated() {
    // Nobody is there: this is about what happens before anything is sent.
    let mut collector = Collector::build().config(SHOP).start();
    for call in ["fsync", "rename"] {
        let mut kills = 0;
        loop {
            collector.kill_hard();
            fs::remove_dir_all(collector.journal()).unwrap();
            let kill = format!("signal=KILL:when={}", kills + 1);
            if collector.restart_under_strace(&tamper(call, &kill)) {
                break;
            }
            kills += 1;
            collector.restart();
            assert_eq!(collector.post_violation("https://evil.example/", "img-src").status, 204);
        }
        // The collector's id, and the secret of the client hash.
        assert!(kills >= 2, "{call}: {kills}");
    }
}
