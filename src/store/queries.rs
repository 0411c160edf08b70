//! All queries of commands and dashboards: one file of SQL each, in `queries/`. Each file says what it answers, its
//! parameters, the usual range of time, and what it is for.
//!
//! Parameters are ClickHouse's own (`{site:String}`), so nothing that a user typed becomes SQL. The dashboards have these
//! queries in Grafana's syntax (dashboards/generate/queries.py). A query over a range of time reads a rollup; a query about
//! a destination reads a table in that order. `bench/run store` measures what each of them costs.

/// A query and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedQuery {
    /// The name of its file, without `.sql`.
    pub name: &'static str,
    /// The SQL.
    pub sql: &'static str,
}

/// A constant for each query that the program itself runs, and the list of all queries.
macro_rules! queries {
    (asked { $($constant:ident = $name:literal,)* } shown { $($shown:literal,)* }) => {
        $(pub(crate) const $constant: &str = include_str!(concat!("queries/", $name, ".sql"));)*

        /// All queries.
        pub const ALL: &[NamedQuery] = &[
            $(NamedQuery { name: $name, sql: $constant },)*
            $(NamedQuery { name: $shown, sql: include_str!(concat!("queries/", $shown, ".sql")) },)*
        ];
    };
}

queries! {
    asked {
        ALERTS_LATEST = "alerts_latest",
        ALERTS_LIST = "alerts_list",
        ALERTS_OF_DESTINATION = "alerts_of_destination",
        CHOICE_SITES = "choice_sites",
        COLLECTORS_LATEST = "collectors_latest",
        COLLECTOR_OTHERS = "collector_others",
        CONSOLE_STATE = "console_state",
        COVERED_PAGE_GROUPS = "covered_page_groups",
        DECISIONS_LATEST = "decisions_latest",
        DECISIONS_NEWEST = "decisions_newest",
        DECISION_OF = "decision_of",
        DESTINATION_HOSTS = "destination_hosts",
        DESTINATIONS_LIST = "destinations_list",
        DESTINATIONS_SEEN = "destinations_seen",
        DRILLS_OF_SITE = "drills_of_site",
        DRILLS_PASSED = "drills_passed",
        DRILL_STORED = "drill_stored",
        DRILL_VERDICTS = "drill_verdicts",
        EVIDENCE_ALERTS = "evidence_alerts",
        EVIDENCE_COLLECTORS = "evidence_collectors",
        EVIDENCE_DAYS = "evidence_days",
        EVIDENCE_DECISIONS = "evidence_decisions",
        EVIDENCE_HEADERS = "evidence_headers",
        EVIDENCE_PAGES = "evidence_pages",
        EVIDENCE_POLICIES = "evidence_policies",
        EXCHANGE_NEWS = "exchange_news",
        EXPORT_ALERTS = "export_alerts",
        EXPORT_BATCHES = "export_batches",
        EXPORT_DECISIONS = "export_decisions",
        EXPORT_ROWS_ALERTS = "export_rows_alerts",
        EXPORT_ROWS_REPORTS = "export_rows_reports",
        EXPORT_ROWS_SIGHTINGS = "export_rows_sightings",
        EXPORT_SIGHTINGS = "export_sightings",
        EXPORT_SPAN = "export_span",
        EXPORT_WHOLE = "export_whole",
        FINDINGS_HOURS = "findings_hours",
        FINDINGS_OPEN = "findings_open",
        GATE_REPORTS = "gate_reports",
        GATE_TRAFFIC = "gate_traffic",
        INCIDENT_CONTEMPORARIES = "incident_contemporaries",
        INCIDENT_COVERAGE = "incident_coverage",
        INCIDENT_DECISIONS = "incident_decisions",
        INCIDENT_DIRECTIVES = "incident_directives",
        INCIDENT_ENGINES = "incident_engines",
        INCIDENT_NEW_SCRIPTS = "incident_new_scripts",
        INCIDENT_PAGES = "incident_pages",
        INCIDENT_PAGE_GROUP_PERIODS = "incident_page_group_periods",
        INCIDENT_PERIODS = "incident_periods",
        INCIDENT_POLICIES = "incident_policies",
        INCIDENT_REDELIVERED = "incident_redelivered",
        INCIDENT_RELEASES = "incident_releases",
        INCIDENT_SCRIPTS = "incident_scripts",
        INCIDENT_SHARED_HOURS = "incident_shared_hours",
        INCIDENT_SHARED_PLACES = "incident_shared_places",
        INCIDENT_SUMMARY = "incident_summary",
        INCIDENT_TAGS = "incident_tags",
        INCIDENT_WHY = "incident_why",
        INFERRED_RELEASES = "inferred_releases",
        NEWER_BATCHES = "newer_batches",
        NOISE_REASONS = "noise_reasons",
        NOTES_OF_DESTINATION = "notes_of_destination",
        OVERVIEW_PAGE_GROUPS_HEARD = "overview_page_groups_heard",
        PIPELINE_TABLES = "pipeline_tables",
        POLICIES_ALL = "policies_all",
        POLICY_CARRIED = "policy_carried",
        POLICY_DECIDED = "policy_decided",
        POLICY_INTEGRITY = "policy_integrity",
        POLICY_REPORTS = "policy_reports",
        RELEASE_OF_VERSION = "release_of_version",
        RELEASES_NEWEST = "releases_newest",
        RELEASES_OF_SITE = "releases_of_site",
        REPORTS_GROUPED = "reports_grouped",
        REPORTS_OF_VIOLATION = "reports_of_violation",
        REPORTS_TREND = "reports_trend",
        SCRIPT_DECISIONS_LATEST = "script_decisions_latest",
        SCRIPT_DECISIONS_NEWEST = "script_decisions_newest",
        SCRIPT_DECISIONS_OF = "script_decisions_of",
        SCRIPTS_OF_SITE = "scripts_of_site",
        SENT_LIMITED = "sent_limited",
        SENT_REPORTS = "sent_reports",
        SENT_SIGHTINGS = "sent_sightings",
        SIGHTINGS_BETWEEN = "sightings_between",
        SIGHTINGS_COUNT = "sightings_count",
        SIGHTINGS_HOURS = "sightings_hours",
        SIGHTINGS_OF_BATCHES = "sightings_of_batches",
        SIGHTINGS_PAST = "sightings_past",
        SIGHTINGS_OF_SOMEBODY = "sightings_of_somebody",
        SITE_NEW_DESTINATIONS = "site_new_destinations",
        STORED_LIMITED = "stored_limited",
        STORED_REPORT = "stored_report",
        STORED_SIGHTING = "stored_sighting",
        TAGS_OF_VIOLATION = "tags_of_violation",
        VIOLATIONS_STORED = "violations_stored",
        WOULD_BE_BLOCKED = "would_be_blocked",
    }
    shown {
        "annotation_alerts",
        "annotation_collectors",
        "annotation_decisions",
        "annotation_policies",
        "annotation_releases",
        "annotation_scripts",
        "incident_before",
        "incident_head",
        "incident_name",
        "incident_over_time",
        "incident_related",
        "incident_states",
        "limited_reports",
        "overview_card_numbers",
        "overview_destinations",
        "overview_integrity_failures",
        "overview_new_destinations",
        "overview_sites",
        "scripts_changes",
        "scripts_integrity",
        "scripts_inventory",
        "scripts_told",
        "scripts_unapproved",
        "site_destinations",
        "site_directives",
        "site_dispositions",
        "site_engines",
        "site_kinds",
        "site_page_groups",
        "site_policies",
        "verdicts_over_time",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::ALL;

    #[test]
    fn every_file_is_listed_and_describes_itself() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/queries");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let files: BTreeSet<_> = files.map(|name| name.into_string().unwrap()).collect();
        let names: BTreeSet<_> = ALL.iter().map(|query| format!("{}.sql", query.name)).collect();
        assert_eq!(files, names);
        for query in ALL {
            assert!(query.sql.starts_with("-- "), "{}: what it answers", query.name);
            for heading in ["\n-- Parameters: ", "\n-- Range: ", "\n-- For: "] {
                assert!(query.sql.contains(heading), "{}: {heading}", query.name);
            }
            let listed =
                query.sql.lines().find(|line| line.starts_with("-- Parameters: ")).unwrap();
            for parameter in parameters(query.sql) {
                assert!(listed.contains(parameter), "{}: {parameter}", query.name);
            }
        }
    }

    /// A query can be pasted into any client as it is, so what several of them ask is in each.
    #[test]
    fn what_limited_approvals_cover_is_asked_alike_everywhere() {
        let asked: Vec<_> =
            ALL.iter().filter_map(|query| Some((query.name, covered(query.sql)?))).collect();
        assert!(asked.len() > 1, "{asked:?}");
        for pair in asked.windows(2) {
            assert_eq!(pair[0].1, pair[1].1, "{} and {}", pair[0].0, pair[1].0);
        }
    }

    /// The part of a query that says what limited approvals cover, without the lines that depend on what it is asked for.
    fn covered(sql: &str) -> Option<Vec<&str>> {
        let (before, _) = sql.split_once("\n) AS covered")?;
        let (_, part) = before.split_once("\nWITH (\n")?;
        let depends = |line: &&str| {
            line.contains(":String}") || line.contains(":Int64}") || line.contains("now64(")
        };
        Some(part.lines().filter(|line| !depends(line)).collect())
    }

    fn parameters(sql: &str) -> impl Iterator<Item = &str> {
        sql.split('{').skip(1).filter_map(|rest| rest.split(':').next())
    }
}
