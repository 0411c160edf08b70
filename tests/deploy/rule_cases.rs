//! The same cases of each alert, step by step: it fires and ends, stays quiet just under, outlives a gap of scrapes and a restart,
//! and a new Prometheus hears of nothing that is over.
//!
//! A timeline has a character a step: `F` where the alert fires, `.` where it does not, `?` where the version of Prometheus
//! decides.

use std::fmt::Write as _;
use std::fs;

use super::root;
use crate::support::tools;

const CASES: [&str; 5] = ["fires and ends", "just under", "gap", "restart", "new Prometheus"];

/// An alert, its series, and what each case gives them.
struct Rule {
    alert: &'static str,
    series: Vec<&'static str>,
    /// Seconds from one sample, and one evaluation, to the next.
    step: u32,
    /// The values of each series, in promtool's notation, and the timeline that follows; in the order of [`CASES`].
    cases: Vec<(Vec<String>, String)>,
}

impl Rule {
    fn new(alert: &'static str, step: u32, series: &[&'static str]) -> Self {
        Self { alert, series: series.to_vec(), step, cases: Vec::new() }
    }

    /// Adds a case. `|` is between the values of two series; a series without values is not there.
    fn case(mut self, values: &str, timeline: &str) -> Self {
        let values = values.split('|').map(|values| values.trim().to_owned()).collect();
        self.cases.push((values, timeline.to_owned()));
        self
    }

    /// An alert for so many seconds after the time that a series holds, which outlives minutes without a scrape.
    fn since(alert: &'static str, series: &'static str, seconds: i64) -> Self {
        // Prometheus begins at 0: the event was before, and five minutes are left of the alert.
        Self::new(alert, 60, &[series])
            .case(&format!("{}x9", 300 - seconds), "FFFFF.....")
            .case(&format!("{}x5", -seconds), "......")
            .case("0x2 _x7 0x2", "FFFFFFFFFFFFF")
            .case("0x2 stale _ 0x3", "FFFFFFFFF")
            .case(&format!("_x3 {}x5", -seconds), ".........")
    }

    /// The same cases of an alert that waits for a step before it fires.
    fn a_step_later(mut self) -> Self {
        for (_, timeline) in &mut self.cases {
            *timeline = timeline.replacen('F', ".", 1);
        }
        self
    }

    /// The same cases while a person has called the destination a theft, which ends nothing.
    fn also_as_a_theft(mut self) -> Self {
        self.series.push(
            r#"cspwatch_destination_decided_timestamp_seconds{instance="a", site="s", destination="d", decision="theft", by="ada"}"#,
        );
        for (values, _) in &mut self.cases {
            values.push("60x20".to_owned());
        }
        self
    }

    /// An alert while a counter has risen within five minutes.
    fn rising(alert: &'static str, series: &'static str) -> Self {
        Self::new(alert, 60, &[series])
            .case("0x2 1x12", "...FFFFF??......")
            .case("5x8", ".........")
            .case("0x2 1 _x2 1x2", "...FFFFF?")
            .case("0x2 1x1 0x3", "...FFFFF?")
            .case("_x3 7x5", ".........")
    }
}

const DAY: i64 = 86_400;

/// What was reported.
fn of_detection() -> Vec<Rule> {
    vec![
        Rule::since(
            "CspwatchUnknownDestinationOnPaymentPage",
            r#"cspwatch_unknown_destination_last_seen_timestamp_seconds{site="s", page_group="g", destination="d", channel="send", severity="page", finding="d"}"#,
            DAY,
        )
        .also_as_a_theft(),
        Rule::since(
            "CspwatchUnknownDestination",
            r#"cspwatch_unknown_destination_last_seen_timestamp_seconds{site="s", page_group="g", destination="d", channel="send", severity="ticket", finding="d"}"#,
            DAY,
        )
        .also_as_a_theft(),
        Rule::new(
            "CspwatchDestinationsHidden",
            60,
            &[r#"cspwatch_unknown_destinations_hidden{site="s", severity="page"}"#],
        )
        .case("0x1 3x2 0x14", "..FFF???????????....")
        .case("0x5", "......")
        .case("3x2 _x7 3x2", "FFFFFFFFFFFFF")
        .case("3x2 stale _ 3x3", "FFFFFFFFF")
        .case("_x3 3x2", "...FFF"),
        Rule::new(
            "CspwatchDestinationsDigest",
            60,
            &[
                r#"cspwatch_destinations_digest_timestamp_seconds{site="s"}"#,
                r#"cspwatch_destinations_digest_destinations{site="s"}"#,
            ],
        )
        .case("-3300x9 | 5x9", "FFFFF.....")
        .case("-3600x5 | 5x5", "......")
        .case("0x2 _x7 0x2 | 5x2 _x7 5x2", "FFFFFFFFFFFFF")
        .case("0x2 stale _ 0x3 | 5x2 stale _ 5x3", "FFFFFFFFF")
        .case("_x3 -3600x5 | _x3 5x5", "........."),
        Rule::since(
            "CspwatchInlineScript",
            r#"cspwatch_inline_script_last_seen_timestamp_seconds{site="s", page_group="g", severity="ticket", finding="f"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchThreatInHistory",
            r#"cspwatch_threat_in_history_timestamp_seconds{instance="a", site="s", page_group="g", destination="d", severity="page"}"#,
            DAY,
        )
        .also_as_a_theft()
        .a_step_later(),
        Rule::since(
            "CspwatchCardDataInUrl",
            r#"cspwatch_pan_in_url_last_seen_timestamp_seconds{site="s", page_group="g"}"#,
            900,
        ),
        Rule::since(
            "CspwatchIntegrityFailure",
            r#"cspwatch_integrity_last_failure_timestamp_seconds{site="s", page_group="g"}"#,
            3_600,
        ),
        Rule::since(
            "CspwatchScriptMismatch",
            r#"cspwatch_sri_mismatch_timestamp_seconds{site="s", page_group="g", script="x"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchScriptChanged",
            r#"cspwatch_script_changed_timestamp_seconds{site="s", page_group="g", script_host="x"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchScriptUnapproved",
            r#"cspwatch_script_unapproved_timestamp_seconds{site="s", page_group="g", script_host="x"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchPolicyChanged",
            r#"cspwatch_policy_changed_timestamp_seconds{site="s", page_group="g", effect="weaker"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchHostNotConfigured",
            r#"cspwatch_host_not_configured_timestamp_seconds{site="s", host="h"}"#,
            DAY,
        ),
        Rule::since(
            "CspwatchReportFlood",
            r#"cspwatch_report_flood_timestamp_seconds{site="s"}"#,
            DAY,
        ),
        Rule::new(
            "CspwatchSiteSilent",
            60,
            &[r#"cspwatch_site_silent_from_timestamp_seconds{site="s", page_group="g"}"#],
        )
        .case("60x8 stale", ".......FFFFFFFFFFF?.")
        .case("600x8", ".........")
        .case("60x8 _x5 60x2", ".......FFFFFFFFFF")
        .case("60x8 stale _ 60x2", ".......FFFFFFF")
        .case("_x3 60x8", "........FFFF"),
        Rule::new(
            "CspwatchReportsLimited",
            60,
            &[r#"cspwatch_reports_total{site="s", kind="csp", outcome="limited"}"#],
        )
        .case("0+1200x9 10800x6", "..????FFFF???....")
        .case("0+600x12", ".............")
        .case("0+1200x9 _x2 14400+1200x2", "..????FFFFFFFFF")
        .case("0+1200x9 0+1200x5", "..????FFFFFFFFFF")
        .case("_x3 100000x5", "........."),
    ]
}

/// What a collector says of itself, and whether it answers.
fn of_collectors() -> Vec<Rule> {
    const UP: [&str; 3] = [
        r#"up{job="cspwatch", instance="a"}"#,
        r#"up{job="cspwatch", instance="b"}"#,
        r#"up{job="cspwatch", instance="c"}"#,
    ];
    const ROOM: &str = r#"cspwatch_journal_room_bytes{instance="a"}"#;
    const BYTES: &str = r#"cspwatch_journal_bytes{instance="a"}"#;
    vec![
        Rule::new("CspwatchCollectorDown", 15, &UP[..2])
            .case("1x3 0x5 1x3 |", "......FFFF....")
            .case("0x9 | 1x9", "..........")
            .case("0x5 _x3 0x5 |", "..FFFFFFFFFFFFF")
            .case("1x3 0 1x3 |", ".........")
            .case("_x2 1x5 |", "........"),
        Rule::new("CspwatchCollectorMissing", 30, &UP)
            .case("1x1 0x7 1x2 | 1x12 | 1x12", "......FFFF...")
            .case("1x1 0x3 1x4 | 1x10 | 1x10", "...........")
            .case("0x6 _x3 0x2 | 1x12 | 1x12", "....FFFFFFFFF")
            .case("1x1 0 1x3 | 1x6 | 1x6", ".......")
            .case("_x2 1x5 | _x2 1x5 | _x2 1x5", "........"),
        Rule::new(
            "CspwatchRefusing",
            15,
            &[
                r#"cspwatch_requests_total{instance="a", status="503"}"#,
                r#"cspwatch_journal_accepting{instance="a"}"#,
            ],
        )
        .case("0x3 1+1x12 13x12 | 1x29", "........FFFFFFFFF?????........")
        .case("0x3 1x12 | 1x16", ".................")
        .case("0x3 1+1x12 _x2 16+1x5 | 1x24", "........FFFFFFFFFFFFFFFFF")
        .case("| 0x5 stale _x3 0x4", "....FFFFFFFFFFF")
        .case("_x3 500x8 | 1x11", "............"),
        Rule::new("CspwatchJournalFilling", 30, &[BYTES, ROOM])
            .case("7e8x1 85e7x5 1e8x3 | 3e8x1 15e7x5 9e8x3", "....FFFF....")
            .case("8e8x5 | 2e8x5", "......")
            .case("85e7x4 _x4 85e7x2 | 15e7x4 _x4 15e7x2", "..FFFFFFFFFF")
            .case("85e7x4 stale _ 85e7x4 | 15e7x4 stale _ 15e7x4", "..FFFFFFFFFF")
            .case("_x3 85e7x4 | _x3 15e7x4", ".....FFF"),
        Rule::new(
            "CspwatchJournalRoomLow",
            60,
            &[ROOM, r#"cspwatch_journal_bytes_limit{instance="a"}"#],
        )
        .case("500x1 50x9 500x3 | 1000x15", ".......FFFFF....")
        .case("100x9 | 1000x9", "..........")
        .case("50x7 _x2 50x2 | 1000x7 _x2 1000x2", ".....FFFFFFFF")
        .case("50x7 stale 50x3 | 1000x7 stale 1000x3", ".....FFFFFFFF")
        .case("_x3 50x7 | _x3 1000x7", "........FFF"),
        Rule::new(
            "CspwatchJournalBacklog",
            60,
            &[r#"cspwatch_journal_oldest_pending_timestamp_seconds{instance="a"}"#],
        )
        .case("0x2 120x9 0x6", "........FFFFF????...")
        .case("0x4 60+60x10", "................")
        .case("120x9 _x2 120x2", "........FFFFFFF")
        .case("120x9 stale 0 120x2", "........FFFFFFF")
        .case("_x9 120x3", ".........FFFF"),
        Rule::new(
            "CspwatchExchangeFailing",
            60,
            &[r#"cspwatch_exchange_last_success_timestamp_seconds{instance="a"}"#],
        )
        .case("0+60x3 180x5 600+60x5", "......FFFF......")
        .case("0x2 180+60x3", ".......")
        .case("0x5 _x2 0x2", "...FFFFFFFF")
        .case("0x5 stale _ 0x2", "...FFFFFFFF")
        .case("_x3 0x3", "...FFFF"),
        Rule::new(
            "CspwatchSinkQuarantine",
            60,
            &[r#"cspwatch_journal_quarantined_segments{instance="a"}"#],
        )
        .case("0x1 2x3 0x6", "..FFFF????...")
        .case("0x5", "......")
        .case("2x2 _x2 2x2", "FFFFFFFF")
        .case("2x2 stale _ 2x2", "FFFFFFFF")
        .case("_x3 2x2", "...FFF"),
        Rule::new(
            "CspwatchClickHouseDiskLow",
            60,
            &[r#"cspwatch_clickhouse_disk_free_bytes{instance="a"}"#],
        )
        .case("2000000000x2 1000000000x12 2000000000x4", "............?FFF.....")
        .case("1073741824x12", ".............")
        .case("1000000000x8 _x2 1000000000x3", ".....FFFFFFFFFF")
        .case("1000000000x8 stale 1000000000x3", ".....FFFFFFFFF")
        .case("_x3 1000000000x8", "........FFFF"),
        Rule::since(
            "CspwatchJournalRestored",
            r#"cspwatch_journal_conflict_timestamp_seconds{instance="a", conflict="older_copy"}"#,
            6 * 3600,
        ),
        Rule::new("CspwatchClockSkewed", 60, &[r#"cspwatch_clock_behind_seconds{instance="a"}"#])
            .case("0x1 61x5 0x3", "....FFFF....")
            .case("60x5", "......")
            .case("61x4 _x2 61x2", "..FFFFFFFF")
            .case("61x4 stale 61x3", "..FFFFFFFF")
            .case("_x2 61x4", "....FFF"),
        Rule::new(
            "CspwatchCertificateExpiring",
            60,
            &[r#"cspwatch_certificate_not_after_timestamp_seconds{instance="a"}"#],
        )
        .case("1209840x8 9999999x2", ".....FFFF...")
        .case("1209960x5", "......")
        .case("0x2 _x7 0x2", "FFFFFFFFFFFFF")
        .case("0x2 stale _ 0x3", "FFFFFFFFF")
        .case("_x3 0x2", "...FFF"),
        Rule::new(
            "CspwatchConfigRefused",
            60,
            &[r#"cspwatch_config_last_reload_successful{instance="a"}"#],
        )
        .case("1x1 0x4 1x3", "...FFFF....")
        .case("1x1 0 1x3", ".......")
        .case("0x4 _x2 0x2", ".FFFFFFFFF")
        .case("0x4 stale 0x3", ".FFFFFFFFF")
        .case("_x2 0x3", "...FFF"),
        // Five minutes are left of eight days, and five more until it fires.
        Rule::new(
            "CspwatchDrillMissed",
            60,
            &[r#"cspwatch_drill_last_passed_timestamp_seconds{site="s"}"#],
        )
        .case("-690900x14 900x3", "...........FFFF...")
        .case("-690900x8", ".........")
        .case("-691500 _x20 -691500", ".....FFFFFFFFFFFFFFFFF")
        .case("-691500x6 stale _ -691500x2", ".....FFFFF")
        .case("_x3 -691500x6", "........FF"),
    ]
}

/// The chain from the rules to the receiver.
fn of_the_chain() -> Vec<Rule> {
    vec![
        Rule::rising(
            "CspwatchNotificationsFailing",
            r#"alertmanager_notifications_failed_total{instance="a", integration="webhook"}"#,
        ),
        Rule::new(
            "CspwatchAlertmanagerDown",
            30,
            &[r#"up{job="alertmanager", instance="a"}"#],
        )
        .case("1x1 0x5 1x3", "....FFFF....")
        .case("1x1 0x1 1x3", "........")
        .case("0x4 _x4 0x2", "..FFFFFFFFFF")
        .case("1x1 0 1x3", ".......")
        .case("_x2 1x3", "......"),
        Rule::new(
            "CspwatchAlertsNotSent",
            60,
            &[
                r#"prometheus_notifications_dropped_total{instance="a"}"#,
                r#"prometheus_notifications_alertmanagers_discovered{instance="a"}"#,
            ],
        )
        .case("0x2 3x12 | 1x15", "...FFFFF??......")
        .case("0x5 | 1x5", "......")
        .case("| 0x3 _x2 0x2", "FFFFFFFFF")
        .case("| 0x3 stale 0x2", "FFFFFFFF")
        .case("_x2 9x4 | _x2 1x4", "......."),
        Rule::rising(
            "CspwatchRulesFailing",
            r#"prometheus_rule_evaluation_failures_total{instance="a", rule_group="/etc/rules/cspwatch.yml;cspwatch-detection"}"#,
        ),
        Rule::new(
            "CspwatchRulesSlow",
            60,
            &[
                r#"prometheus_rule_group_last_duration_seconds{instance="a", rule_group="/etc/rules/cspwatch.yml;cspwatch-detection"}"#,
                r#"prometheus_rule_group_interval_seconds{instance="a", rule_group="/etc/rules/cspwatch.yml;cspwatch-detection"}"#,
            ],
        )
        .case("1x1 3x8 1x3 | 5x14", ".......FFFF....")
        .case("2.5x9 | 5x9", "..........")
        .case("3x7 _x2 3x2 | 5x7 _x2 5x2", ".....FFFFFFFF")
        .case("3x7 stale 3x3 | 5x7 stale 5x3", ".....FFFFFFFF")
        .case("_x2 3x7 | _x2 5x7", ".......FFF"),
    ]
}

/// The tests of rules with one step, as a file for promtool.
fn file(step: u32, rules: &[Rule]) -> String {
    let shipped = root().join("deploy/prometheus/rules/cspwatch.yml");
    let mut text = format!(
        "rule_files: [{}]\nevaluation_interval: {step}s\ntests:\n",
        serde_json::json!(shipped.to_str().unwrap())
    );
    for rule in rules.iter().filter(|rule| rule.step == step) {
        for (case, (values, timeline)) in CASES.iter().zip(&rule.cases) {
            writeln!(text, "  - name: {} {case}", rule.alert).unwrap();
            writeln!(text, "    interval: {step}s\n    input_series:").unwrap();
            for (series, values) in rule.series.iter().zip(values).filter(|(_, v)| !v.is_empty()) {
                writeln!(text, "      - {{series: '{series}', values: '{values}'}}").unwrap();
            }
            text.push_str("    promql_expr_test:\n");
            let firing =
                format!(r#"count(ALERTS{{alertname="{}", alertstate="firing"}})"#, rule.alert);
            for (index, state) in timeline.chars().enumerate().filter(|(_, state)| *state != '?') {
                let at = index * step as usize;
                let samples =
                    if state == 'F' { ", exp_samples: [{labels: '{}', value: 1}]" } else { "" };
                writeln!(text, "      - {{expr: '{firing}', eval_time: {at}s{samples}}}").unwrap();
            }
        }
    }
    text
}

#[test]
fn each_alert_fires_and_ends_as_it_should() {
    let rules = [of_detection(), of_collectors(), of_the_chain()];
    let rules: Vec<Rule> = rules.into_iter().flatten().collect();
    for rule in &rules {
        assert_eq!(rule.cases.len(), CASES.len(), "{}", rule.alert);
    }
    let shipped = fs::read_to_string(root().join("deploy/prometheus/rules/cspwatch.yml")).unwrap();
    let mut missing: Vec<&str> =
        shipped.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    missing.retain(|alert| !rules.iter().any(|rule| rule.alert == *alert));
    // It fires always.
    assert_eq!(missing, ["CspwatchWatchdog"]);
    let directory = tempfile::tempdir().unwrap();
    let mut steps: Vec<u32> = rules.iter().map(|rule| rule.step).collect();
    steps.sort_unstable();
    steps.dedup();
    let files = steps.iter().map(|step| {
        let path = directory.path().join(format!("{step}.yml"));
        fs::write(&path, file(*step, &rules)).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let files: Vec<String> = files.collect();
    let mut arguments = vec!["test", "rules"];
    arguments.extend(files.iter().map(String::as_str));
    let words = tools::check("promtool", &arguments);
    assert_eq!(words.matches("SUCCESS").count(), files.len(), "{words}");
}
