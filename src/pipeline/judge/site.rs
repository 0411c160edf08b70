//! A site, compiled once from the configuration.

use std::sync::Arc;

use super::families::at_google_com;
use super::host_set::HostSet;
use super::known::{Contact, KnownSet, is_imitable, related, with_tenants};
use super::lookalike::{Likeness, Lookalikes};
use super::page_group::{PageGroup, PageGroups};
use crate::base::clock::Timestamp;
use crate::base::collections::HashSet;
use crate::base::domain::{registered, registrable};
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
    /// Those of these where other customers have hosts, too.
    with_tenants: HashSet<String>,
    /// Names that an unknown destination may imitate.
    lookalikes: Option<Lookalikes>,
    /// The key that its endpoint is signed with; `None` where it is not.
    endpoint_key: Option<SigningKey>,
    has_endpoint_key: bool,
    tag_key: Option<SigningKey>,
    groups: PageGroups,
}

#[derive(Debug)]
enum Scope {
    /// These hosts.
    Hosts {
        hosts: HostSet,
        /// Their registrable domains: the site's owner has all hosts of these.
        family: HashSet<String>,
    },
    /// Every host of the document's registrable domain: a site that is not configured.
    Registrable,
}

impl Site {
    pub(super) fn new(config: &config::SiteConfig) -> Self {
        let key = |secret: Option<&config::Secret>| Some(SigningKey::new(secret?.0.as_bytes()));
        Self {
            name: Arc::from(config.name.as_str()),
            scope: Scope::Hosts {
                hosts: HostSet::new(&config.hosts),
                family: config
                    .hosts
                    .iter()
                    .filter_map(|host| registered(host.name()))
                    .map(str::to_owned)
                    .collect(),
            },
            known: KnownSet::new(&config.known),
            related: config
                .hosts
                .iter()
                .map(|host| registrable(host.name()))
                .chain(related(&config.known))
                .map(str::to_owned)
                .collect(),
            with_tenants: with_tenants(&config.known, &names_of(config))
                .map(str::to_owned)
                .collect(),
            lookalikes: Some(Lookalikes::new(
                config.hosts.iter().map(HostPattern::name),
                known_hosts(config).filter(|host| is_imitable(host)).map(HostPattern::name),
            )),
            endpoint_key: key(config.endpoint_key.as_ref()),
            has_endpoint_key: config.has_endpoint_key,
            tag_key: key(config.tag_key.as_ref()),
            groups: PageGroups::new(&config.page_groups),
        }
    }

    pub(super) fn unconfigured(name: &str) -> Self {
        Self {
            name: Arc::from(name),
            scope: Scope::Registrable,
            known: KnownSet::default(),
            related: HashSet::default(),
            with_tenants: HashSet::default(),
            // Which names are its own, nobody has said.
            lookalikes: None,
            endpoint_key: None,
            has_endpoint_key: false,
            tag_key: None,
            groups: PageGroups::new(&[]),
        }
    }

    /// Whether a host is the site's own, seen from a document of `document_host`.
    pub fn owns(&self, host: &str, document_host: &str) -> bool {
        match &self.scope {
            Scope::Hosts { hosts, .. } => {
                hosts.contains(host) || (host == document_host && self.is_sibling(host))
            }
            Scope::Registrable => registrable(host) == registrable(document_host),
        }
    }

    /// Whether documents of a host are the site's.
    pub fn has_host(&self, host: &str) -> bool {
        match &self.scope {
            Scope::Hosts { hosts, .. } => hosts.contains(host),
            Scope::Registrable => true,
        }
    }

    /// Whether documents of a host are the site's by a wildcard alone.
    pub fn has_by_wildcard(&self, host: &str) -> bool {
        match &self.scope {
            Scope::Hosts { hosts, .. } => hosts.contains_by_wildcard(host),
            Scope::Registrable => false,
        }
    }

    /// Whether a host is of the same owner as the site's, and missing in `hosts`. Two customers of a hoster are strangers:
    /// the private section of the public suffix list has its domain.
    pub fn is_sibling(&self, host: &str) -> bool {
        match &self.scope {
            Scope::Hosts { hosts, family } => {
                !hosts.contains(host)
                    && registered(host).is_some_and(|domain| family.contains(domain))
            }
            Scope::Registrable => false,
        }
    }

    /// Whether the configuration expects a contact on a page group.
    pub fn knows(&self, group: &PageGroup, contact: &Contact<'_>) -> bool {
        let knows = |contact: &Contact<'_>| self.known.has(contact) || group.known.has(contact);
        knows(contact)
            || at_google_com(contact.host)
                .is_some_and(|host| knows(&Contact { host: &host, ..*contact }))
    }

    /// Whether the configuration names the very host, and not only the network that it is in.
    pub(super) fn knows_host_itself(&self, group: &PageGroup, contact: &Contact<'_>) -> bool {
        self.known.has_host_of(contact) || group.known.has_host_of(contact)
    }

    /// The pattern of `site.hosts` that matches a host, as the configuration spells it; `None` where no site is configured.
    pub fn owned_as(&self, host: &str) -> Option<String> {
        match &self.scope {
            Scope::Hosts { hosts, .. } => hosts.pattern(host),
            Scope::Registrable => None,
        }
    }

    /// All patterns of its own hosts. Where no site is configured: its domain, and everything below.
    pub fn own_hosts(&self) -> Vec<HostPattern> {
        match &self.scope {
            Scope::Hosts { hosts, .. } => hosts.patterns(),
            Scope::Registrable if registered(&self.name).is_some() => {
                let name = self.name.to_string();
                vec![HostPattern::Below(name.clone()), HostPattern::Exact(name)]
            }
            Scope::Registrable => Vec::new(),
        }
    }

    /// All entries of `known`, the site's and a page group's.
    pub fn known_entries(&self, group: &PageGroup) -> Vec<KnownDestination> {
        [self.known.entries(), group.known.entries()].concat()
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
        let of_group = || self.group_named(&group.name);
        self.known.narrow(contact).or_else(|| of_group()?.known.narrow(contact))
    }

    /// Whether its endpoint may be signed.
    pub fn has_key(&self) -> bool {
        self.has_endpoint_key
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

    /// Whether a host may be another customer's of a service that the site knows: the known host there is named after the site,
    /// or by the number of an account.
    pub fn may_be_another_tenants(&self, host: &str) -> bool {
        self.with_tenants.contains(registrable(host))
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

    /// The page group of a path, in whichever spelling: the first configured one that matches, else `other`.
    pub fn page_group(&self, path: &str) -> &PageGroup {
        self.groups.of_path(path)
    }

    /// The page group with cards that a path of `other` looks like.
    pub fn resembling(&self, path: &str) -> Option<&PageGroup> {
        self.groups.resembling(path)
    }

    /// The page group of a name.
    pub fn group_named(&self, name: &str) -> Option<&PageGroup> {
        self.page_groups().find(|group| *group.name == *name)
    }

    /// The page group of all paths that belong to no configured one.
    pub fn other_pages(&self) -> &PageGroup {
        self.groups.other()
    }

    /// All page groups, `other` last.
    pub fn page_groups(&self) -> impl Iterator<Item = &PageGroup> {
        self.groups.all()
    }
}

/// What a site is called: its name, and the first label of each of its domains.
fn names_of(config: &config::SiteConfig) -> Vec<&str> {
    let domains = config.hosts.iter().filter_map(|host| registered(host.name()));
    let labels = domains.filter_map(|domain| domain.split('.').next());
    labels.chain([config.name.as_str()]).collect()
}

/// The hosts that the site knows, on all or on some of its pages.
fn known_hosts(config: &config::SiteConfig) -> impl Iterator<Item = &HostPattern> {
    let of_groups = config.page_groups.iter().flat_map(|group| &group.known);
    config.known.iter().chain(of_groups).map(|known| &known.host)
}
