//! What Alertmanager answers about an alert, and how many notifications it has delivered. Of a notification it does not say
//! which alert it was about; so a drill looks at what rises once Alertmanager has the alert.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use super::exposition;
use crate::audit::url_below;

/// An alert as Alertmanager has it (API v2, `GET /api/v2/alerts`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldAlert {
    /// The receivers that its routes lead to.
    pub receivers: Vec<String>,
    /// Why it is not delivered; `None`: nothing holds it back.
    pub held_back: Option<&'static str>,
}

/// By integration (webhook, email, pagerduty, …).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notifications(BTreeMap<String, Requests>);

/// What was sent to one integration since Alertmanager started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Requests {
    all: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Alert {
    status: Status,
    receivers: Vec<Receiver>,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    #[serde(rename = "silencedBy", default)]
    silenced_by: Vec<String>,
}

#[derive(Deserialize)]
struct Receiver {
    name: String,
}

/// Where to ask for the alerts about a destination.
pub fn alerts_url(alertmanager: &Url, destination: &str) -> Url {
    let mut url = url_below(alertmanager, "/api/v2/alerts");
    url.query_pairs_mut().append_pair("filter", &format!("destination=\"{destination}\""));
    url
}

/// Where to ask for the notifications.
pub fn metrics_url(alertmanager: &Url) -> Url {
    url_below(alertmanager, "/metrics")
}

/// Where to ask a Prometheus for the series of a destination.
pub fn series_url(prometheus: &Url, destination: &str) -> Url {
    let mut url = url_below(prometheus, "/api/v1/query");
    let series = "cspwatch_unknown_destination_last_seen_timestamp_seconds";
    url.query_pairs_mut()
        .append_pair("query", &format!("{series}{{destination=\"{destination}\"}}"));
    url
}

/// Whether Prometheus answered with a series.
///
/// # Errors
/// Why that is no answer of Prometheus.
pub fn has_series(answer: &[u8]) -> Result<bool, String> {
    let answer: serde_json::Value =
        serde_json::from_slice(answer).map_err(|error| format!("is that a Prometheus? {error}"))?;
    let series = answer["data"]["result"].as_array();
    Ok(!series.ok_or("is that a Prometheus? It answers without a result")?.is_empty())
}

/// The alert of an answer, if there is one.
///
/// # Errors
/// Why that is no answer of Alertmanager.
pub fn alert(answer: &[u8]) -> Result<Option<HeldAlert>, String> {
    let alerts: Vec<Alert> = serde_json::from_slice(answer)
        .map_err(|error| format!("is that an Alertmanager? {error}"))?;
    Ok(alerts.into_iter().next().map(|alert| {
        let held_back = match (&*alert.status.state, alert.status.silenced_by.is_empty()) {
            ("suppressed", false) => Some("a silence holds it back"),
            ("suppressed", true) => Some("another alert inhibits it"),
            _ => None,
        };
        let receivers = alert.receivers.into_iter().map(|receiver| receiver.name).collect();
        HeldAlert { receivers, held_back }
    }))
}

impl Notifications {
    /// Reads the exposition. One without the two metrics has sent nothing.
    pub fn read(exposition: &str) -> Self {
        let mut read = Self::default();
        for (integration, count) in counts(exposition, "alertmanager_notification_requests_total") {
            read.0.entry(integration.to_owned()).or_default().all += count;
        }
        let failed = "alertmanager_notification_requests_failed_total";
        for (integration, count) in counts(exposition, failed) {
            read.0.entry(integration.to_owned()).or_default().failed += count;
        }
        read
    }

    /// The integrations that something was delivered to since an earlier time.
    pub fn delivered_since(&self, before: &Self) -> Vec<&str> {
        self.risen(before, |requests| requests.all.saturating_sub(requests.failed))
    }

    /// The integrations that something could not be delivered to since an earlier time.
    pub fn failed_since(&self, before: &Self) -> Vec<&str> {
        self.risen(before, |requests| requests.failed)
    }

    fn risen(&self, before: &Self, count: fn(&Requests) -> u64) -> Vec<&str> {
        let at_first = |integration| before.0.get(integration).map_or(0, count);
        let all = self.0.iter();
        let risen = all.filter(|(integration, requests)| count(requests) > at_first(*integration));
        risen.map(|(integration, _)| &**integration).collect()
    }
}

/// The counts of a metric, each with its integration.
fn counts<'e>(exposition: &'e str, name: &str) -> impl Iterator<Item = (&'e str, u64)> {
    exposition::series(exposition, name).filter_map(|(labels, value)| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a counter")]
        Some((exposition::label(labels, "integration")?, value as u64))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rose_was_delivered() {
        let read = |webhook: [u64; 2], email: [u64; 2]| {
            Notifications::read(&format!(
                "# HELP alertmanager_notification_requests_total x\n\
                 alertmanager_notification_requests_total{{integration=\"webhook\"}} {}\n\
                 alertmanager_notification_requests_failed_total{{integration=\"webhook\"}} {}\n\
                 alertmanager_notification_requests_total{{integration=\"email\",receiver_name=\"a\"}} {}\n\
                 alertmanager_notification_requests_total{{integration=\"email\",receiver_name=\"b\"}} 1e+00\n\
                 alertmanager_notification_requests_failed_total{{integration=\"email\"}} {}\n",
                webhook[0], webhook[1], email[0], email[1]
            ))
        };
        let before = read([3, 1], [0, 0]);
        assert!(before.delivered_since(&before).is_empty());
        let after = read([5, 3], [1, 0]);
        assert_eq!(after.delivered_since(&before), ["email"]);
        assert_eq!(after.failed_since(&before), ["webhook"]);
        assert_eq!(before.delivered_since(&Notifications::default()), ["email", "webhook"]);
    }

    #[test]
    fn an_alert_is_held_with_its_receivers() {
        let answer = |state: &str, silences: &str| {
            format!(
                r#"[{{"receivers":[{{"name":"drills"}}],"status":{{"inhibitedBy":[],"silencedBy":[{silences}],"state":"{state}"}}}}]"#
            )
        };
        let held = |state, silences| alert(answer(state, silences).as_bytes()).unwrap().unwrap();
        assert_eq!(held("active", "").held_back, None);
        assert_eq!(held("active", "").receivers, ["drills"]);
        assert_eq!(held("suppressed", "\"x\"").held_back, Some("a silence holds it back"));
        assert_eq!(held("suppressed", "").held_back, Some("another alert inhibits it"));
        assert_eq!(alert(b"[]"), Ok(None));
        assert!(alert(b"<html>").unwrap_err().starts_with("is that an Alertmanager?"));
        assert!(has_series(b"[]").is_err());
        let url = alerts_url(&"http://a/prefix/".parse().unwrap(), "d.invalid");
        assert_eq!(
            url.as_str(),
            "http://a/prefix/api/v2/alerts?filter=destination%3D%22d.invalid%22"
        );
    }
}
