//! Sites and page groups, compiled once from the configuration, and the attribution of reports to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::host_set::{HostSet, parents};
use super::known::{Contact, KnownSet, is_imitable, related};
use super::lookalike::{Likeness, Lookalikes};
use crate::base::clock::Timestamp;
use crate::base::collections::{HashMap, HashSet};
use crate::base::domain::registrable;
use crate::base::glob::glob;
use crate::base::limits;
use crate::base::lock::RwLock;
use crate::base::occupancy::StateTable;
use crate::base::signature::SigningKey;
use crate::config::{self, HostPattern, KnownDestination};

/// A site: the hosts of its documents, and the destinations that they are expected to reach.
#[derive(Debug)]
pub struct Site {
    /// Its name.
    pub name: Arc<str>,
    scope: Scope,
    known: KnownSet,
    /// Registrable domains of its own and of known hosts.
    related: HashSet<String>,
    /// Names that an unknown destination may imitate.
    lookalikes: Option<Lookalikes>,
    /// The key that its endpoint is signed with; `None` where it is not.
    endpoint_key: Option<SigningKey>,
    tag_key: Option<SigningKey>,
    groups: Vec<PageGroup>,
    other: PageGroup,
}

#[derive(Debug)]
enum Scope {
    /// These hosts.
    Hosts(HostSet),
    /// Every host of the document's registrable domain: a site that is not configured.
    Registrable,
}

/// A group of pages that is watched as one.
#[derive(Clone, Debug)]
pub struct PageGroup {
    /// Its name.
    pub name: Arc<str>,
    /// Whether cards are entered here.
    pub payment: bool,
    paths: Vec<String>,
    known: KnownSet,
}

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
    /// Whether the document is not that site's.
    pub is_foreign: bool,
}

/// All sites.
#[derive(Debug)]
pub struct Sites {
    configured: HashMap<String, Arc<Site>>,
    exact: HashMap<String, Arc<Site>>,
    below: HashMap<String, Arc<Site>>,
    /// Sites that are not configured, by registrable domain.
    discovered: RwLock<HashMap<String, Arc<Site>>>,
    /// Reports of further sites, for which there was no room.
    undiscovered: AtomicU64,
    other: Arc<Site>,
}

impl Site {
    fn new(config: &config::SiteConfig) -> Self {
        let group = |group: &config::PageGroupConfig| PageGroup {
            name: Arc::from(group.name.as_str()),
            payment: group.payment,
            paths: group.paths.clone(),
            known: KnownSet::new(&group.known),
        };
        let key = |secret: Option<&config::Secret>| Some(SigningKey::new(secret?.0.as_bytes()));
        Self {
            name: Arc::from(config.name.as_str()),
            scope: Scope::Hosts(HostSet::new(&config.hosts)),
            known: KnownSet::new(&config.known),
            related: config
                .hosts
                .iter()
                .map(|host| registrable(host.name()))
                .chain(related(&config.known))
                .map(str::to_owned)
                .collect(),
            lookalikes: Some(Lookalikes::new(
                config.hosts.iter().map(HostPattern::name),
                known_hosts(config).filter(|host| is_imitable(host)).map(HostPattern::name),
            )),
            endpoint_key: key(config.endpoint_key.as_ref()),
            tag_key: key(config.tag_key.as_ref()),
            groups: config.page_groups.iter().map(group).collect(),
            other: PageGroup::other(),
        }
    }

    fn unconfigured(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            scope: Scope::Registrable,
            known: KnownSet::default(),
            related: HashSet::default(),
            // They take a millisecond to compile, and anybody can make a site appear.
            lookalikes: None,
            endpoint_key: None,
            tag_key: None,
            groups: Vec::new(),
            other: PageGroup::other(),
        }
    }

    /// Whether a host is the site's own, seen from a document of `document_host`.
    pub fn owns(&self, host: &str, document_host: &str) -> bool {
        match &self.scope {
            Scope::Hosts(hosts) => hosts.contains(host),
            Scope::Registrable => registrable(host) == registrable(document_host),
        }
    }

    /// Whether the configuration expects a contact on a page group.
    pub fn knows(&self, group: &PageGroup, contact: &Contact<'_>) -> bool {
        self.known.has(contact) || group.known.has(contact)
    }

    /// Whether the configuration names the very host, and not only the network that it is in.
    pub(super) fn knows_host_itself(&self, group: &PageGroup, contact: &Contact<'_>) -> bool {
        self.known.has_host_of(contact) || group.known.has_host_of(contact)
    }

    /// The pattern of `site.hosts` that matches a host, as the configuration spells it; `None` where no site is configured.
    pub fn owned_as(&self, host: &str) -> Option<String> {
        match &self.scope {
            Scope::Hosts(hosts) => hosts.pattern(host),
            Scope::Registrable => None,
        }
    }

    /// The pattern of `known`, the site's or a page group's, that matches a host for everything.
    pub fn known_as(&self, group: &PageGroup, host: &str) -> Option<String> {
        self.known.hosts().pattern(host).or_else(|| group.known.hosts().pattern(host))
    }

    /// The entry of `known`, the site's or a page group's, that expects a contact by its path or directive.
    pub fn known_narrowly(
        &self,
        group: &PageGroup,
        contact: &Contact<'_>,
    ) -> Option<&KnownDestination> {
        let of_group = || self.groups.iter().find(|known| known.name == group.name);
        self.known.narrow(contact).or_else(|| of_group()?.known.narrow(contact))
    }

    /// Whether its endpoint may be signed.
    pub fn has_key(&self) -> bool {
        self.endpoint_key.is_some()
    }

    /// Whether a script of a document is the site's own, or of an expected host.
    pub fn vouches_for(&self, script_host: &str, document_host: &str) -> bool {
        !script_host.is_empty()
            && (self.owns(script_host, document_host) || self.known.hosts().contains(script_host))
    }

    /// Whether an expected host, or one of its own, is of this registrable domain.
    pub fn is_related(&self, domain: &str) -> bool {
        self.related.contains(domain)
    }

    /// The name that a host imitates.
    pub fn likeness(&self, host: &str) -> Option<Likeness<'_>> {
        self.lookalikes.as_ref().and_then(|lookalikes| lookalikes.find(host))
    }

    /// Whether the query of its endpoint is signed with the site's key, and not expired.
    pub fn verifies(&self, query: &str, now: Timestamp) -> bool {
        self.endpoint_key.as_ref().is_some_and(|key| key.verifies(&self.name, query, now))
    }

    /// Whether its correlation tags must be signed.
    pub fn signs_tags(&self) -> bool {
        self.tag_key.is_some()
    }

    /// Whether the query of its endpoint holds the site's signature for this tag.
    pub fn has_signed(&self, tag: &str, query: &str) -> bool {
        self.tag_key.as_ref().is_some_and(|key| key.verifies_tag(&self.name, tag, query))
    }

    /// The page group of a path: the first configured one that matches, else `other`.
    pub fn page_group(&self, path: &str) -> &PageGroup {
        let matches = |group: &&PageGroup| group.paths.iter().any(|pattern| glob(pattern, path));
        self.groups.iter().find(matches).unwrap_or(&self.other)
    }

    /// The page group of a name.
    pub fn group_named(&self, name: &str) -> Option<&PageGroup> {
        self.page_groups().find(|group| *group.name == *name)
    }

    /// The page group of all paths that belong to no configured one.
    pub fn other_pages(&self) -> &PageGroup {
        &self.other
    }

    /// All page groups, `other` last.
    pub fn page_groups(&self) -> impl Iterator<Item = &PageGroup> {
        self.groups.iter().chain([&self.other])
    }
}

/// The hosts that the site knows, on all or on some of its pages.
fn known_hosts(config: &config::SiteConfig) -> impl Iterator<Item = &HostPattern> {
    let of_groups = config.page_groups.iter().flat_map(|group| &group.known);
    config.known.iter().chain(of_groups).map(|known| &known.host)
}

impl PageGroup {
    fn other() -> Self {
        Self {
            name: Arc::from(config::OTHER),
            payment: false,
            paths: Vec::new(),
            known: KnownSet::default(),
        }
    }
}

impl Sites {
    /// Compiles the configured sites.
    pub fn new(sites: &[config::SiteConfig]) -> Self {
        let mut compiled = Self {
            configured: HashMap::default(),
            exact: HashMap::default(),
            below: HashMap::default(),
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
                is_foreign: !document_host.is_empty() && !site.owns(document_host, document_host),
                site: Arc::clone(site),
            },
            Endpoint::Any if self.configured.is_empty() => {
                Attribution { site: self.discover(document_host), is_foreign: false }
            }
            Endpoint::Any => match self.by_host(document_host) {
                Some(site) => Attribution { site: Arc::clone(site), is_foreign: false },
                None => Attribution { site: Arc::clone(&self.other), is_foreign: true },
            },
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

    fn by_host(&self, host: &str) -> Option<&Arc<Site>> {
        self.exact.get(host).or_else(|| parents(host).find_map(|parent| self.below.get(parent)))
    }

    /// The site of a registrable domain; `other` where there is none, and beyond the bound.
    fn discover(&self, document_host: &str) -> Arc<Site> {
        let name = registrable(document_host);
        if name.is_empty() {
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
