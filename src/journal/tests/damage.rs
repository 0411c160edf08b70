//! Damage to a segment's head, and to whole blocks. What is sound is kept, under the token that it had.

use super::*;

/// Some reports in a sealed segment, its file, and which segment it is.
struct Sealed {
    dir: tempfile::TempDir,
    bytes: Vec<u8>,
    id: SegmentId,
}

impl Sealed {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (journal, _committed) = open(dir.path());
        submit(&journal, &[10, 20, 10]).expect("taken");
        journal.close();
        let id = journal.pending()[0].id;
        let bytes = journal.read(1).expect("readable");
        Self { dir, bytes, id }
    }

    /// What the next start makes of these bytes: the segment, and its rows with their counts.
    #[track_caller]
    fn restart(&self, bytes: &[u8]) -> (SegmentId, Vec<(Fingerprint, u64)>) {
        fs::write(segment::path(self.dir.path(), 1), bytes).expect("written");
        let (journal, _committed) = open(self.dir.path());
        journal.close();
        (journal.pending()[0].id, counts(&journal, 1))
    }
}

const WHOLE: [(Fingerprint, u64); 2] = [(10, 2), (20, 1)];

#[test]
fn any_bit_of_the_head_may_flip() {
    let sealed = Sealed::new();
    let head = sealed.id.encode().len();
    for bit in 0..8 * head {
        let mut damaged = sealed.bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(sealed.restart(&damaged), (sealed.id, WHOLE.to_vec()), "bit {bit}");
    }
    let mut zeroed = sealed.bytes.clone();
    zeroed[..head].fill(0);
    assert_eq!(sealed.restart(&zeroed), (sealed.id, WHOLE.to_vec()));
}

#[test]
fn a_head_that_is_damaged_while_the_collector_runs_costs_nothing() {
    let sealed = Sealed::new();
    let (journal, _committed) = open(sealed.dir.path());
    let mut damaged = sealed.bytes.clone();
    damaged[20] ^= 1;
    fs::write(segment::path(sealed.dir.path(), 1), damaged).expect("written");
    assert_eq!(journal.repair(1).expect("repaired"), sealed.bytes);
    assert!(journal.pending()[0].is_inherited);
}

#[test]
fn a_head_without_a_seal_gets_a_token_that_nobody_had() {
    let sealed = Sealed::new();
    let seal = frames(&sealed.bytes).pop().expect("a seal");
    let mut damaged = sealed.bytes[..seal.start].to_vec();
    damaged[20] ^= 1;
    let (id, rows) = sealed.restart(&damaged);
    assert_eq!(rows, WHOLE);
    assert_eq!((id.collector, id.number), (sealed.id.collector, 1));
    assert_ne!(id.batch_id(), sealed.id.batch_id());
    assert_eq!(id.opened.day(), sealed.id.opened.day());
}

#[test]
fn zeroes_in_the_middle_are_damage_and_no_end() {
    let sealed = Sealed::new();
    let frames = frames(&sealed.bytes);
    let mut damaged = sealed.bytes.clone();
    damaged[frames[0].clone()].fill(0);
    fs::write(segment::path(sealed.dir.path(), 1), damaged).expect("written");
    let (journal, _committed) = open(sealed.dir.path());
    assert_eq!(journal.pending()[0].id, sealed.id);
    let bytes = journal.read(1).expect("readable");
    let records = SegmentReader::new(&bytes).expect("a segment");
    let fingerprints = records.filter_map(|record| match record {
        Record::First { row, .. } => Some(row.fingerprint),
        _ => None,
    });
    assert_eq!(fingerprints.collect::<Vec<_>>(), [20]);
}

#[test]
fn a_segment_of_which_nothing_is_left_is_kept_for_a_person() {
    let sealed = Sealed::new();
    let (journal, _committed) = open(sealed.dir.path());
    let path = segment::path(sealed.dir.path(), 1);
    fs::write(&path, vec![0xAA; sealed.bytes.len()]).expect("written");
    assert_eq!(journal.repair(1).expect("looked at"), b"");
    assert!(path.exists());
}

#[test]
fn a_journal_of_a_newer_version_is_refused_and_one_of_an_older_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let sent = dir.path().join("sent");
    fs::write(&sent, "17\n").expect("written");
    open(dir.path()).0.close();
    let now = fs::read_to_string(&sent).expect("readable");
    assert_eq!(now, "cspwatch journal 2\n17\n", "a binary that expects a number refuses this");
    fs::write(&sent, "cspwatch journal 3\n17\n").expect("written");
    let (sender, _receiver) = mpsc::channel();
    let error = Journal::open(&config(dir.path()), ChannelObserver(sender)).expect_err("newer");
    assert!(error.to_string().contains("has format 3"), "{error}");
    fs::write(&sent, "cspwatch journal\n").expect("written");
    let (sender, _receiver) = mpsc::channel();
    let error = Journal::open(&config(dir.path()), ChannelObserver(sender)).expect_err("damaged");
    assert!(error.to_string().contains("restore it, or move it away"), "{error}");
}
