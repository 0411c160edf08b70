//! Threat lists: files with the names of malicious hosts. Each line has one domain, host, address or URL, defanged or not.
//! Lines of `hosts` files (`0.0.0.0 evil.example`) and of ad blockers (`||evil.example^`) work, too. `#` and `!` begin
//! comments.
//!
//! A listed domain covers its subdomains. A list makes an unknown destination more urgent; it never makes another one known.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::host::host_of;
use crate::base::limits;

/// The hosts of all lists together.
#[derive(Clone, Debug, Default)]
pub struct ThreatLists {
    names: Vec<Box<str>>,
    /// For each host the index of its list in `names`.
    hosts: HashMap<Box<str>, u16>,
}

/// What was read of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListSummary {
    /// Lines with a host.
    pub hosts: usize,
    /// The other lines: their numbers, and what is wrong with them.
    pub wrong: Vec<(usize, String)>,
}

impl ThreatLists {
    /// Adds a list. `name`: how alerts call it.
    pub fn add(&mut self, name: &str, text: &str) -> ListSummary {
        let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.names.push(Box::from(name));
        let mut summary = ListSummary::default();
        for (index, line) in text.lines().enumerate() {
            let Some(entry) = entry(line) else { continue };
            let host = match host_of(entry) {
                Ok(_) if self.hosts.len() >= limits::THREATS => {
                    Err(format!("is too much: the lists have {} names already", limits::THREATS))
                }
                host => host.map_err(|wrong| wrong.to_string()),
            };
            match host {
                Ok(host) => {
                    summary.hosts += 1;
                    self.hosts.entry(host.into()).or_insert(number);
                }
                Err(wrong) => summary.wrong.push((index + 1, wrong)),
            }
        }
        summary
    }

    /// The name of the list that has a host or one of its parent domains.
    pub fn find(&self, host: &str) -> Option<&str> {
        if self.hosts.is_empty() {
            return None;
        }
        let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        let number = [host].into_iter().chain(parents).find_map(|name| self.hosts.get(name))?;
        self.names.get(usize::from(*number)).map(|name| &**name)
    }

    /// Whether no list has any host.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }
}

/// The part of a line that should be a host.
fn entry(line: &str) -> Option<&str> {
    let line = line.split('#').next().unwrap_or(line).trim();
    if line.is_empty() || line.starts_with('!') {
        return None;
    }
    // A line of a hosts file has an address and then the name; its first lines name the machine itself.
    let mut words = line.split_whitespace();
    let entry = match (words.next()?, words.next()) {
        (
            "0.0.0.0" | "127.0.0.1" | "::" | "::1" | "255.255.255.255" | "fe80::1%lo0",
            Some(name),
        ) => name,
        (_, Some(_)) => line,
        (only, None) => only,
    };
    let is_own_machine =
        ["localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"]
            .contains(&entry);
    let entry = entry.strip_prefix("||").unwrap_or(entry);
    (!is_own_machine).then(|| entry.split('^').next().unwrap_or(entry))
}

/// The files of the lists, with the time and size that each had when it was read.
#[derive(Debug)]
pub struct ThreatFiles {
    files: Vec<PathBuf>,
    versions: Vec<Option<(SystemTime, u64)>>,
}

impl ThreatFiles {
    /// The lists at these paths, none of which is read yet.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self { versions: vec![None; files.len()], files }
    }

    /// Whether a file has another time or size than when it was read, or is missing since, or new.
    pub fn have_changed(&self) -> bool {
        self.files
            .iter()
            .zip(&self.versions)
            .any(|(file, version)| time_and_size(file).ok() != *version)
    }

    /// Reads all files, and reports for each what it had.
    pub fn read(&mut self) -> (ThreatLists, Vec<(&Path, io::Result<ListSummary>)>) {
        let mut lists = ThreatLists::default();
        self.versions = self.files.iter().map(|file| time_and_size(file).ok()).collect();
        let mut summaries = Vec::new();
        for file in &self.files {
            let summary = fs::read_to_string(file).map(|text| lists.add(&name(file), &text));
            summaries.push((file.as_path(), summary));
        }
        (lists, summaries)
    }
}

fn time_and_size(file: &Path) -> io::Result<(SystemTime, u64)> {
    let metadata = fs::metadata(file)?;
    Ok((metadata.modified()?, metadata.len()))
}

/// The file's name without its extension, in plain characters, because alerts show it.
fn name(file: &Path) -> String {
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("list");
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    stem.chars().take(limits::NAME_BYTES).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_all_forms() {
        let mut lists = ThreatLists::default();
        let text = "# skimmers\n! of the year\n127.0.0.1 localhost\n0.0.0.0 evil.example # seen twice\n\
                    ||thief.example^$third-party\nhxxps://gate[.]example/c.php\n203.0.113.9\n\ncom\na b\n";
        let summary = lists.add("skimmers", text);
        assert_eq!(summary.hosts, 4);
        let lines: Vec<usize> = summary.wrong.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [9, 10], "{:?}", summary.wrong);
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
    fn a_change_of_a_file_is_noticed() {
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
        let (lists, summaries) = files.read();
        assert!(summaries[0].1.is_err() && lists.is_empty());
    }
}
