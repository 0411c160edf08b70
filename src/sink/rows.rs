//! A sealed segment's bytes as rows of the tables. A pure function of the bytes: that is what makes a
//! repeated INSERT the same INSERT.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use smallvec::{SmallVec, smallvec};

use super::pace::Pace;
use crate::base::client_id::ClientId;
use crate::base::clock::{DAY, HOUR, MINUTE, Timestamp, days};
use crate::journal::{EncodedRow, Record, SegmentPart, SegmentReader, SegmentTable, Sighting};
use crate::report::Disposition;
use crate::store::rows::{LimitedRow, PolicyHash, PolicyRow, ReportRow, SightingRow};

/// How old a segment may be that is sent.
const WAITS_AT_MOST: Duration = days(300);

/// How long ago an earlier process may have stored a segment with the time of that moment.
const MOVED_BEFORE: Duration = days(3);

/// The rows of one segment.
#[derive(Debug)]
pub(super) struct SegmentRows<'a> {
    bytes: &'a [u8],
    shift: Shift,
    pace: Pace,
    batch_id: String,
    /// What all batch ids of its file begin with.
    whole_batch_id: String,
    opened: Timestamp,
    /// By ascending number; where a segment was damaged, numbers are missing.
    rows: Vec<FoldedRow<'a>>,
    /// How many, by minute, site and kind.
    limited: BTreeMap<(u32, &'a str, &'static str), u64>,
    policies: Vec<FoundPolicy<'a>>,
}

/// What is done with the times of a segment that a wrong clock may have recorded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    /// Milliseconds by which they are moved.
    pub millis: i64,
    /// An earlier attempt may have stored them moved otherwise.
    pub is_doubtful: bool,
}

/// A policy, when and where it was found.
#[derive(Debug)]
struct FoundPolicy<'a> {
    site: &'a str,
    page_group: &'a str,
    hash: PolicyHash,
    disposition: Disposition,
    text: &'a str,
    at: Timestamp,
}

/// A row, and what its reports add up to. A segment has many, and they are held until ClickHouse has it: so the row itself is
/// decoded anew where it is needed.
#[derive(Debug)]
struct FoldedRow<'a> {
    number: u32,
    encoded: EncodedRow<'a>,
    is_sighting: bool,
    received: Timestamp,
    first_seen: Timestamp,
    last_seen: Timestamp,
    disposition: Disposition,
    count: u64,
    clients: u32,
}

const _: () = assert!(size_of::<FoldedRow<'_>>() <= 64);

impl<'a> SegmentRows<'a> {
    /// Reads a segment; `None` unless it is whole and says what its seal says.
    pub(super) fn read(bytes: &'a [u8], shift: Shift, pace: Pace) -> Option<Self> {
        let mut reader = SegmentReader::new(bytes)?;
        let moved = shift.millis;
        let mut read = Self {
            bytes,
            shift,
            pace,
            batch_id: reader.id.batch_id(),
            whole_batch_id: reader.id.whole_batch_id(),
            opened: reader.id.opened.moved(moved),
            rows: Vec::new(),
            limited: BTreeMap::new(),
            policies: Vec::new(),
        };
        // Of each row: most have one client.
        let mut clients: Vec<SmallVec<[ClientId; 2]>> = Vec::new();
        let mut sealed = None;
        for record in pace.of(reader.by_ref()) {
            match record {
                Record::First { number, received, sighting, row, encoded } => {
                    let (received, sighting) = (received.moved(moved), sighting.moved(moved));
                    clients.push(smallvec![sighting.client]);
                    let is_sighting = row.is_sighting();
                    read.push(FoldedRow::new(number, encoded, is_sighting, received, sighting))?;
                }
                Record::Repeat { row, sighting } => {
                    let position = read.position(row)?;
                    clients[position].push(sighting.client);
                    read.rows[position].add(sighting.moved(moved));
                }
                Record::Limited { minute, site, kind, count } => {
                    let minute =
                        Timestamp::from_seconds(i64::from(minute)).moved(moved).floor(MINUTE);
                    let minute = u32::try_from(minute.seconds()).unwrap_or(0);
                    *read.limited.entry((minute, site, kind.as_str())).or_default() += count;
                }
                Record::Policy { received, hash, disposition, site, page_group, text } => {
                    let at = received.moved(moved);
                    read.policies.push(FoundPolicy {
                        site,
                        page_group,
                        hash: PolicyHash(hash),
                        disposition,
                        text,
                        at,
                    });
                }
                Record::Seal { rows, reports, .. } => sealed = Some((rows as usize, reports)),
            }
        }
        read.count_clients(clients);
        let reports = read.rows.iter().map(|row| row.count).sum();
        let is_whole = reader.skipped_bytes() == 0 && sealed == Some((read.rows.len(), reports));
        is_whole.then_some(read)
    }

    /// `clients`: of each row, one for each of its reports.
    fn count_clients(&mut self, clients: Vec<SmallVec<[ClientId; 2]>>) {
        let mut offers = self.pace.offers();
        for (row, mut clients) in self.rows.iter_mut().zip(clients) {
            offers.after(clients.len());
            clients.sort_unstable();
            clients.dedup();
            row.clients = u32::try_from(clients.len()).unwrap_or(u32::MAX);
        }
    }

    /// `None` when the numbers do not ascend.
    fn push(&mut self, row: FoldedRow<'a>) -> Option<()> {
        let ascends = self.rows.last().is_none_or(|last| last.number < row.number);
        ascends.then(|| self.rows.push(row))
    }

    /// Where the row of a number is.
    fn position(&self, number: u32) -> Option<usize> {
        let position = number as usize;
        let is_there = self.rows.get(position).is_some_and(|row| row.number == number);
        if is_there {
            return Some(position);
        }
        self.rows.binary_search_by_key(&number, |row| row.number).ok()
    }

    fn range(&self, numbers: Range<u32>) -> &[FoldedRow<'a>] {
        let before = |end: u32| self.rows.partition_point(|row| row.number < end);
        &self.rows[before(numbers.start)..before(numbers.end)]
    }

    /// What was done with its times.
    pub(super) fn shift(&self) -> Shift {
        self.shift
    }

    /// When its segment was opened.
    pub(super) fn opened(&self) -> Timestamp {
        self.opened
    }

    /// The token of the INSERTs, and a column of all rows.
    pub(super) fn batch_id(&self) -> &str {
        &self.batch_id
    }

    /// What the batch ids begin with under which its rows may be stored.
    pub(super) fn whole_batch_id(&self) -> &str {
        &self.whole_batch_id
    }

    /// The times that its rows may have where an earlier attempt stored them: their own, and where those are doubtful, the
    /// present at that moment. `now`: by the clock of this machine, which may be the wrong one.
    pub(super) fn may_be_stored_between(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let of_rows = self.rows.iter().map(|row| row.received);
        let minutes = self.limited.keys().map(|(minute, ..)| i64::from(*minute));
        let (mut first, mut last) = (self.opened, self.opened);
        for at in of_rows.chain(minutes.map(Timestamp::from_seconds)) {
            (first, last) = (first.min(at), last.max(at));
        }
        // To look at a few seconds costs ClickHouse little, and there may be many segments.
        if !self.shift.is_doubtful {
            return (first, last);
        }
        let recorded = [first, last].map(|at| at.moved(-self.shift.millis));
        let times = [first, last, recorded[0], recorded[1], now];
        let (first, last) = times.into_iter().fold((now, now), |(a, b), at| (a.min(at), b.max(at)));
        (first - MOVED_BEFORE, last + MOVED_BEFORE)
    }

    /// When the first row of a table was received, as the segment recorded it.
    pub(super) fn first_recorded(&self, table: SegmentTable) -> Option<Timestamp> {
        let received = match table {
            SegmentTable::Sightings => {
                let sightings = self.rows.iter().filter(|folded| folded.is_sighting);
                sightings.map(|folded| folded.received).min()
            }
            SegmentTable::Reports => self.rows.iter().map(|folded| folded.received).min(),
            SegmentTable::Limited => (!self.limited.is_empty()).then_some(self.opened),
            // They have the times at which they were found, and nobody counts them.
            SegmentTable::Policies => None,
        };
        received.map(|at| at.moved(-self.shift.millis))
    }

    /// How many reports its rows stand for.
    pub(super) fn report_count(&self) -> u64 {
        self.rows.iter().map(|row| row.count).sum()
    }

    /// All that goes into a table.
    pub(super) fn whole(&self, table: SegmentTable) -> SegmentPart {
        let end = match table {
            SegmentTable::Limited => self.limited.len(),
            SegmentTable::Policies => self.policies.len(),
            SegmentTable::Reports | SegmentTable::Sightings => {
                self.rows.last().map_or(0, |row| row.number as usize + 1)
            }
        };
        SegmentPart { table, rows: 0..u32::try_from(end).unwrap_or(u32::MAX) }
    }

    /// How many rows a part has.
    pub(super) fn count(&self, part: &SegmentPart) -> u64 {
        let folded = || self.range(part.rows.clone()).iter();
        match part.table {
            SegmentTable::Limited | SegmentTable::Policies => part.rows.len() as u64,
            SegmentTable::Reports => folded().count() as u64,
            SegmentTable::Sightings => {
                let sightings = folded().filter(|folded| folded.is_sighting);
                sightings.map(|folded| folded.count).sum()
            }
        }
    }

    /// For `reports`: one row per distinct violation.
    pub(super) fn reports(&self, rows: Range<u32>) -> impl Iterator<Item = ReportRow<'_>> {
        self.pace.of(self.range(rows).iter().map(|folded| folded.report(&self.batch_id)))
    }

    /// For `sightings`: one row per report that is evidence.
    pub(super) fn sightings(&self, rows: Range<u32>) -> impl Iterator<Item = SightingRow<'_>> {
        // A second pass over the bytes costs less than a million rows kept in memory.
        let all = SegmentReader::new(self.bytes).into_iter().flat_map(SegmentReader::sightings);
        self.pace.of(all).filter_map(move |(number, sighting)| {
            let position = rows.contains(&number).then(|| self.position(number))??;
            let folded = &self.rows[position];
            let sighting = sighting.moved(self.shift.millis);
            folded.is_sighting.then(|| folded.sighting(&self.batch_id, sighting))
        })
    }

    /// For `limited`: counts per minute, site and kind.
    pub(super) fn limited(&self, counts: Range<u32>) -> impl Iterator<Item = LimitedRow<'_>> {
        let (skipped, taken) = (counts.start as usize, counts.len());
        let counts = self.limited.iter().skip(skipped).take(taken);
        counts.map(|(&(minute, site, kind), &count)| LimitedRow {
            batch_id: &self.batch_id,
            received_at: self.opened,
            minute,
            site,
            kind,
            count,
        })
    }

    /// For `policies`: those that pages carried.
    pub(super) fn policies(&self, policies: Range<u32>) -> impl Iterator<Item = PolicyRow<'_>> {
        let (skipped, taken) = (policies.start as usize, policies.len());
        self.policies.iter().skip(skipped).take(taken).map(|found| PolicyRow {
            site: found.site,
            page_group: found.page_group,
            policy_hash: found.hash,
            disposition: found.disposition.as_str(),
            policy: found.text,
            first_seen: found.at,
            last_seen: found.at,
        })
    }
}

impl Shift {
    /// Moves to the present what a clock years behind, or ahead, recorded: ClickHouse deletes what is older than the retention,
    /// and evidence with the time of its arrival there is better than none. A segment may wait for ClickHouse for long, but not
    /// for so long.
    ///
    /// `own` and `now`: the present, by this machine's clock and by ClickHouse's.
    pub(super) fn of(opened: Timestamp, own: Timestamp, now: Timestamp) -> Self {
        let is_doubtful = [own, now].iter().any(|now| !is_certain(opened, *now));
        if is_possible(opened, now) {
            return Self { millis: 0, is_doubtful };
        }
        // ClickHouse deduplicates within a day, and a segment lasts for seconds.
        let to = now.min(now.floor(DAY) + DAY - MINUTE);
        Self { millis: to.millis().saturating_sub(opened.millis()), is_doubtful }
    }

    /// As an earlier attempt did it, which stored at this time what was recorded at that.
    pub(super) fn between(recorded: Timestamp, stored: Timestamp) -> Self {
        let millis = stored.millis().saturating_sub(recorded.millis());
        Self { millis, is_doubtful: true }
    }
}

/// Whether a segment may have been opened then.
pub(super) fn is_possible(opened: Timestamp, now: Timestamp) -> bool {
    opened < now + DAY && now.is_within(WAITS_AT_MOST, opened)
}

/// Whether no earlier attempt can have found that impossible: what is ahead may have been further ahead then.
fn is_certain(opened: Timestamp, now: Timestamp) -> bool {
    opened < now + HOUR && is_possible(opened, now)
}

impl<'a> FoldedRow<'a> {
    fn new(
        number: u32,
        encoded: EncodedRow<'a>,
        is_sighting: bool,
        received: Timestamp,
        sighting: Sighting<'_>,
    ) -> Self {
        Self {
            number,
            encoded,
            is_sighting,
            received,
            first_seen: sighting.at,
            last_seen: sighting.at,
            disposition: sighting.disposition,
            count: 1,
            clients: 0,
        }
    }

    fn add(&mut self, sighting: Sighting<'_>) {
        self.first_seen = self.first_seen.min(sighting.at);
        self.last_seen = self.last_seen.max(sighting.at);
        self.disposition = self.disposition.or(sighting.disposition);
        self.count += 1;
    }

    fn report<'r>(&'r self, batch_id: &'r str) -> ReportRow<'r> {
        ReportRow {
            batch_id,
            received_at: self.received,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            count: self.count,
            clients: self.clients,
            disposition: self.disposition.as_str(),
            ..ReportRow::of(&self.encoded.row())
        }
    }

    fn sighting<'r>(&'r self, batch_id: &'r str, sighting: Sighting<'r>) -> SightingRow<'r> {
        let row = self.encoded.row();
        SightingRow {
            batch_id,
            received_at: self.received,
            seen_at: sighting.at,
            site: row.site,
            page_group: row.page_group,
            destination: row.destination,
            directive: row.directive,
            disposition: sighting.disposition.as_str(),
            channel: row.channel.as_str(),
            verdict: row.verdict.as_str(),
            kind: row.kind.as_str(),
            document_path: row.document_path,
            client: sighting.client.0,
            tag: sighting.tag,
            tag_signed: sighting.is_tag_signed,
            verified: row.verified,
            extensionless: sighting.extensionless,
            fingerprint: row.fingerprint,
        }
    }
}
