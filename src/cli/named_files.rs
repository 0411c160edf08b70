//! The files that the configuration names, for commands that read them themselves.

use std::sync::Arc;

use super::{Failure, eprintln_line, unreadable};
use crate::config::Config;
use crate::decisions::{LiveDecisions, ThreatFiles};
use crate::journal::stored_client_key;

/// What the threat lists say, without the decisions of people: those are in ClickHouse, and the commands that use this
/// do not query it. Prints the lines that are no domains.
pub(super) fn live_decisions(config: &Config) -> Result<Arc<LiveDecisions>, Failure> {
    let mut files = ThreatFiles::new(config.detection.threat_lists.clone());
    let (lists, read) = files.read();
    for (file, listed) in read {
        for (line, wrong) in listed.map_err(|error| unreadable(file, &error))?.wrong {
            eprintln_line(&format!("{}:{line} {wrong}", file.display()));
        }
    }
    let live_decisions = LiveDecisions::default();
    live_decisions.set_threats(lists);
    Ok(Arc::new(live_decisions))
}

/// The key of the client hash: the configured one, else the one beside the journal.
pub(super) fn installation_key(config: &Config) -> Result<[u8; 16], Failure> {
    if let Some(key) = client_key(config)? {
        return Ok(key);
    }
    let dir = &config.journal.dir;
    let key = stored_client_key(dir)?;
    let missing = || {
        format!(
            "there is no client.key in {}: run this where the collector's journal is, or set privacy.client_key_file",
            dir.display()
        )
    };
    Ok(key.ok_or_else(missing)?)
}

/// The key of the client hash, made of the content of `privacy.client_key_file`. `None` where that is not configured:
/// then the key is beside the journal.
pub(super) fn client_key(config: &Config) -> Result<Option<[u8; 16]>, Failure> {
    let Some(file) = &config.privacy.client_key_file else { return Ok(None) };
    let secret = std::fs::read(file)
        .map_err(|error| format!("privacy.client_key_file {}: {error}", file.display()))?;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&secret);
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    Ok(Some(key))
}
