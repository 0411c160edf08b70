//! Rules by the hosts that they name, found by hash lookups instead of trying every rule.

use crate::base::collections::HashMap;
use crate::config::HostPattern;
use crate::pipeline::judge::host_set::parents;

/// Numbers of rules by host.
#[derive(Debug, Default)]
pub(super) struct HostIndex {
    exact: HashMap<String, Vec<usize>>,
    below: HashMap<String, Vec<usize>>,
}

impl HostIndex {
    pub(super) fn add(&mut self, patterns: &[HostPattern], number: usize) {
        for pattern in patterns {
            let (hosts, name) = match pattern {
                HostPattern::Exact(host) => (&mut self.exact, host),
                HostPattern::Below(parent) => (&mut self.below, parent),
            };
            hosts.entry(name.clone()).or_default().push(number);
        }
    }

    /// The rules that name a host or one above it; none for an empty host.
    pub(super) fn get(&self, host: &str) -> impl Iterator<Item = usize> {
        let below = parents(host).filter_map(|parent| self.below.get(parent));
        self.exact.get(host).into_iter().chain(below).flatten().copied()
    }
}
