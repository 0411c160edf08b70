//! One rule about what is noise.

use super::parse::HostPattern;
use crate::report::Engine;

/// A rule. All conditions that have alternatives must hold; one alternative of each is enough.
#[derive(Clone, Debug, Default)]
pub struct NoiseRule {
    /// Its id: the report's `reason`.
    pub id: String,
    /// What causes such reports.
    pub reason: String,
    /// Where that is known from.
    pub source: String,
    /// Schemes of what was blocked; never one that leads into the network.
    pub blocked_scheme: Vec<String>,
    /// Hosts of what was blocked.
    pub blocked_host: Vec<HostPattern>,
    /// How their path begins.
    pub blocked_path_prefix: Vec<String>,
    /// Keywords in the place of what was blocked (`inline`, `eval`, …): there is no destination.
    pub blocked_keyword: Vec<String>,
    /// Schemes of the script that did it.
    pub source_scheme: Vec<String>,
    /// Hosts of the script that did it.
    pub source_host: Vec<HostPattern>,
    /// How its path begins.
    pub source_path_prefix: Vec<String>,
    /// How the sample begins, white space left away.
    pub sample_prefix: Vec<String>,
    /// What stands in the sample.
    pub sample_contains: Vec<String>,
    /// Violated directives.
    pub directive: Vec<String>,
    /// Browser engines.
    pub engine: Vec<Engine>,
    /// Whether the rule is believed about a destination where cards are entered, too.
    pub payment_pages: bool,
    /// A report that it names.
    pub example: Example,
}

/// A report that a rule names, as a browser would send it.
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
