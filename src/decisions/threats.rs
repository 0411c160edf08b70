//! Threat lists: files of domains that somebody calls bad. One a line, as a domain, a host, an address or a URL,
//! defanged or not; also as `hosts` files (`0.0.0.0 evil.example`) and ad blockers (`||evil.example^`) have them. `#`
//! and `!` begin comments.
//!
//! What stands there covers all below it. A list makes an unknown destination matter more; it never makes one known
//! that is not on it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::name::host_of;
use crate::base::limits;

/// All lists together.
#[derive(Clone, Debug, Default)]
pub struct ThreatLists {
    names: Vec<Box<str>>,
    /// Which list has a host.
    hosts: HashMap<Box<str>, u16>,
}

/// What of a list was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Hosts that it has.
    pub hosts: usize,
    /// Lines that name none: the number, and why.
    pub wrong: Vec<(usize, String)>,
}

impl ThreatLists {
    /// Adds a list with the name by which reasons call it.
    pub fn add(&mut self, name: &str, text: &str) -> Listed {
        let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(Box::from(name));
        let mut listed = Listed::default();
        for (index, line) in text.lines().enumerate() {
            let Some(entry) = entry(line) else { continue };
            let host = match host_of(entry) {
                Ok(_) if self.hosts.len() >= limits::THREATS => {
                    Err(format!("is too much: the lists hold {} names already", limits::THREATS))
                }
                host => host.map_err(|wrong| wrong.to_string()),
            };
            match host {
                Ok(host) => {
                    listed.hosts += 1;
                    self.hosts.entry(host.into()).or_insert(number);
                }
                Err(wrong) => listed.wrong.push((index + 1, wrong)),
            }
        }
        listed
    }

    /// The list that has a host, or one that it is below.
    pub fn find(&self, host: &str) -> Option<&str> {
        if self.hosts.is_empty() {
            return None;
        }
        let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        let number = [host].into_iter().chain(parents).find_map(|name| self.hosts.get(name))?;
        self.names.get(usize::from(*number)).map(|name| &**name)
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }
}

/// What of a line names something.
fn entry(line: &str) -> Option<&str> {
    let line = line.split('#').next().unwrap_or(line).trim();
    if line.is_empty() || line.starts_with('!') {
        return None;
    }
    // Of a hosts file the second word; its first names are the machine's own.
    let mut words = line.split_whitespace();
    let entry = match (words.next()?, words.next()) {
        (
            "0.0.0.0" | "127.0.0.1" | "::" | "::1" | "255.255.255.255" | "fe80::1%lo0",
            Some(name),
        ) => name,
        (_, Some(_)) => line,
        (only, None) => only,
    };
    let is_own = ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"]
        .contains(&entry);
    let entry = entry.strip_prefix("||").unwrap_or(entry);
    (!is_own).then(|| entry.split('^').next().unwrap_or(entry))
}

/// The files, and how they were when they were read.
#[derive(Debug)]
pub struct ThreatFiles {
    files: Vec<PathBuf>,
    seen: Vec<Option<(SystemTime, u64)>>,
}

impl ThreatFiles {
    /// Files that were not read yet.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { seen: vec![None; files.len()], files }
    }

    /// Whether one is another than when it was read.
    pub fn have_changed(&self) -> bool {
        self.files.iter().zip(&self.seen).any(|(file, seen)| state(file).ok() != *seen)
    }

    /// Reads all of them, and tells of each what of it is used.
    pub fn read(&mut self) -> (ThreatLists, Vec<(&Path, io::Result<Listed>)>) {
        let mut lists = ThreatLists::default();
        self.seen = self.files.iter().map(|file| state(file).ok()).collect();
        let mut told = Vec::new();
        for file in &self.files {
            let listed = fs::read_to_string(file).map(|text| lists.add(&name(file), &text));
            told.push((file.as_path(), listed));
        }
        (lists, told)
    }
}

fn state(file: &Path) -> io::Result<(SystemTime, u64)> {
    let metadata = fs::metadata(file)?;
    Ok((metadata.modified()?, metadata.len()))
}

/// The file's name without its extension, as a plain word: it stands in reasons.
fn name(file: &Path) -> String {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("list");
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    stem.chars().take(limits::NAME_BYTES).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_in_many_shapes() {
        let mut lists = ThreatLists::default();
        let text = "# skimmers\n! of the year\n127.0.0.1 localhost\n0.0.0.0 evil.example # seen twice\n\
                    ||thief.example^$third-party\nhxxps://gate[.]example/c.php\n203.0.113.9\n\ncom\na b\n";
        let listed = lists.add("skimmers", text);
        assert_eq!(listed.hosts, 4);
        let lines: Vec<usize> = listed.wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [9, 10], "{:?}", listed.wrong);
        for host in
            ["evil.example", "x.y.evil.example", "thief.example", "gate.example", "203.0.113.9"]
        {
            assert_eq!(lists.find(host), Some("skimmers"), "{host}");
        }
        for host in ["example", "notevil.example", "evil.example.org", ""] {
            assert_eq!(lists.find(host), None, "{host}");
        }
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("my list.txt");
        fs::write(&file, "evil.example\n").expect("written");
        let mut files = ThreatFiles::new(vec![file.clone()]);
        assert!(files.have_changed());
        let (lists, _) = files.read();
        assert_eq!(lists.find("evil.example"), Some("my_list"));
        assert!(!files.have_changed());
        fs::write(&file, "evil.example\nthief.example\n").expect("written");
        assert!(files.have_changed());
        fs::remove_file(&file).expect("removed");
        let (lists, told) = files.read();
        assert!(told[0].1.is_err() && lists.is_empty());
    }
}
