//! Spellings of values: sizes, durations, rates, addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::base::clock::{DAY, HOUR, MILLISECOND, MINUTE, SECOND};
use crate::base::limits::{GIB, KIB, MIB};

/// A quota: at most `count` events in each period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Events per period, at least 1.
    pub count: u32,
    /// The period.
    pub per: Duration,
}

/// `1048576`, `"512KiB"`, `"10GiB"`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split_unit(text);
    let factor = match unit {
        "" | "B" => 1,
        "KiB" => KIB,
        "MiB" => MIB,
        "GiB" => GIB,
        "TiB" => 1024 * GIB,
        _ => 0,
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match bytes {
        Some(bytes) if bytes > 0 => Ok(bytes),
        _ => Err(format!("\"{text}\" is not a size; write for example \"512KiB\" or \"10GiB\"")),
    }
}

/// `"500ms"`, `"5s"`, `"2m"`, `"1h"`, `"7d"`.
///
/// # Errors
/// A sentence that shows a right one.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text);
    let unit = match unit {
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => Duration::ZERO,
    };
    let millis =
        number.parse::<u128>().ok().and_then(|number| number.checked_mul(unit.as_millis()));
    match millis.and_then(|millis| u64::try_from(millis).ok()) {
        Some(millis) if millis > 0 => Ok(Duration::from_millis(millis)),
        _ => Err(format!("\"{text}\" is not a duration; write for example \"500ms\" or \"5s\"")),
    }
}

/// `"90d"`; `"0"` for ever.
pub(super) fn days(text: &str) -> Result<Option<u32>, String> {
    if text == "0" {
        return Ok(None);
    }
    match text.strip_suffix('d').and_then(|number| number.parse().ok()) {
        // ClickHouse's dates end in 2149.
        Some(days @ 1..=36_500) => Ok(Some(days)),
        _ => Err(format!(
            "\"{text}\" is not a number of days; write for example \"90d\", or \"0\" for ever"
        )),
    }
}

/// `"600/min"`, `"10/s"`; `"0"` for no quota.
pub(super) fn rate(text: &str) -> Result<Option<Rate>, String> {
    if text == "0" {
        return Ok(None);
    }
    let rate = text.split_once('/').and_then(|(count, per)| {
        let per = match per {
            "s" | "sec" => Duration::from_secs(1),
            "m" | "min" => Duration::from_secs(60),
            "h" | "hour" => Duration::from_secs(3600),
            _ => return None,
        };
        let count = count.parse().ok().filter(|count| *count > 0)?;
        Some(Rate { count, per })
    });
    match rate {
        Some(rate) => Ok(Some(rate)),
        None => Err(format!(
            "\"{text}\" is not a rate; write for example \"600/min\", \"10/s\", or \"0\" for none"
        )),
    }
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("\"{text}\" is neither true nor false"))
}

/// A count of at least `min` and at most `max`.
pub(super) fn count(text: &str, min: usize, max: usize) -> Result<usize, String> {
    match text.replace('_', "").parse() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("\"{text}\" is not a number from {min} to {max}")),
    }
}

/// `10.0.0.0/8`, `2001:db8::1`.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let single = |text: &str| text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single(text)).map_err(|_| {
        format!(
            "\"{text}\" is not a network; write for example \"10.0.0.0/8\" or \"2001:db8::/32\""
        )
    })
}

/// `127.0.0.1:8080`.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| format!("\"{text}\" is not an address; write for example \"127.0.0.1:8080\""))
}

/// Whether a URL leads to this machine, so that what is sent there crosses no network.
pub fn is_on_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn split_unit(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    (number, unit.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes("1MiB"), Ok(MIB));
        assert_eq!(bytes("10 GiB"), Ok(10 * GIB));
        assert_eq!(bytes("17"), Ok(17));
        for wrong in ["", "0", "1MB", "-1KiB", "99999999999TiB", "MiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_and_rates() {
        assert_eq!((days("90d"), days("0")), (Ok(Some(90)), Ok(None)));
        assert!(days("0d").is_err() && days("90").is_err() && days("99999999d").is_err());
        assert_eq!(duration("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(duration("7d"), Ok(7 * DAY));
        assert!(duration("5").is_err() && duration("0s").is_err());
        assert_eq!(rate("600/min"), Ok(Some(Rate { count: 600, per: Duration::from_secs(60) })));
        assert_eq!(rate("0"), Ok(None));
        assert!(rate("0/s").is_err() && rate("5/day").is_err() && rate("x").is_err());
    }
}
