mod budget;
mod damage;
mod model_disk;
mod power;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::row::tests::example;
use super::*;
use crate::base::client_id::ClientId;
use crate::base::clock::Timestamp;
use crate::config::Durability;
use crate::report::{Disposition, Fingerprint, Kind};

/// Sends what was committed to the test.
struct ChannelObserver(mpsc::Sender<Vec<Folded>>);

impl CommitObserver for ChannelObserver {
    fn committed(&mut self, _: &Batch, folded: &[Folded]) {
        let _ = self.0.send(folded.to_vec());
    }
    fn refused(&mut self, _: &Batch, _: &[Folded]) {}
    fn synced(&mut self, _: Duration) {}
    fn failed(&mut self, error: &io::Error) {
        panic!("{error}");
    }
}

fn config(dir: &Path) -> config::JournalConfig {
    config::JournalConfig {
        dir: dir.to_owned(),
        durability: Durability::Disk,
        bytes_max: 1 << 30,
        seal_every: Duration::from_secs(3600),
    }
}

fn open(dir: &Path) -> (Journal, mpsc::Receiver<Vec<Folded>>) {
    let (sender, receiver) = mpsc::channel();
    (Journal::open(&config(dir), ChannelObserver(sender)).expect("the journal opens"), receiver)
}

fn batch(fingerprints: &[Fingerprint]) -> Batch {
    let entry = |&fingerprint: &Fingerprint| {
        let row = Arc::new(PreparedRow::new(&example(fingerprint)));
        let disposition = Disposition::Report;
        Entry {
            fingerprint,
            at: Timestamp::from_millis(5),
            disposition,
            extensionless: false,
            identity: None,
            row,
            policy: None,
            is_over_quota: false,
        }
    };
    Batch {
        received: Timestamp::now(),
        client: ClientId(7),
        tag: "t".to_owned(),
        is_tag_signed: false,
        identity: None,
        entries: fingerprints.iter().map(entry).collect(),
        limited: Vec::new(),
    }
}

fn submit(journal: &Journal, fingerprints: &[Fingerprint]) -> Result<(), Refused> {
    journal.submit(batch(fingerprints)).wait()
}

/// Rows by fingerprint with their counts, from the bytes of a segment.
fn counts(journal: &Journal, number: u64) -> Vec<(Fingerprint, u64)> {
    let bytes = journal.read(number).expect("the segment is there");
    let mut reader = SegmentReader::new(&bytes).expect("a segment");
    let mut rows: Vec<(Fingerprint, u64)> = Vec::new();
    for record in reader.by_ref() {
        match record {
            Record::First { number, row, .. } => {
                assert_eq!(number as usize, rows.len());
                rows.push((row.fingerprint, 1));
            }
            Record::Repeat { row, .. } => rows[row as usize].1 += 1,
            Record::Limited { .. } | Record::Policy { .. } => {}
            Record::Seal { rows: sealed_rows, reports, .. } => {
                assert_eq!(sealed_rows as usize, rows.len());
                assert_eq!(reports, rows.iter().map(|row| row.1).sum::<u64>());
            }
        }
    }
    assert_eq!(reader.state(), ReaderState::Sealed);
    rows
}

#[test]
fn reports_fold_into_rows_and_are_sealed_at_the_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, committed) = open(dir.path());
    assert_eq!(submit(&journal, &[1, 2, 1]), Ok(()));
    assert_eq!(submit(&journal, &[2]), Ok(()));
    assert_eq!(committed.recv(), Ok(vec![Folded::New, Folded::New, Folded::Repeats]));
    assert_eq!(committed.recv(), Ok(vec![Folded::Repeats]));
    assert_eq!(journal.pending(), []);
    journal.close();
    let pending = journal.pending();
    assert_eq!(pending.len(), 1);
    assert_eq!(counts(&journal, pending[0].id.number), [(1, 2), (2, 2)]);
    assert_eq!(submit(&journal, &[3]), Err(Refused::Closing));
}

#[test]
fn a_segment_left_open_is_recovered_and_its_number_not_used_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let left = tempfile::tempdir().expect("a directory");
    let (journal, _committed) = open(dir.path());
    submit(&journal, &[1, 1, 2]).expect("taken");
    // What a killed process leaves: the files as they are now, and half a frame.
    for entry in fs::read_dir(dir.path()).expect("readable") {
        let entry = entry.expect("readable");
        fs::copy(entry.path(), left.path().join(entry.file_name())).expect("copied");
    }
    let torn = segment::path(left.path(), 1);
    let mut file = OpenOptions::new().append(true).open(&torn).expect("the segment");
    file.write_all(&[40, 0, 0, 0, 1, 2, 3, 4, 5]).expect("written");

    let (recovered, _committed) = open(left.path());
    assert_eq!(recovered.client_key(), journal.client_key());
    let pending = recovered.pending();
    assert_eq!(pending.iter().map(|sealed| sealed.id.number).collect::<Vec<_>>(), [1]);
    assert_eq!(counts(&recovered, 1), [(1, 2), (2, 1)]);
    let once = recovered.read(1).expect("readable");

    submit(&recovered, &[9]).expect("taken");
    recovered.close();
    assert_eq!(recovered.pending().len(), 2);
    recovered.forget(1).expect("forgotten");
    recovered.forget(2).expect("forgotten");
    drop(recovered);

    // A second recovery of the same bytes gives the same batch.
    fs::write(&torn, &once).expect("written");
    fs::remove_file(left.path().join("sent")).expect("removed");
    let (again, _committed) = open(left.path());
    assert_eq!(again.read(1).expect("readable"), once);
    again.forget(1).expect("forgotten");
    submit(&again, &[1]).expect("taken");
    again.close();
    assert_eq!(again.pending()[0].id.number, 2);
}

#[test]
fn two_processes_cannot_share_a_journal() {
    let dir = tempfile::tempdir().expect("a directory");
    let (_journal, _committed) = open(dir.path());
    let (sender, _receiver) = mpsc::channel();
    let error =
        Journal::open(&config(dir.path()), ChannelObserver(sender)).expect_err("it is locked");
    assert!(matches!(error, JournalError::Locked { .. }), "{error}");
}

#[test]
fn a_full_journal_refuses() {
    let dir = tempfile::tempdir().expect("a directory");
    let (sender, _receiver) = mpsc::channel();
    let config = config::JournalConfig { bytes_max: 300, ..config(dir.path()) };
    let journal = Journal::open(&config, ChannelObserver(sender)).expect("it opens");
    assert_eq!(submit(&journal, &[1, 2]), Ok(()));
    assert_eq!(submit(&journal, &[1]), Err(Refused::Full));
    assert!(journal.usage().bytes >= 300);
}

#[test]
fn foreign_files_are_set_aside_not_deleted() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(segment::path(dir.path(), 3), [b'x'; 100]).expect("written");
    fs::write(segment::path(dir.path(), 4), b"").expect("written");
    fs::write(dir.path().join("notes.txt"), b"mine").expect("written");
    let (journal, _committed) = open(dir.path());
    assert_eq!(journal.pending(), []);
    assert!(dir.path().join("segment-0000000000000003.damaged").exists());
    assert!(!segment::path(dir.path(), 4).exists());
    assert!(dir.path().join("notes.txt").exists());
    submit(&journal, &[1]).expect("taken");
    journal.close();
    assert_eq!(journal.pending()[0].id.number, 5, "numbers of set-aside files are not used again");
}

#[test]
fn a_delivery_that_is_repeated_is_not_counted_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, committed) = open(dir.path());
    let start = Timestamp::now();
    let deliver = |received: i64, event: i64| {
        let mut batch = batch(&[1]);
        batch.received = start.moved(received);
        batch.entries[0].identity = Some(77);
        batch.entries[0].at = start.moved(event);
        journal.submit(batch).wait().expect("taken");
        committed.recv().expect("committed")[0]
    };
    assert_eq!(deliver(60_000, 0), Folded::New);
    assert_eq!(deliver(120_000, 500), Folded::Redelivered);
    assert_eq!(deliver(120_000, 60_000), Folded::Repeats, "the same violation, a minute later");
    journal.close();
    assert_eq!(counts(&journal, 1), [(1, 2)]);
}

#[test]
fn a_request_that_is_repeated_at_once_is_not_counted_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, committed) = open(dir.path());
    let start = Timestamp::now();
    let deliver = |received: i64, identity: u64| {
        let mut batch = batch(&[1, 1]);
        batch.received = start.moved(received);
        batch.identity = Some(identity);
        batch.entries.iter_mut().for_each(|entry| entry.identity = Some(1));
        journal.submit(batch).wait().expect("taken");
        committed.recv().expect("committed")
    };
    assert_eq!(deliver(0, 5), [Folded::New, Folded::Repeats], "two in one request are two");
    assert_eq!(deliver(40, 5), [Folded::Redelivered; 2]);
    assert_eq!(deliver(40, 6), [Folded::Repeats; 2], "other bytes are another request");
}

/// The ranges of the frames of a segment's bytes.
fn frames(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut reader = SegmentReader::new(bytes).expect("a segment");
    let mut frames = Vec::new();
    while reader.next().is_some() {
        let frame = reader.frame();
        let start = frame.as_ptr() as usize - bytes.as_ptr() as usize;
        frames.push(start..start + frame.len());
    }
    frames
}

#[test]
fn damage_in_the_middle_costs_what_is_damaged_and_invents_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _committed) = open(dir.path());
    submit(&journal, &[10, 20, 30, 10, 20, 30]).expect("taken");
    journal.close();
    let whole = journal.read(1).expect("readable");
    let path = segment::path(dir.path(), 1);
    let frames = frames(&whole);
    assert_eq!(frames.len(), 7, "three rows, three repetitions, a seal");

    let after_damage_to = |frame: usize| {
        let mut damaged = whole.clone();
        damaged[frames[frame].start + 9] ^= 1;
        fs::write(&path, &damaged).expect("written");
        journal.repair(1).expect("repaired");
        let bytes = journal.read(1).expect("readable");
        let reader = SegmentReader::new(&bytes).expect("a segment");
        let mut counts: Vec<(u32, Fingerprint, u64)> = Vec::new();
        for record in reader {
            match record {
                Record::First { number, row, .. } => counts.push((number, row.fingerprint, 1)),
                Record::Repeat { row, .. } => {
                    counts.iter_mut().find(|count| count.0 == row).expect("its row").2 += 1;
                }
                Record::Limited { .. } | Record::Policy { .. } => {}
                Record::Seal { rows, reports, .. } => {
                    assert_eq!(rows as usize, counts.len());
                    assert_eq!(reports, counts.iter().map(|count| count.2).sum::<u64>());
                }
            }
        }
        counts
    };
    assert_eq!(after_damage_to(1), [(0, 10, 2), (2, 30, 2)], "a row and its repetition");
    assert_eq!(after_damage_to(3), [(0, 10, 1), (1, 20, 2), (2, 30, 2)], "a repetition");
    assert_eq!(after_damage_to(6), [(0, 10, 2), (1, 20, 2), (2, 30, 2)], "the seal");
}

#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("journal");
    // As somebody left it who restored a backup.
    fs::create_dir(&path).expect("made");
    for (open, mode) in [(&path, 0o755), (&path.join("detection"), 0o644)] {
        if !open.exists() {
            fs::write(open, "").expect("written");
        }
        fs::set_permissions(open, fs::Permissions::from_mode(mode)).expect("set");
    }
    let (journal, _committed) = open(&path);
    submit(&journal, &[1]).expect("taken");
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for file in fs::read_dir(&path).expect("readable") {
        let path = file.expect("readable").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn repairing_a_sound_segment_changes_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let (journal, _committed) = open(dir.path());
    submit(&journal, &[1, 1, 2]).expect("taken");
    journal.close();
    let before = journal.read(1).expect("readable");
    journal.repair(1).expect("repaired");
    assert_eq!(journal.read(1).expect("readable"), before);
}
