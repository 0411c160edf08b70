//! A disk in memory that may lose its power: of what was not synced, some survives, some does not, and some is left half
//! done. Its calls may also fail, as those of Linux do.
//!
//! What a power cut leaves of unsynced bytes: the file has any length between the synced and the written
//! one, and each sector of the rest is what was written, zeros, or bytes of another file. Of unsynced names:
//! each creation, removal and renaming happened or did not. After a failed sync the kernel believes that the bytes were
//! written: the next sync succeeds without them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use crate::base::lock::Mutex;
use crate::journal::disk::{Disk, FileLock, LogFile};

/// Bytes that reach the platter together.
const SECTOR: usize = 512;

/// The disk; clones are the same one.
#[derive(Clone, Debug)]
pub struct ModelDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    files: Vec<File>,
    /// What processes see: names, and indices of `files`.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Since the directory was synced.
    unsynced_names: Vec<NameChange>,
    chance: Chance,
    /// Calls until the power goes.
    calls_left: Option<u64>,
    /// One of so many calls fails; 0 = none.
    fails_one_of: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    written: Vec<u8>,
    durable: Vec<u8>,
    /// Bytes of `written` that the kernel believes to be durable.
    clean: usize,
}

#[derive(Debug)]
enum NameChange {
    Is(PathBuf, usize),
    Renamed(PathBuf, PathBuf, usize),
    Removed(PathBuf),
}

/// A repeatable sequence of numbers (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }
}

impl ModelDisk {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            chance: Chance(seed),
            calls_left: None,
            fails_one_of: 0,
        })))
    }

    /// Another disk with the content that is durable, as a snapshot of a volume makes it.
    pub fn snapshot(&self) -> Self {
        let state = self.state();
        Self::of(&state, |file| &file.durable, &state.durable_names)
    }

    /// Another disk with all that processes see, as a copy makes it while they are down.
    pub fn copy(&self) -> Self {
        let state = self.state();
        Self::of(&state, |file| &file.written, &state.names)
    }

    fn of(state: &State, content: fn(&File) -> &Vec<u8>, names: &BTreeMap<PathBuf, usize>) -> Self {
        let files = state.files.iter().map(content).map(|content| File {
            written: content.clone(),
            durable: content.clone(),
            clean: content.len(),
        });
        Self(Arc::new(Mutex::new(State {
            files: files.collect(),
            names: names.clone(),
            durable_names: names.clone(),
            unsynced_names: Vec::new(),
            chance: Chance(!state.chance.0),
            calls_left: None,
            fails_one_of: 0,
        })))
    }

    /// From now on one of so many calls fails (0 = none), and after so many the power goes.
    pub fn trouble(&self, fails_one_of: u64, calls_left: Option<u64>) {
        let mut state = self.state();
        state.fails_one_of = fails_one_of;
        state.calls_left = calls_left;
    }

    /// The power goes, and comes back.
    pub fn lose_power(&self) {
        let mut state = self.state();
        let State { files, chance, .. } = &mut *state;
        let survivors = files.iter().map(|file| file.survivor(files, chance)).collect();
        state.files = survivors;
        for change in std::mem::take(&mut state.unsynced_names) {
            if state.chance.below(2) == 0 {
                change.apply(&mut state.durable_names);
            }
        }
        state.names = state.durable_names.clone();
        state.calls_left = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl File {
    fn survivor(&self, files: &[Self], chance: &mut Chance) -> Self {
        let mut bytes = self.durable.clone();
        let unsynced = self.written.len().saturating_sub(bytes.len());
        let length = bytes.len() + chance.index(unsynced + 1);
        while bytes.len() < length {
            let sector = bytes.len()..length.min((bytes.len() / SECTOR + 1) * SECTOR);
            match chance.below(4) {
                0 => bytes.resize(sector.end, 0),
                1 => {
                    let other = &files[chance.index(files.len())].written;
                    let old = |index: usize| other.get(index).copied().unwrap_or(0xa5);
                    bytes.extend(sector.map(old));
                }
                _ => bytes.extend_from_slice(&self.written[sector]),
            }
        }
        Self { clean: bytes.len(), written: bytes.clone(), durable: bytes }
    }

    /// What was written since the last sync becomes durable; what an earlier sync failed to write stays
    /// zeros.
    fn sync(&mut self) {
        self.durable.resize(self.clean, 0);
        self.durable.extend_from_slice(&self.written[self.clean..]);
        self.clean = self.written.len();
    }
}

impl NameChange {
    fn apply(self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Is(path, file) => {
                names.insert(path, file);
            }
            Self::Renamed(from, to, file) => {
                names.remove(&from);
                names.insert(to, file);
            }
            Self::Removed(path) => {
                names.remove(&path);
            }
        }
    }
}

impl State {
    /// Runs first in every call: fails where the test wants it.
    fn call(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.calls_left {
            if *left == 0 {
                return Err(io::Error::other("the power is off"));
            }
            *left -= 1;
        }
        if self.fails_one_of > 0 && self.chance.below(self.fails_one_of) == 0 {
            return Err(io::Error::other("the disk failed"));
        }
        Ok(())
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&mut self, path: &Path) -> usize {
        self.files.push(File::default());
        let file = self.files.len() - 1;
        self.names.insert(path.to_owned(), file);
        self.unsynced_names.push(NameChange::Is(path.to_owned(), file));
        file
    }

    /// Some of it when it fails.
    fn append(&mut self, file: usize, bytes: &[u8]) -> io::Result<()> {
        let called = self.call();
        let length = match called {
            Ok(()) => bytes.len(),
            Err(_) => self.chance.index(bytes.len() + 1),
        };
        self.files[file].written.extend_from_slice(&bytes[..length]);
        called
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let called = self.call();
        let file = &mut self.files[file];
        match called {
            Ok(()) => file.sync(),
            Err(_) => file.clean = file.written.len(),
        }
        called
    }
}

impl Disk for ModelDisk {
    fn create_dir(&self, _: &Path) -> io::Result<()> {
        self.state().call()
    }

    fn lock(&self, _: &Path) -> io::Result<Option<Box<dyn FileLock>>> {
        self.state().call()?;
        Ok(Some(Box::new(ModelLock)))
    }

    fn create_log(&self, path: &Path, _: u64) -> io::Result<Box<dyn LogFile>> {
        let mut state = self.state();
        state.call()?;
        if state.names.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.create(path);
        Ok(Box::new(ModelLog { disk: self.clone(), file }))
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        // An emptied file, or a new name, may reach the disk at any time.
        let file = match state.find(path) {
            Ok(file) => {
                state.files[file] = File::default();
                file
            }
            Err(_) => state.create(path),
        };
        state.append(file, content)?;
        state.sync(file)
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        state.call()?;
        let file = state.find(path)?;
        Ok(state.files[file].written.clone())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let mut state = self.state();
        state.call()?;
        Ok(state.names.contains_key(path))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<(String, u64)>> {
        let mut state = self.state();
        state.call()?;
        let inside = state.names.iter().filter_map(|(path, file)| {
            let name = path.strip_prefix(dir).ok()?.to_str().unwrap();
            Some((name.to_owned(), state.files[*file].written.len() as u64))
        });
        Ok(inside.collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        let file = state.find(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), file);
        state.unsynced_names.push(NameChange::Renamed(from.to_owned(), to.to_owned(), file));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        state.find(path)?;
        state.names.remove(path);
        state.unsynced_names.push(NameChange::Removed(path.to_owned()));
        Ok(())
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.call()?;
        state.unsynced_names.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn free_bytes(&self, _: &Path) -> io::Result<u64> {
        self.state().call()?;
        Ok(u64::MAX)
    }
}

#[derive(Debug)]
struct ModelLog {
    disk: ModelDisk,
    file: usize,
}

impl LogFile for ModelLog {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().append(self.file, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }

    fn is_linked(&self) -> io::Result<bool> {
        let mut state = self.disk.state();
        state.call()?;
        Ok(state.names.values().any(|file| *file == self.file))
    }

    fn trim(&self, _: u64) {}
}

/// One process at a time opens the journal in these tests.
#[derive(Debug)]
struct ModelLock;

impl FileLock for ModelLock {
    fn is_at(&self, _: &Path) -> bool {
        true
    }
}
