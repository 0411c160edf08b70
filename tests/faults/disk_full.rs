//! The disk of the journal is full, or may not be written.

use crate::support::clickhouse::ClickHouse;
use crate::support::tmpfs::Tmpfs;
use crate::support::trial::Trial;

/// Puts the journal on a small disk, makes it unusable for a while, and judges.
fn check(options: &str, break_it: impl FnOnce(&Tmpfs), mend_it: impl FnOnce(&Tmpfs)) {
    let clickhouse = ClickHouse::shared();
    let mut trial = Trial::start(clickhouse);
    trial.collector.kill_hard();
    let disk = Tmpfs::mount(&trial.collector.journal(), options);
    trial.collector.restart();
    trial.under_load(|issuer, collector| {
        issuer.until_acknowledged(100);
        break_it(&disk);
        issuer.until_refused();
        mend_it(&disk);
        issuer.until_acknowledged(100);
        collector.until_stored();
    });
    let verdict = trial.judge(clickhouse);
    verdict.assert_kept();
    assert_eq!(verdict.stored, verdict.acknowledged, "what was refused is not kept: {verdict}");
}

#[test]
fn no_room_is_told_until_there_is_some() {
    // 256 MiB are left alone.
    check("size=300m", |disk| disk.fill(60), Tmpfs::clear);
}

#[test]
fn no_names_are_told_until_there_are_some() {
    check("size=300m,nr_inodes=64", Tmpfs::fill_names, Tmpfs::clear);
}

#[test]
fn a_disk_that_may_only_be_read_is_told_until_it_may_be_written() {
    check("size=300m", Tmpfs::make_read_only, Tmpfs::make_writable);
}
