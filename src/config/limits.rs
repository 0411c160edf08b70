//! `[limits]`

use std::time::Duration;

use super::checker::Checker;
use super::parse::{self, Rate};
use crate::base::limits;

/// The limits that an operator can set; all others are in `base/limits.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one body.
    pub body_bytes: u64,
    /// Reports read from one body.
    pub reports_per_request: usize,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one client network; `None` where it is not set.
    pub connections_per_network: Option<usize>,
    /// Quota of one client; `None` is none.
    pub per_client: Option<Rate>,
    /// Quota of one client network; `None` is none.
    pub per_network: Option<Rate>,
    /// Quota of one site; `None` is none.
    pub per_site: Option<Rate>,
    /// Bytes of rows in a day.
    pub daily_bytes: DailyBytes,
}

/// Bytes of rows that may be made in a day; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyBytes {
    /// By one client network.
    pub per_network: Option<u64>,
    /// Of one site.
    pub per_site: Option<u64>,
}

/// The most connections that can be configured, in all or of one network.
const CONNECTIONS_MAX: usize = 1_000_000;

pub(super) fn section(checker: &Checker) -> Limits {
    let usual = Rate { count: 600, per: Duration::from_secs(60) };
    let per_client = checker.value("limits.per_client", Some(usual), parse::rate);
    let of_many = |client: Rate| Rate {
        count: client.count.saturating_mul(limits::CLIENTS_PER_NETWORK),
        ..client
    };
    let per_network = checker.value("limits.per_network", per_client.map(of_many), parse::rate);
    let connections = |text: &str| parse::count(text, 1, CONNECTIONS_MAX);
    Limits {
        body_bytes: checker.value("limits.body_bytes", limits::BODY_BYTES, body_bytes),
        reports_per_request: checker.value(
            "limits.reports_per_request",
            limits::REPORTS_PER_REQUEST,
            |text| parse::count(text, 1, limits::REPORTS_PER_REQUEST_MAX),
        ),
        connections: checker.value("limits.connections", limits::CONNECTIONS, connections),
        connections_per_network: checker.optional("limits.connections_per_network", connections),
        per_client,
        per_network,
        per_site: checker.value("limits.per_site", None, parse::rate),
        daily_bytes: DailyBytes {
            per_network: checker.value(
                "limits.bytes_per_day_per_network",
                Some(limits::BYTES_PER_DAY_PER_NETWORK),
                bytes_or_none,
            ),
            per_site: checker.value("limits.bytes_per_day_per_site", None, bytes_or_none),
        },
    }
}

/// `"100MiB"`; `"0"` for no limit.
fn bytes_or_none(text: &str) -> Result<Option<u64>, String> {
    if text == "0" { Ok(None) } else { parse::bytes(text).map(Some) }
}

fn body_bytes(text: &str) -> Result<u64, String> {
    let bytes = parse::bytes(text)?;
    if bytes > limits::BODY_BYTES_IN_FLIGHT {
        return Err(format!(
            "\"{text}\" is more than all bodies in flight together may have (256MiB)"
        ));
    }
    Ok(bytes)
}
