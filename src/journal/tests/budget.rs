//! What one network may write, and what stays possible when the journal is full.

use std::sync::atomic::{AtomicU32, Ordering};

use super::super::budget::Budgets;
use super::*;
use crate::base::limits;
use crate::config::DailyBytes;
use crate::report::{Channel, Verdict};

/// A report of a network about a destination; `None`: noise.
fn report(network: u64, violation: u32, destination: Option<&str>) -> Batch {
    let fingerprint = Fingerprint::from(violation) << 64 | Fingerprint::from(network);
    let noise = Row {
        verdict: Verdict::Noise,
        channel: Channel::Other,
        destination: "",
        ..example(fingerprint)
    };
    let row = destination.map_or(noise, |destination| Row { destination, ..example(fingerprint) });
    let mut batch = batch(&[fingerprint]);
    batch.client = ClientId(network << 32 | 1);
    batch.entries[0].row = Arc::new(PreparedRow::new(&row));
    batch
}

/// Sends what was committed, and what was refused.
struct BothObserver(mpsc::Sender<Folded>, mpsc::Sender<Folded>);

impl CommitObserver for BothObserver {
    fn committed(&mut self, _: &Batch, folded: &[Folded]) {
        folded.iter().for_each(|folded| self.0.send(*folded).expect("the test listens"));
    }
    fn refused(&mut self, _: &Batch, folded: &[Folded]) {
        folded.iter().for_each(|folded| self.1.send(*folded).expect("the test listens"));
    }
    fn synced(&mut self, _: Duration) {}
    fn failed(&mut self, error: &io::Error) {
        panic!("{error}");
    }
}

struct Rig {
    journal: Journal,
    committed: mpsc::Receiver<Folded>,
    refused: mpsc::Receiver<Folded>,
    next: AtomicU32,
    _dir: tempfile::TempDir,
}

impl Rig {
    fn new(bytes_max: u64, daily_bytes: DailyBytes) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let config = config::JournalConfig { bytes_max, ..config(dir.path()) };
        let (committed, refused) = (mpsc::channel(), mpsc::channel());
        let observer = BothObserver(committed.0, refused.0);
        let journal = Journal::open(&config, observer).expect("the journal opens");
        journal.set_daily_bytes(daily_bytes);
        Self {
            journal,
            committed: committed.1,
            refused: refused.1,
            next: AtomicU32::default(),
            _dir: dir,
        }
    }

    fn submit(&self, batch: Batch) -> Result<(), Refused> {
        self.journal.submit(batch).wait()
    }

    /// How many of some new violations are kept, and the bytes that they take in the journal.
    fn kept(&self, network: u64, destination: impl Fn(u32) -> Option<String>) -> (usize, u64) {
        let before = self.journal.usage().bytes;
        let first = self.next.fetch_add(1_000, Ordering::Relaxed);
        for violation in 0..1_000 {
            let batch = report(network, first + violation, destination(violation).as_deref());
            assert_eq!(self.submit(batch), Ok(()), "a spent budget is nothing to refuse for");
        }
        let kept = self.committed.try_iter().filter(|folded| *folded == Folded::New).count();
        (kept, self.journal.usage().bytes - before)
    }
}

const BYTES: u64 = 64 * 1024;

fn of_network() -> DailyBytes {
    DailyBytes { per_network: Some(BYTES), per_site: None }
}

#[test]
fn a_network_writes_no_more_than_its_bytes_and_evidence_has_room_of_its_own() {
    let rig = Rig::new(1 << 30, of_network());
    let (noise, noise_bytes) = rig.kept(1, |_| None);
    assert!(noise > 10 && noise_bytes < BYTES, "{noise} rows, {noise_bytes} bytes");
    let (known, known_bytes) = rig.kept(1, |_| Some("evil.example".to_owned()));
    assert!(known > 10, "noise has left room for evidence: {known}");
    let (new, new_bytes) = rig.kept(1, |index| Some(format!("evil{index}.example")));
    assert!(new > 10, "and that for what is new: {new}");
    let all = noise_bytes + known_bytes + new_bytes;
    assert!(all < BYTES + 10_000, "{all} bytes, with the counts of what was limited");
    assert_eq!(rig.kept(1, |index| Some(format!("more{index}.example"))).0, 0);
    assert_eq!(rig.kept(2, |_| None).0, noise, "another network has bytes of its own");
}

#[test]
fn full_tables_take_no_evidence_from_others() {
    let mut budgets = Budgets::default();
    budgets.go_on(of_network(), Timestamp::now());
    budgets.fill();
    let mut violations = 0..;
    let mut takes = |network: u64, destination: Option<&str>, is_over_quota| {
        let mut batch = report(network, violations.next().expect("endless"), destination);
        batch.entries[0].is_over_quota = is_over_quota;
        budgets.takes_report(&batch, &batch.entries[0], true)
    };
    let all = (0..10_000).take_while(|_| takes(0x1_0001, None, false)).count();
    assert!(all > 10, "networks without room have a budget together: {all}");
    assert!(!takes(0x1_0002, None, false), "which their group has spent");
    assert!(takes(0x2_0001, None, false), "and other groups have not");
    assert!(takes(0x1_0002, Some("evil.example"), false), "evidence has room of its own");

    let over_quota = (0..1_000).filter(|_| takes(0x3_0001, Some("evil.example"), true)).count();
    assert!(over_quota > 0, "what may be the first sighting of its network is kept");
    assert!(over_quota <= limits::SIGHTINGS_OVER_QUOTA as usize, "{over_quota}");
}

#[test]
fn a_violation_that_is_there_costs_little() {
    let rig = Rig::new(1 << 30, of_network());
    let submit = || rig.submit(report(1, 1, None));
    (0..1_000).for_each(|_| submit().expect("taken"));
    let repeats = rig.committed.try_iter().filter(|folded| *folded == Folded::Repeats).count();
    assert_eq!(repeats, 999);
}

#[test]
fn a_site_has_bytes_for_all_but_evidence() {
    let rig = Rig::new(1 << 30, DailyBytes { per_network: None, per_site: Some(BYTES) });
    let (noise, bytes) = rig.kept(1, |_| None);
    assert!(noise < 1_000 && bytes < 2 * BYTES, "{noise} rows, {bytes} bytes");
    assert_eq!(rig.kept(2, |_| None).0, 0, "the site's bytes are spent");
    assert_eq!(rig.kept(2, |_| Some("evil.example".to_owned())).0, 1_000);
}

#[test]
fn a_full_journal_takes_the_first_sightings_of_each_network_and_observes_the_rest() {
    let rig = Rig::new(1 << 17, DailyBytes::default());
    let mut violations = 0..;
    let mut send = |network, destination: Option<&str>| {
        rig.submit(report(network, violations.next().expect("endless"), destination))
    };
    while send(1, None) == Ok(()) {}
    assert!(rig.journal.look().is_some_and(|why| why.contains("full")));
    assert_eq!(rig.journal.usage().room, 0);
    assert_eq!(send(1, Some("evil.example")), Ok(()), "new evidence");
    assert_eq!(send(1, Some("evil.example")), Err(Refused::Full), "which is known now");
    let _ = rig.refused.try_iter().count();
    let taken = (0..200).filter(|index| send(1, Some(&format!("e{index}.example"))) == Ok(()));
    let taken = taken.count();
    assert!(taken < 10, "a network has its share of the reserve: {taken}");
    assert_eq!(rig.refused.try_iter().count(), 200 - taken, "detection learns of the others");
    assert_eq!(send(2, Some("evil.example")), Ok(()), "which leaves room for other networks");
    assert_eq!(send(2, None), Err(Refused::Full));
}

#[test]
fn what_is_delivered_again_while_the_journal_is_full_is_observed_once() {
    let rig = Rig::new(300, DailyBytes::default());
    while rig.submit(report(1, 1, None)) == Ok(()) {}
    let _ = rig.refused.try_iter().count();
    let start = Timestamp::now();
    for minutes in [1, 2, 4] {
        let mut batch = report(1, 2, Some("evil.example"));
        batch.received = start.moved(minutes * 60_000);
        batch.entries[0].at = start;
        batch.entries[0].identity = Some(77);
        assert_eq!(rig.submit(batch), Err(Refused::Full));
    }
    let observed: Vec<_> = rig.refused.try_iter().collect();
    assert_eq!(observed, [Folded::New, Folded::Redelivered, Folded::Redelivered]);
}
