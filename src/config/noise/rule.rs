//! A noise rule.

use std::fmt;

use ipnet::IpNet;

use super::path_pattern::PathPattern;
use crate::config::host_pattern::HostPattern;
use crate::report::Engine;

/// A rule that identifies noise. Every condition that is not empty must hold; one alternative of each is enough.
#[derive(Clone, Default)]
pub struct NoiseRule {
    /// Its id: the report's `reason`.
    pub id: String,
    /// What causes such reports.
    pub reason: String,
    /// The source of that knowledge.
    pub source: String,
    /// Schemes of what was blocked; never a network scheme.
    pub blocked_scheme: Vec<String>,
    /// Hosts of what was blocked.
    pub blocked_host: Vec<HostPattern>,
    /// Networks of the addresses that were blocked.
    pub blocked_address: Vec<IpNet>,
    /// Ports of what was blocked; the port of the scheme where the URL has none.
    pub blocked_port: Vec<u16>,
    /// Beginnings of their paths.
    pub blocked_path_prefix: Vec<String>,
    /// Patterns of their whole paths. A path that fits a beginning or a pattern is enough.
    pub blocked_path: Vec<PathPattern>,
    /// Keywords in place of a blocked URL (`inline`, `eval`, …): there is no destination.
    pub blocked_keyword: Vec<String>,
    /// Schemes of the script that did it.
    pub source_scheme: Vec<String>,
    /// Hosts of the script that did it.
    pub source_host: Vec<HostPattern>,
    /// Beginnings of its path.
    pub source_path_prefix: Vec<String>,
    /// Beginnings of the sample, leading white space removed.
    pub sample_prefix: Vec<String>,
    /// Texts in the sample.
    pub sample_contains: Vec<String>,
    /// Violated directives.
    pub directive: Vec<String>,
    /// Hosts of the page.
    pub document_host: Vec<HostPattern>,
    /// Beginnings of the page's path.
    pub document_path_prefix: Vec<String>,
    /// Browser engines.
    pub engine: Vec<Engine>,
    /// Texts in the browser's User-Agent.
    pub user_agent_contains: Vec<String>,
    /// Why the rule also applies to destinations on payment pages. `None`: it does not.
    pub payment_pages: Option<PaymentTrust>,
    /// A report that the rule matches.
    pub example: Example,
}

/// ClickHouse remembers digests of this text ([`crate::config::Config::rules_digest`]). So what came later is in it only
/// where it is set, and the digest of rules without it stays.
impl fmt::Debug for NoiseRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = formatter.debug_struct("NoiseRule");
        text.field("id", &self.id).field("reason", &self.reason).field("source", &self.source);
        text.field("blocked_scheme", &self.blocked_scheme);
        text.field("blocked_host", &self.blocked_host);
        text.field("blocked_path_prefix", &self.blocked_path_prefix);
        text.field("blocked_keyword", &self.blocked_keyword);
        text.field("source_scheme", &self.source_scheme).field("source_host", &self.source_host);
        text.field("source_path_prefix", &self.source_path_prefix);
        text.field("sample_prefix", &self.sample_prefix);
        text.field("sample_contains", &self.sample_contains);
        text.field("directive", &self.directive).field("engine", &self.engine);
        match &self.payment_pages {
            None => text.field("payment_pages", &false),
            Some(trust) => text.field("payment_pages", trust),
        };
        text.field("example", &self.example);
        set_field(&mut text, "blocked_address", &self.blocked_address);
        set_field(&mut text, "blocked_port", &self.blocked_port);
        set_field(&mut text, "blocked_path", &self.blocked_path);
        set_field(&mut text, "document_host", &self.document_host);
        set_field(&mut text, "document_path_prefix", &self.document_path_prefix);
        set_field(&mut text, "user_agent_contains", &self.user_agent_contains);
        text.finish()
    }
}

impl fmt::Debug for Example {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The document and the User-Agent came later, and decide nothing.
        let mut text = formatter.debug_struct("Example");
        text.field("blocked", &self.blocked).field("directive", &self.directive);
        text.field("source", &self.source).field("sample", &self.sample).finish()
    }
}

fn set_field<T: fmt::Debug>(text: &mut fmt::DebugStruct<'_, '_>, name: &str, values: &[T]) {
    if !values.is_empty() {
        text.field(name, &values);
    }
}

impl NoiseRule {
    /// Whether it can silence a report of a destination.
    pub fn has_destination(&self) -> bool {
        self.blocked_scheme.is_empty() && self.blocked_keyword.is_empty()
    }

    /// Whether it names paths of what was blocked.
    pub fn has_blocked_path(&self) -> bool {
        !self.blocked_path_prefix.is_empty() || !self.blocked_path.is_empty()
    }

    /// Whether a path of what was blocked fits.
    pub fn covers_blocked_path(&self, path: &str) -> bool {
        !self.has_blocked_path()
            || begins_with_one(&self.blocked_path_prefix, path)
            || self.blocked_path.iter().any(|pattern| pattern.matches(path))
    }

    /// Whether the path of the script that did it fits.
    pub fn covers_source_path(&self, path: &str) -> bool {
        self.source_path_prefix.is_empty() || begins_with_one(&self.source_path_prefix, path)
    }

    /// Whether the page's path fits.
    pub fn covers_document_path(&self, path: &str) -> bool {
        self.document_path_prefix.is_empty() || begins_with_one(&self.document_path_prefix, path)
    }
}

fn begins_with_one(prefixes: &[String], path: &str) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix.as_str()))
}

/// Why a thief can neither have nor use the destinations of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentTrust {
    /// The owner will keep the hosts, and nobody else can put things on them, collect by them, or have them fetch a URL.
    OwnerKeepsHost,
    /// The hosts serve anybody, but at these paths only their owner's things.
    OwnerKeepsPath,
    /// The browser reports the file that a script came from, whatever name the script gives itself.
    BrowserNamesSource,
    /// The hosts or addresses are none of the public network.
    NotPublic,
}

impl PaymentTrust {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::OwnerKeepsHost, "owner-keeps-host"),
        (Self::OwnerKeepsPath, "owner-keeps-path"),
        (Self::BrowserNamesSource, "browser-names-source"),
        (Self::NotPublic, "not-public"),
    ];

    /// Reads a value of `payment_pages`; `false` is none.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text == "false" {
            return Ok(None);
        }
        let found = Self::NAMES.into_iter().find(|(_, name)| *name == text);
        found.map(|(trust, _)| Some(trust)).ok_or_else(|| {
            let names = Self::NAMES.map(|(_, name)| name).join(", ");
            format!("\"{text}\" does not say why a thief cannot use the destination; write one of {names}, or false")
        })
    }
}

/// A report that a rule matches, as a browser sends it.
#[derive(Clone, Default)]
pub struct Example {
    /// `document-uri`
    pub document: String,
    /// `blocked-uri`
    pub blocked: String,
    /// `effective-directive`
    pub directive: String,
    /// `source-file`
    pub source: String,
    /// `script-sample`
    pub sample: String,
    /// The User-Agent. Empty: that of a browser of the rule's engine.
    pub user_agent: String,
}
