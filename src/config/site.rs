//! `[[site]]` and `[[site.page_group]]`

use std::collections::BTreeSet;
use std::fmt;

use super::checker::Checker;
use super::host_pattern::{HostPattern, host_pattern};
use super::known::{KnownDestination, known_destination};
use super::named_file::NamedFile;
use super::parse;
use super::secret::{Secret, read_long_secret};
use crate::base::limits;

/// The name for what belongs to no configured site or page group.
pub const OTHER: &str = "other";

/// A site.
#[derive(Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// Its name: in the endpoint's path, in labels, in tables.
    pub name: String,
    /// Hosts whose documents are this site's.
    pub hosts: Vec<HostPattern>,
    /// Destinations that are expected.
    pub known: Vec<KnownDestination>,
    /// The key that correlation tags must be signed with.
    pub tag_key: Option<Secret>,
    /// The key that the site's endpoint may be signed with.
    pub endpoint_key: Option<Secret>,
    /// Whether there is one, for commands that do not read it.
    pub has_endpoint_key: bool,
    /// Groups of pages; the first that matches applies.
    pub page_groups: Vec<PageGroupConfig>,
}

/// A group of a site's pages.
#[derive(Clone, PartialEq, Eq)]
pub struct PageGroupConfig {
    /// Its name.
    pub name: String,
    /// Patterns of paths; `*` matches any characters.
    pub paths: Vec<String>,
    /// Whether cards are entered here.
    pub payment: bool,
    /// Whether buyers confirm payments at their banks within these pages; `None`: that is learnt.
    pub three_d_secure: Option<bool>,
    /// Destinations that are expected on these pages only.
    pub known: Vec<KnownDestination>,
}

// `Config::rules_digest` is computed from these texts: they keep the names that the types had when digests were first
// stored.

impl fmt::Debug for SiteConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, hosts, known, tag_key, endpoint_key, has_endpoint_key: _, page_groups } =
            self;
        formatter
            .debug_struct("Site")
            .field("name", name)
            .field("hosts", hosts)
            .field("known", known)
            .field("tag_key", tag_key)
            .field("endpoint_key", endpoint_key)
            .field("page_groups", page_groups)
            .finish()
    }
}

impl fmt::Debug for PageGroupConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, paths, payment, three_d_secure, known } = self;
        let mut text = formatter.debug_struct("PageGroup");
        text.field("name", name).field("paths", paths).field("payment", payment);
        if let Some(three_d_secure) = three_d_secure {
            text.field("three_d_secure", three_d_secure);
        }
        if !known.is_empty() {
            text.field("known", known);
        }
        text.finish()
    }
}

pub(super) fn sections(checker: &Checker) -> Vec<SiteConfig> {
    let mut names = BTreeSet::new();
    let sites = (0..checker.count("site")).map(|index| {
        let path = format!("site.{index}");
        let site = site(checker, &path);
        if !site.name.is_empty() && !names.insert(site.name.clone()) {
            let message = format!("\"{}\" is taken already", site.name);
            checker.add_problem(&format!("{path}.name"), message);
        }
        site
    });
    sites.collect()
}

fn site(checker: &Checker, path: &str) -> SiteConfig {
    let name = required_name(checker, &format!("{path}.name"));
    let missing = "is needed: the hosts whose documents are this site's";
    let hosts = checker.needed_list(&format!("{path}.hosts"), missing, host_pattern);
    let signing_key = |name: &str| {
        let key = format!("{path}.{name}");
        let file = checker.text(&key)?;
        let kind = NamedFile::SigningKeys;
        read_long_secret(checker, kind, &key, &file, limits::SIGNING_KEY_BYTES)
    };
    let groups_path = format!("{path}.page_group");
    let page_groups = (0..checker.count(&groups_path))
        .map(|index| page_group(checker, &format!("{groups_path}.{index}")))
        .collect();
    SiteConfig {
        name,
        hosts,
        known: checker.list(&format!("{path}.known"), known_destination),
        tag_key: signing_key("tag_key_file"),
        endpoint_key: signing_key("endpoint_key_file"),
        has_endpoint_key: checker.text(&format!("{path}.endpoint_key_file")).is_some(),
        page_groups,
    }
}

fn page_group(checker: &Checker, path: &str) -> PageGroupConfig {
    let missing = "is needed, as in [\"/checkout*\"]";
    let paths = checker.needed_list(&format!("{path}.paths"), missing, |text| {
        if text.starts_with(['/', '*']) {
            Ok(text.to_owned())
        } else {
            Err(format!("\"{text}\" is not a path; it begins with \"/\", as in \"/checkout*\""))
        }
    });
    PageGroupConfig {
        name: required_name(checker, &format!("{path}.name")),
        paths,
        payment: checker.value(&format!("{path}.payment"), false, parse::boolean),
        three_d_secure: checker.optional(&format!("{path}.three_d_secure"), parse::boolean),
        known: checker.list(&format!("{path}.known"), known_destination),
    }
}

/// Empty where the name is missing or wrong.
fn required_name(checker: &Checker, path: &str) -> String {
    match checker.optional(path, site_name) {
        Some(name) => name,
        None => {
            // A wrong name was reported already; here it is missing.
            if checker.text(path).is_none() {
                checker.add_problem(path, "is needed".to_owned());
            }
            String::new()
        }
    }
}

/// The name of a site or of a page group: safe in a URL's path, a label and a table.
///
/// # Errors
/// What a name is.
pub fn site_name(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if text == OTHER {
        return Err(format!(
            "\"{OTHER}\" is the name for everything that is not configured; choose another"
        ));
    }
    if text.is_empty() || text.len() > limits::NAME_BYTES || !text.bytes().all(is_plain) {
        return Err(format!("\"{text}\" is not a name: 1 to 64 of a-z A-Z 0-9 - _ ."));
    }
    Ok(text.to_owned())
}
