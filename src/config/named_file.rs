//! The kinds of files that a configuration names, so that a command reads only those that it uses: on the machine of the
//! person on call, or under their user, the others may be missing or unreadable.

use std::io;
use std::path::{Path, absolute};

/// A kind of file that is read together with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedFile {
    /// `privacy.client_key_file`
    ClientKey,
    /// `clickhouse.password_file`
    ClickHousePassword,
    /// The certificate, the key and the provider's secret in `[console]`.
    Console,
    /// `listen.tls_cert` and `listen.tls_key`
    Listener,
    /// `noise.rules`
    NoiseRules,
    /// `listen.admin_token_file`
    AdminToken,
    /// `detection.threat_lists`
    ThreatLists,
    /// `site.tag_key_file` and `site.endpoint_key_file`
    SigningKeys,
    /// `telemetry.otlp_headers_file`
    Telemetry,
}

impl NamedFile {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::ClientKey,
        Self::ClickHousePassword,
        Self::Console,
        Self::Listener,
        Self::NoiseRules,
        Self::AdminToken,
        Self::SigningKeys,
        Self::Telemetry,
        Self::ThreatLists,
    ];
}

/// Why a file cannot be read. A relative path is printed with where it leads, because that depends on where the command
/// starts.
pub(super) fn unreadable(file: &Path, error: &io::Error) -> String {
    match absolute(file) {
        Ok(place) if file.is_relative() => format!(
            "{} cannot be read: {error}; relative paths count from the folder where the command starts, so this is {}",
            file.display(),
            place.display()
        ),
        _ => format!("{} cannot be read: {error}", file.display()),
    }
}
