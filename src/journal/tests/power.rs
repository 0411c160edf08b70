//! Power cuts, kills, failing disks and copies, on a model of the disk: what was acknowledged is there afterwards,
//! once, and nothing else is. No threads and no clock, so that every failure can be repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt;
use proptest::prelude::*;

use super::model_disk::{Chance, ModelDisk};
use super::*;

/// What happens to one process.
#[derive(Clone, Debug)]
struct Life {
    /// Turns of the committer.
    turns: u64,
    /// Whether each turn ends with a seal.
    seals: bool,
    /// One of so many calls fails; 0 = none.
    fails_one_of: u64,
    /// Whether a snapshot of the disk is made after the first turn, while the process goes on.
    is_copied: bool,
    before: Before,
    end: End,
}

/// What happens before a process starts.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    /// The latest snapshot is put back, and what came since is gone.
    Restored,
    /// The machine is cloned: another process goes on with the same disk, and both send.
    Cloned,
    /// The file `sent` is moved away.
    SentRemoved,
}

#[derive(Clone, Debug)]
enum End {
    /// SIGTERM.
    Closed,
    /// SIGKILL: what was written is there.
    Killed,
    /// After so many calls to the disk: what was synced is there.
    PowerCut(u64),
}

fn life() -> impl Strategy<Value = Life> {
    let end = prop_oneof![
        Just(End::Closed),
        Just(End::Killed),
        (0_u64..120).prop_map(End::PowerCut),
        (0_u64..120).prop_map(End::PowerCut),
    ];
    let fails_one_of = prop_oneof![Just(0_u64), 4_u64..60];
    let before = prop_oneof![
        4 => Just(Before::Nothing),
        1 => Just(Before::Restored),
        1 => Just(Before::Cloned),
        1 => Just(Before::SentRemoved),
    ];
    (1_u64..12, any::<bool>(), fails_one_of, any::<bool>(), before, end).prop_map(
        |(turns, seals, fails_one_of, is_copied, before, end)| Life {
            turns,
            seals,
            fails_one_of,
            is_copied,
            before,
            end,
        },
    )
}

struct NullObserver;

impl CommitObserver for NullObserver {
    fn committed(&mut self, _: &Batch, _: &[Folded]) {}
    fn refused(&mut self, _: &Batch, _: &[Folded]) {}
    fn synced(&mut self, _: Duration) {}
    fn failed(&mut self, _: &io::Error) {}
}

/// The browsers that report, the ClickHouse that stores, and what was acknowledged.
struct World {
    disk: ModelDisk,
    chance: Chance,
    issued: u64,
    acknowledged: BTreeSet<u64>,
    limited_issued: u64,
    limited_acknowledged: u64,
    /// What ClickHouse received under each token: the numbers of reports, and how many were limited.
    stored: BTreeMap<String, (Vec<u64>, u64)>,
    /// The latest copy, and what was acknowledged until then.
    copy: Option<Copied>,
    /// Other machines with the same journal.
    clones: Vec<ModelDisk>,
}

struct Copied {
    disk: ModelDisk,
    acknowledged: BTreeSet<u64>,
    limited: u64,
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            disk: ModelDisk::new(seed),
            chance: Chance(!seed),
            issued: 0,
            acknowledged: BTreeSet::new(),
            limited_issued: 0,
            limited_acknowledged: 0,
            stored: BTreeMap::new(),
            copy: None,
            clones: Vec::new(),
        }
    }

    fn copy(&mut self) {
        let (disk, acknowledged) = (self.disk.snapshot(), self.acknowledged.clone());
        self.copy = Some(Copied { disk, acknowledged, limited: self.limited_acknowledged });
    }

    fn happens(&mut self, before: Before) {
        match before {
            Before::Nothing => {}
            Before::Restored => {
                // Of a clone and a copy that are not the same, nobody can say who has more.
                let Some(copy) = self.copy.as_ref().filter(|_| self.clones.is_empty()) else {
                    return;
                };
                self.disk = copy.disk.copy();
                // What was on the lost disk alone is gone with it.
                let stored: BTreeSet<u64> = self.numbers().collect();
                self.acknowledged
                    .retain(|number| copy.acknowledged.contains(number) || stored.contains(number));
                self.limited_acknowledged = copy.limited;
            }
            Before::Cloned => {
                // It was shut down for that, so that all of it is durable.
                self.disk = self.disk.copy();
                self.clones.push(self.disk.copy());
            }
            Before::SentRemoved => _ = self.disk.remove(Path::new("/journal/sent")),
        }
    }

    /// The numbers of the reports that are stored.
    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.stored.values().flat_map(|(numbers, _)| numbers).copied()
    }

    fn open(&self, seals: bool) -> Result<(Journal, Committer<NullObserver>), JournalError> {
        let seal_every = if seals { Duration::ZERO } else { Duration::from_secs(3600) };
        let config = config::JournalConfig { seal_every, ..config(Path::new("/journal")) };
        Journal::open_on(Arc::new(self.disk.clone()), &config, NullObserver)
    }

    fn live(&mut self, life: &Life) {
        self.happens(life.before);
        let calls = if let End::PowerCut(calls) = life.end { Some(calls) } else { None };
        self.disk.trouble(life.fails_one_of, calls);
        if let Ok((journal, mut committer)) = self.open(life.seals) {
            for turn in 0..life.turns {
                self.report(&journal, &mut committer);
                if turn == 0 && life.is_copied {
                    self.copy();
                }
                // Sometimes nothing is left: then no younger segment shows which numbers were used.
                for _ in 0..self.chance.below(4) {
                    self.send(&journal);
                }
            }
            if matches!(life.end, End::Closed) {
                journal.shared.queue.close();
                committer.turn();
            }
        }
        if calls.is_some() {
            self.disk.lose_power();
        }
    }

    /// Some requests, and one turn of the committer.
    fn report(&mut self, journal: &Journal, committer: &mut Committer<NullObserver>) {
        let requests = 1 + self.chance.below(3);
        let waiting: Vec<_> = (0..requests).map(|_| self.submit(journal)).collect();
        committer.turn();
        for (numbers, limited, answer) in waiting {
            if answer.now_or_never() == Some(Ok(())) {
                self.acknowledged.extend(numbers);
                self.limited_acknowledged += limited;
            }
        }
    }

    fn submit(&mut self, journal: &Journal) -> (Vec<u64>, u64, Answer) {
        let first = self.issued;
        self.issued += 1 + self.chance.below(4);
        let numbers: Vec<u64> = (first..self.issued).collect();
        // Three reports in a row are of the same violation; the client is the report's number.
        let batches = numbers.iter().map(|number| batch(&[u128::from(number / 3)]));
        let mut batch = batches.reduce(|mut all, mut next| {
            all.entries.append(&mut next.entries);
            all
        });
        let mut batch = batch.take().unwrap();
        for (entry, number) in batch.entries.iter_mut().zip(&numbers) {
            entry.at = Timestamp::from_millis(i64::try_from(*number).unwrap());
        }
        let limited = self.chance.below(2);
        if limited > 0 {
            self.limited_issued += limited;
            let site = Arc::from("shop");
            batch.limited.push(Limited { site, kind: Kind::Csp, count: limited });
        }
        (numbers, limited, journal.submit(batch))
    }

    /// Perhaps sends the oldest segment; ClickHouse stores it, and perhaps its answer is lost.
    fn send(&mut self, journal: &Journal) {
        let Some(sealed) = journal.pending().first().copied() else { return };
        let number = sealed.id.number;
        if self.chance.below(2) == 0 {
            return;
        }
        let Ok(bytes) = journal.read(number) else { return };
        let content = content(&bytes);
        let whole = sealed.id.whole_batch_id();
        let of_same = self.stored.iter().filter(|(token, _)| token.starts_with(&whole));
        let most = of_same.map(|(_, (numbers, _))| numbers.len()).max();
        if !(sealed.is_inherited && most >= Some(content.0.len())) {
            let stored = self.stored.entry(sealed.id.batch_id()).or_insert_with(|| content.clone());
            assert_eq!(*stored, content, "the same token for other rows: ClickHouse drops them");
        }
        // What fails here is sent again, under the same token.
        let _ = match self.chance.below(8) {
            0 | 1 => Ok(()),
            2 => journal.set_rejections(number, &Rejections::default()),
            3 => journal.quarantine(number),
            _ => journal.forget(number),
        };
    }

    /// Repairs the disks, sends everything, and checks what was stored.
    fn check(&mut self) {
        let mut disks = std::mem::take(&mut self.clones);
        disks.push(self.disk.clone());
        for disk in disks {
            disk.trouble(0, None);
            self.send_all(disk);
        }
        let all: Vec<u64> = self.numbers().collect();
        let stored: BTreeSet<u64> = all.iter().copied().collect();
        assert_eq!(all.len(), stored.len(), "stored twice");
        let lost: Vec<_> = self.acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(stored.last().is_none_or(|last| *last < self.issued), "invented");
        let limited: u64 = self.stored.values().map(|(_, limited)| limited).sum();
        assert!((self.limited_acknowledged..=self.limited_issued).contains(&limited), "limited");
    }

    /// Takes some more reports on a disk, and sends all that is there.
    fn send_all(&mut self, disk: ModelDisk) {
        self.disk = disk;
        let (journal, mut committer) = self.open(true).unwrap();
        self.report(&journal, &mut committer);
        journal.shared.queue.close();
        committer.turn();
        while !journal.pending().is_empty() {
            self.send(&journal);
        }
    }
}

/// The numbers of the reports in a segment, and how many were limited.
fn content(bytes: &[u8]) -> (Vec<u64>, u64) {
    let mut reader = SegmentReader::new(bytes).unwrap();
    let (mut numbers, mut limited, mut sealed) = (Vec::new(), 0, None);
    for record in reader.by_ref() {
        match record {
            Record::First { sighting, row, .. } => {
                let number = u64::try_from(sighting.at.millis()).unwrap();
                assert_eq!(row.fingerprint, u128::from(number / 3), "another report's row");
                numbers.push(number);
            }
            Record::Repeat { sighting, .. } => {
                numbers.push(u64::try_from(sighting.at.millis()).unwrap())
            }
            Record::Limited { count, .. } => limited += count,
            Record::Policy { .. } => {}
            Record::Seal { reports, .. } => sealed = Some(reports),
        }
    }
    assert_eq!(reader.skipped_bytes(), 0);
    assert_eq!(sealed, Some(numbers.len() as u64), "a segment that is sent is whole");
    (numbers, limited)
}

proptest! {
    #[test]
    fn what_was_acknowledged_is_stored_once(
        seed in any::<u64>(),
        lives in prop::collection::vec(life(), 1..8),
    ) {
        let mut world = World::new(seed);
        for life in &lives {
            world.live(life);
        }
        world.check();
    }
}
