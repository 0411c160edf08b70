//! All sites, and the attribution of reports to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::host_set::parents;
use super::site::Site;
use crate::base::collections::HashMap;
use crate::base::destination::is_plain;
use crate::base::domain::{registered, registrable};
use crate::base::limits;
use crate::base::lock::RwLock;
use crate::base::occupancy::StateTable;
use crate::config::{self, HostPattern};

/// The endpoint that a report was sent to.
#[derive(Clone, Copy, Debug)]
pub enum Endpoint<'a> {
    /// `POST /report`: the document's host determines the site.
    Any,
    /// `POST /report/{site}`.
    Site(&'a Arc<Site>),
}

/// The site that a report belongs to.
#[derive(Debug)]
pub struct Attribution {
    /// The site it is stored under.
    pub site: Arc<Site>,
    /// Whether the document is not that site's. One of a sibling of the site's hosts ([`Site::is_sibling`]) is.
    pub is_foreign: bool,
}

/// All sites.
#[derive(Debug)]
pub struct Sites {
    configured: HashMap<String, Arc<Site>>,
    exact: HashMap<String, Arc<Site>>,
    below: HashMap<String, Arc<Site>>,
    /// The first site of each registrable domain.
    families: HashMap<String, Arc<Site>>,
    /// Sites that are not configured, by registrable domain.
    discovered: RwLock<HashMap<String, Arc<Site>>>,
    /// Reports of further sites, for which there was no room.
    undiscovered: AtomicU64,
    other: Arc<Site>,
}

/// Where nothing is configured.
impl Default for Sites {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Sites {
    /// Compiles the configured sites.
    pub fn new(sites: &[config::SiteConfig]) -> Self {
        let mut compiled = Self {
            configured: HashMap::default(),
            exact: HashMap::default(),
            below: HashMap::default(),
            families: HashMap::default(),
            discovered: RwLock::default(),
            undiscovered: AtomicU64::default(),
            other: Arc::new(Site::unconfigured(config::OTHER)),
        };
        for config in sites {
            let site = Arc::new(Site::new(config));
            for host in &config.hosts {
                let (hosts, name) = match host {
                    HostPattern::Exact(name) => (&mut compiled.exact, name),
                    HostPattern::Below(name) => (&mut compiled.below, name),
                };
                // The first site that claims a host has it.
                hosts.entry(name.clone()).or_insert_with(|| Arc::clone(&site));
                if let Some(domain) = registered(name) {
                    let first = || Arc::clone(&site);
                    compiled.families.entry(domain.to_owned()).or_insert_with(first);
                }
            }
            compiled.configured.insert(config.name.clone(), site);
        }
        compiled
    }

    /// The name of the site for everything that belongs to no other.
    pub fn other(&self) -> &Arc<str> {
        &self.other.name
    }

    /// The configured site of a name.
    pub fn named(&self, name: &str) -> Option<&Arc<Site>> {
        self.configured.get(name)
    }

    /// All configured sites, in no order.
    pub fn configured(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.configured.values()
    }

    /// The site of a report, by its endpoint and the document's host. A document without a
    /// host (`about:srcdoc`, `blob:`, `data:`) belongs to the endpoint's site.
    pub fn attribute(&self, endpoint: Endpoint<'_>, document_host: &str) -> Attribution {
        match endpoint {
            Endpoint::Site(site) => Attribution {
                is_foreign: !document_host.is_empty() && !self.is_of(site, document_host),
                site: Arc::clone(site),
            },
            Endpoint::Any if self.configured.is_empty() => {
                Attribution { site: self.discover(document_host), is_foreign: false }
            }
            Endpoint::Any => {
                match self.by_host(document_host).or_else(|| self.family(document_host)) {
                    Some(site) => Attribution { site: Arc::clone(site), is_foreign: false },
                    None => Attribution { site: Arc::clone(&self.other), is_foreign: true },
                }
            }
        }
    }

    /// How full the table of sites is that are not configured.
    pub fn state(&self) -> StateTable {
        StateTable {
            name: "sites",
            entries: self.discovered.read().len(),
            limit: limits::DISCOVERED_SITES,
            overflow: self.undiscovered.load(Ordering::Relaxed),
        }
    }

    /// Whether a document is a site's: of its hosts, or of a sibling that no other site has.
    fn is_of(&self, site: &Site, document_host: &str) -> bool {
        site.has_host(document_host)
            || (site.is_sibling(document_host) && self.by_host(document_host).is_none())
    }

    /// The site whose owner has a host that no site has.
    fn family(&self, host: &str) -> Option<&Arc<Site>> {
        self.families.get(registered(host)?)
    }

    fn by_host(&self, host: &str) -> Option<&Arc<Site>> {
        self.exact.get(host).or_else(|| parents(host).find_map(|parent| self.below.get(parent)))
    }

    /// The site of a registrable domain; `other` where there is none, where nobody can register it, and beyond the bound.
    fn discover(&self, document_host: &str) -> Arc<Site> {
        let name = registrable(document_host);
        if name.is_empty() || !is_plain(name) {
            return Arc::clone(&self.other);
        }
        let known = self.discovered.read();
        if let Some(site) = known.get(name) {
            return Arc::clone(site);
        }
        let is_full = known.len() >= limits::DISCOVERED_SITES;
        drop(known);
        if is_full {
            self.undiscovered.fetch_add(1, Ordering::Relaxed);
            return Arc::clone(&self.other);
        }
        let mut known = self.discovered.write();
        let site =
            known.entry(name.to_owned()).or_insert_with(|| Arc::new(Site::unconfigured(name)));
        Arc::clone(site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::collections::HashSet;

    #[test]
    fn sites_that_are_not_configured_are_bounded() {
        let sites = Sites::new(&[]);
        let count = limits::DISCOVERED_SITES + 5;
        let names: HashSet<Arc<str>> = (0..count)
            .map(|site| sites.attribute(Endpoint::Any, &format!("www.site{site}.example")).site)
            .map(|site| Arc::clone(&site.name))
            .collect();
        assert_eq!(names.len(), limits::DISCOVERED_SITES + 1, "the rest is `other`");
        let state = sites.state();
        assert_eq!((state.entries, state.overflow), (limits::DISCOVERED_SITES, 5));
    }
}
