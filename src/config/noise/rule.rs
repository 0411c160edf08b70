//! A noise rule.

use crate::config::host_pattern::HostPattern;
use crate::report::Engine;

/// A rule that identifies noise. Every condition that is not empty must hold; one alternative of each is enough.
#[derive(Clone, Debug, Default)]
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
    /// Beginnings of their paths.
    pub blocked_path_prefix: Vec<String>,
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
    /// Browser engines.
    pub engine: Vec<Engine>,
    /// Whether the rule also applies to destinations on payment pages.
    pub payment_pages: bool,
    /// A report that the rule matches.
    pub example: Example,
}

/// A report that a rule matches, as a browser sends it.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// `blocked-uri`
    pub blocked: String,
    /// `effective-directive`
    pub directive: String,
    /// `source-file`
    pub source: String,
    /// `script-sample`
    pub sample: String,
}
