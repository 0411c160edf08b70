//! What the collector's admin listener says of a drill.

use url::Url;

use super::super::http_url_of;
use super::Obstacle;
use super::get::get;
use crate::audit::drill::figures::Figures;
use crate::audit::url_below;
use crate::config::Config;

/// The admin listener of a collector.
pub(in crate::cli) struct AdminListener {
    url: Url,
    token: Option<String>,
}

impl AdminListener {
    /// That of a configuration, at another address if one is named.
    pub(in crate::cli) fn of(config: &Config, url: Option<&Url>) -> Self {
        let url = url.cloned().unwrap_or_else(|| http_url_of(config.listen.admin, ""));
        Self { url, token: config.listen.admin_token.as_ref().map(|token| token.0.clone()) }
    }

    /// Its figures now.
    pub(in crate::cli) fn figures(&self) -> Result<Figures, Obstacle> {
        Ok(Figures::read(&self.text("/metrics")?))
    }

    /// Whether there is an alert about a destination.
    pub(super) fn has_alert(&self, destination: &str) -> Result<bool, Obstacle> {
        Ok(self.text("/alerts")?.contains(destination))
    }

    /// Whether a destination is counted as that of a drill.
    pub(super) fn counts_as_drill(&self, destination: &str) -> Result<bool, Obstacle> {
        Ok(self.figures()?.has_drill(destination))
    }

    fn text(&self, path: &str) -> Result<String, Obstacle> {
        let answer = get(&url_below(&self.url, path), self.token.as_deref())?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}
