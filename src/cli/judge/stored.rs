//! What another list of noise rules would change about the violations that ClickHouse has.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::recorded::print_unmatched;
use crate::audit::noise_rules::{
    Change, ChangeKind, Naming, Occurrences, RuleTrial, never_matched,
};
use crate::base::clock::Timestamp;
use crate::base::display::count;
use crate::base::limits;
use crate::base::stdout::stdout;
use crate::cli::progress::Progress;
use crate::cli::table::{self, defanged, safe, seconds};
use crate::cli::{Failure, answering, check_site, live_decisions};
use crate::config::{Config, Noise, NoiseList};
use crate::decisions::Decisions;
use crate::pipeline::JudgingRules;
use crate::store::violations::{self, ViolationQuery};
use crate::store::{decisions, sightings};

/// Which violations.
pub(super) struct Range<'a> {
    pub(super) site: Option<&'a str>,
    pub(super) since: Duration,
}

/// What the command prints.
struct Outcome<'a> {
    query: ViolationQuery<'a>,
    running: &'a Noise,
    new: &'a Noise,
    trial: RuleTrial<'a>,
}

/// Judges the violations by the rules in use and by new ones, and prints what differs.
pub(super) fn run(
    config: &Config,
    new: &Noise,
    range: &Range<'_>,
    as_json: bool,
) -> Result<(), Failure> {
    range.site.map_or(Ok(()), |site| check_site(config, site))?;
    let to = Timestamp::now();
    let site = range.site.unwrap_or_default();
    let query = ViolationQuery { site, from: to - range.since, to };
    let judging = JudgingRules::new(config, live_decisions(config)?);
    let trial = RuleTrial::new(&judging, &config.noise.rules, &new.rules);
    let mut outcome = Outcome { query, running: &config.noise, new, trial };
    read(config, &judging, &mut outcome)?;
    let mut out = io::BufWriter::new(stdout());
    if as_json {
        writeln!(out, "{}", outcome.json())?;
    } else {
        outcome.print(&mut out)?;
    }
    Ok(out.flush()?)
}

/// Reads people's decisions, which come before any rule, and tries the lists on each violation.
fn read(config: &Config, judging: &JudgingRules, outcome: &mut Outcome<'_>) -> Result<(), Failure> {
    let client = answering(config)?;
    client.unless_silent(async {
        let decided = decisions::all(&client, &Decisions::default(), outcome.query.to).await?;
        judging.live_decisions.set_decisions(decided);
        let policies = sightings::policies(&client).await?.into_iter();
        let policies: HashMap<String, String> =
            policies.map(|stored| (stored.policy_hash, stored.policy)).collect();
        let mut progress = Progress::new("violations", None);
        violations::each(&client, outcome.query, |violation| {
            let policy = policies.get(&violation.policy_hash).map_or("", String::as_str);
            outcome.trial.observe(violation, policy);
            progress.step();
            Ok(())
        })
        .await
    })
}

impl Outcome<'_> {
    /// The changes of a kind: payment pages first, then those with most reports.
    fn changes(&self, kind: ChangeKind) -> Vec<(&Change, Occurrences)> {
        let changes = self.trial.changes.iter().filter(|(change, _)| change.kind() == kind);
        let mut changes: Vec<_> = changes.map(|(change, found)| (change, *found)).collect();
        changes.sort_by_key(|(change, found)| (!change.payment, std::cmp::Reverse(found.reports)));
        changes
    }

    fn is_truncated(&self) -> bool {
        self.trial.tried.violations >= limits::JUDGED_VIOLATIONS
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let (ViolationQuery { from, to, .. }, tried) = (self.query, self.trial.tried);
        writeln!(out, "stored from {} to {}: {}", seconds(from), seconds(to), words(tried))?;
        if self.is_truncated() {
            writeln!(out, "there are more; those with fewest reports are left out")?;
        }
        writeln!(out, "rules in use: {}", safe(&self.running.to_string()))?;
        writeln!(out, "rules new: {}", safe(&self.new.to_string()))?;
        for (kind, heading) in KINDS {
            let changes = self.changes(kind);
            let all = changes.iter().fold(Occurrences::default(), |mut all, (_, found)| {
                all.violations += found.violations;
                all.reports += found.reports;
                all
            });
            if changes.is_empty() {
                writeln!(out, "\n{heading}: nothing")?;
                continue;
            }
            let rows: Vec<_> = changes.iter().map(row).collect();
            table::section(out, &format!("{heading}: {}", words(all)), COLUMNS, &rows)?;
        }
        let undecided = self.trial.undecided;
        writeln!(out, "\ndepends on the User-Agent, which is not stored: {}", words(undecided))?;
        let unmatched = never_matched(&self.new.rules, self.trial.matched());
        print_unmatched(out, &unmatched, self.new.rules.len())
    }

    fn json(&self) -> Value {
        let list = |list: &NoiseList| {
            let NoiseList { name, version, rules } = list;
            json!({ "name": name, "version": version, "rules": rules })
        };
        let lists = |lists: &[NoiseList]| lists.iter().map(list).collect::<Vec<_>>();
        let of_kind = |kind| self.changes(kind).into_iter().map(change).collect::<Vec<_>>();
        json!({
            "from": self.query.from.to_string(),
            "to": self.query.to.to_string(),
            "violations": self.trial.tried.violations,
            "reports": self.trial.tried.reports,
            "truncated": self.is_truncated(),
            "in_use": lists(&self.running.lists),
            "new": lists(&self.new.lists),
            "becomes_noise": of_kind(ChangeKind::BecomesNoise),
            "ceases_to_be_noise": of_kind(ChangeKind::CeasesToBeNoise),
            "named_otherwise": of_kind(ChangeKind::NamedOtherwise),
            "depends_on_user_agent": {
                "violations": self.trial.undecided.violations,
                "reports": self.trial.undecided.reports,
            },
            "rules_never_matched": never_matched(&self.new.rules, self.trial.matched()),
        })
    }
}

const KINDS: [(ChangeKind, &str); 3] = [
    (ChangeKind::BecomesNoise, "becomes noise"),
    (ChangeKind::CeasesToBeNoise, "ceases to be noise"),
    (ChangeKind::NamedOtherwise, "named otherwise"),
];

const COLUMNS: [&str; 7] =
    ["pages", "reports", "violations", "destination", "before", "after", "site and page group"];

fn row((change, found): &(&Change, Occurrences)) -> [String; 7] {
    let Change { payment, site, page_group, destination, before, after } = change;
    [
        if *payment { "payment" } else { "other" }.to_owned(),
        found.reports.to_string(),
        found.violations.to_string(),
        if destination.is_empty() { "-".to_owned() } else { defanged(destination) },
        in_words(before),
        in_words(after),
        safe(&format!("{site}, {page_group}")),
    ]
}

fn change((change, found): (&Change, Occurrences)) -> Value {
    let Change { payment, site, page_group, destination, before, after } = change;
    json!({
        "payment": payment,
        "site": site,
        "page_group": page_group,
        "destination": destination,
        "before": in_words(before),
        "after": in_words(after),
        "violations": found.violations,
        "reports": found.reports,
    })
}

/// As in the column `reason`: the rule, or `unproven:` and the rule. `-`: no rule.
fn in_words(naming: &Naming) -> String {
    match naming {
        Naming::Nothing => "-".to_owned(),
        Naming::Unproven(rule) => format!("unproven:{rule}"),
        Naming::Noise(rule) => rule.clone(),
    }
}

fn words(occurrences: Occurrences) -> String {
    let Occurrences { violations, reports, .. } = occurrences;
    format!("{}, {}", count(violations, "violation"), count(reports, "report"))
}
