//! The two policies: what the site may enforce now, and what it should try report-only.

use std::collections::BTreeSet;

use super::additions::UntrustedUse;
use super::broadness::{Broadness, broadness};
use super::draft::{
    DraftDirective, DraftSource, PolicyDraft, Rationale, fits_in_header, single_directive,
};
use super::evidence::PolicyEvidence;
use super::lists::{ListPair, WITHOUT_FALLBACK, deduplicated, is_narrow, merge, starting_sources};
use super::trust::Distrust;
use crate::base::limits;
use crate::csp::{CheckResult, Source, lists_sources};
use crate::pipeline::normalise::redact::has_mark;
use crate::report::Disposition;
use crate::store::policy::ReportSummary;

/// What is suggested for a page group.
#[derive(Debug)]
pub struct Suggestion {
    /// The policy for which the evidence is sufficient.
    pub now: PolicyDraft,
    /// The strictest policy: without the broad sources of which nobody knows whether the pages use them. If there are none,
    /// the same as `now`.
    pub strict: PolicyDraft,
    /// Whether the site may enforce `now`: it enforces the current policy already, or has tried it over the whole range.
    pub may_enforce: bool,
    /// The broad sources that `now` still has.
    pub broad: Vec<BroadSource>,
    /// What reports ask for and neither policy has, because it is not trusted; the most reported first.
    pub untrusted: Vec<UntrustedUse>,
    /// Sources of the current policy that neither policy has, because they are not trusted.
    pub dropped: Vec<DroppedSource>,
    /// Sources that are omitted because reports ask for more than a policy can list.
    pub omitted: Vec<OmittedSources>,
    /// Sources of which a part is masked in what is stored: nobody can say what they allow.
    pub masked: BTreeSet<MaskedSource>,
    /// Trusted hosts whose scripts need a nonce: under `'strict-dynamic'`, browsers ignore hosts.
    pub without_nonce: Vec<DraftSource>,
}

/// Something broad that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadSource {
    /// The directive.
    pub directive: String,
    /// The source. `None`: the directive is missing, and no other decides in its place.
    pub source: Option<Source>,
    /// Why it stays.
    pub state: TrialState,
}

/// Why something broad stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialState {
    /// No policy that forbids it was in force over the range.
    Untried,
    /// Such a policy was in force, and so many reports show that the pages use it.
    InUse(u64),
}

/// A source of the current policy, or of a trial, that is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedSource {
    /// The directive.
    pub directive: String,
    /// The source.
    pub source: Source,
    /// Why it is not trusted.
    pub distrust: Distrust,
}

/// A directive of which reports ask for more sources than a policy can list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OmittedSources {
    /// The directive.
    pub directive: String,
    /// How many sources are omitted, those with the fewest reports.
    pub sources: usize,
}

/// A source of which the stored texts have only a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaskedSource {
    /// The directive.
    pub directive: String,
    /// The source, with its marks.
    pub source: String,
}

/// Makes both policies.
pub fn suggest(evidence: &PolicyEvidence<'_>) -> Suggestion {
    let current = evidence.inputs.current;
    let may_enforce = current.is_some_and(|current| {
        current.disposition == Disposition::Enforce
            || current.is_supplied()
            || evidence.inputs.covers_range(current)
    });
    let mut suggestion = Suggestion {
        now: PolicyDraft::default(),
        strict: PolicyDraft::default(),
        may_enforce,
        broad: Vec::new(),
        untrusted: evidence.untrusted_uses(),
        dropped: Vec::new(),
        omitted: Vec::new(),
        masked: BTreeSet::new(),
        without_nonce: Vec::new(),
    };
    for directive in source_list_directives(evidence) {
        suggestion.add(evidence, &directive);
    }
    for (directive, words) in current.iter().flat_map(|current| current.policy.directives()) {
        if !lists_sources(directive) {
            suggestion.keep(directive, words);
        }
    }
    suggestion.add_inline_scripts(evidence);
    suggestion.now.remove_redundant();
    suggestion.strict.remove_redundant();
    suggestion.now.add_diagnostics();
    suggestion.strict.add_diagnostics();
    let Suggestion { now, strict, broad, .. } = &mut suggestion;
    // Of a source that several directives had, only the one that decides is left.
    broad.retain(|entry| match entry.source {
        Some(_) => now.directive(&entry.directive).is_some(),
        None => strict.directive(&entry.directive).is_some(),
    });
    suggestion
}

/// The directives with a list of sources that either policy may have.
fn source_list_directives(evidence: &PolicyEvidence<'_>) -> BTreeSet<String> {
    // Browsers judged by the lists of a trial, so its directives matter as well.
    let existing = evidence.existing_directives.iter().copied();
    let reports = evidence.inputs.reports.iter().filter(|report| report.is_violation());
    let reported = reports.map(|report| evidence.directive_of(report));
    let without_fallback = WITHOUT_FALLBACK.iter().map(|(name, _)| *name);
    let always = without_fallback.chain(["default-src", "script-src"]);
    let all = existing.chain(reported).chain(always);
    all.filter(|name| lists_sources(name)).map(str::to_owned).collect()
}

impl Suggestion {
    /// Adds what the Connection-Allowlist leaves out.
    pub(super) fn add_untrusted(&mut self, uses: Vec<UntrustedUse>) {
        self.untrusted.extend(uses);
        self.untrusted.sort_by_key(|untrusted| std::cmp::Reverse(untrusted.occurrences.reports));
    }

    /// Adds a directive with a list of sources to both policies.
    fn add(&mut self, evidence: &PolicyEvidence<'_>, directive: &str) {
        let mut requested = self.requested_sources(evidence, directive);
        let Some(current) = evidence.inputs.current else {
            let mut sources = starting_sources(directive, &[]);
            sources.extend(requested);
            self.insert(directive, Some(sources.clone()), sources);
            return;
        };
        let Some((_, list)) = current.policy.deciding(directive) else {
            return self.add_missing(evidence, directive, requested);
        };
        let mut lists = ListPair::default();
        for source in list {
            self.take_over(evidence, (directive, source, list), &mut lists);
        }
        if list.contains(&Source::StrictDynamic) && directive == "script-src" {
            self.without_nonce.append(&mut requested);
        }
        lists.merge(directive, &requested);
        self.insert(directive, Some(lists.now), lists.strict);
    }

    /// The sources that reports ask a directive for. If there are more than a policy can list, those with most reports.
    fn requested_sources(
        &mut self,
        evidence: &PolicyEvidence<'_>,
        directive: &str,
    ) -> Vec<DraftSource> {
        let mut requested = evidence.requested_sources(directive);
        let sources = requested.len().saturating_sub(limits::SUGGESTED_SOURCES);
        if sources > 0 {
            let reports = |source: &DraftSource| source.occurrences.map(|seen| seen.reports);
            requested.sort_by_key(|source| std::cmp::Reverse(reports(source)));
            requested.truncate(limits::SUGGESTED_SOURCES);
            self.omitted.push(OmittedSources { directive: directive.to_owned(), sources });
        }
        requested
    }

    /// Adds a directive that the current policy does not have, where no other decides in its place.
    fn add_missing(
        &mut self,
        evidence: &PolicyEvidence<'_>,
        directive: &str,
        requested: Vec<DraftSource>,
    ) {
        let Some((trial, list)) = evidence.trial_with(directive) else {
            self.note_broad(directive, None, TrialState::Untried);
            let mut strict = starting_sources(directive, &[Source::SelfOrigin]);
            merge(directive, &mut strict, &requested);
            return self.insert(directive, None, strict);
        };
        let mut lists = ListPair::default();
        for source in list {
            if let Some(distrust) = evidence.distrust_of(directive, source) {
                self.drop_source(directive, source, distrust);
                continue;
            }
            let trust = evidence.assess_source(source).and_then(Result::ok);
            let rationale = Rationale::Tried(trial.hash.clone(), trust);
            let draft = DraftSource::new(source.clone(), rationale);
            lists.now.push(draft.clone());
            match is_narrow(directive, source, list) {
                true => lists.strict.push(draft),
                false => self.note_broad(directive, Some(source), TrialState::Untried),
            }
        }
        lists.merge(directive, &requested);
        self.insert(directive, Some(lists.now), lists.strict);
    }

    /// Takes a source of the current policy over, or what replaces it.
    fn take_over(
        &mut self,
        evidence: &PolicyEvidence<'_>,
        (directive, source, list): (&str, &Source, &[Source]),
        lists: &mut ListPair,
    ) {
        if let Some(distrust) = evidence.distrust_of(directive, source) {
            return self.drop_source(directive, source, distrust);
        }
        let trust = evidence.assess_source(source).and_then(Result::ok);
        let draft = DraftSource::new(source.clone(), Rationale::Current(trust));
        if is_narrow(directive, source, list) {
            return lists.push(draft);
        }
        let broad = broadness(directive, source, list);
        let trial = evidence.trial_without(directive, broad);
        let state = match (trial.is_some(), evidence.uses(directive, broad)) {
            (true, 0) => None,
            (true, uses) => Some(TrialState::InUse(uses)),
            (false, _) => Some(TrialState::Untried),
        };
        if let Some(state) = state {
            lists.now.push(draft);
            if broad == Broadness::Hosts {
                let replacement = DraftSource::new(Source::SelfOrigin, Rationale::Replacement);
                lists.strict.push(replacement);
            }
            self.note_broad(directive, Some(source), state);
        }
        // The pages may use what the trial allows, too: browsers did not report it.
        if let Some((trial, list)) = trial {
            for source in list.iter().filter(|source| is_narrow(directive, source, list)) {
                if evidence.distrust_of(directive, source).is_none() {
                    let trust = evidence.assess_source(source).and_then(Result::ok);
                    let rationale = Rationale::Tried(trial.hash.clone(), trust);
                    lists.push(DraftSource::new(source.clone(), rationale));
                }
            }
        }
    }

    fn note_broad(&mut self, directive: &str, source: Option<&Source>, state: TrialState) {
        let directive = directive.to_owned();
        self.broad.push(BroadSource { directive, source: source.cloned(), state });
    }

    fn drop_source(&mut self, directive: &str, source: &Source, distrust: Distrust) {
        let (directive, source) = (directive.to_owned(), source.clone());
        self.dropped.push(DroppedSource { directive, source, distrust });
    }

    /// Takes a directive over that does not list sources.
    fn keep(&mut self, directive: &str, words: &[Source]) {
        let draft = |word: &Source| DraftSource::new(word.clone(), Rationale::Current(None));
        let words: Vec<_> = words.iter().map(draft).collect();
        let count = words.len();
        let words = self.without_masked(directive, words);
        // Without one of its words it would mean something else.
        if words.len() == count {
            self.insert(directive, Some(words.clone()), words);
        }
    }

    /// Inserts a directive into the strict policy, and with another list into the one for now. `None`: only into the strict
    /// one.
    fn insert(&mut self, directive: &str, now: Option<Vec<DraftSource>>, strict: Vec<DraftSource>) {
        if !fits_in_header(directive) {
            return;
        }
        let mut draft = |sources| {
            let sources = self.without_masked(directive, deduplicated(sources));
            DraftDirective { name: directive.to_owned(), sources }
        };
        let (now, strict) = (now.map(&mut draft), draft(strict));
        if let Some(now) = now {
            self.now.insert(now);
        }
        self.strict.insert(strict);
    }

    /// The sources of which nothing is masked.
    fn without_masked(&mut self, directive: &str, sources: Vec<DraftSource>) -> Vec<DraftSource> {
        let (masked, whole): (Vec<_>, Vec<_>) =
            sources.into_iter().partition(|draft| has_mark(&draft.source.to_string()));
        self.masked.extend(masked.into_iter().map(|draft| MaskedSource {
            directive: directive.to_owned(),
            source: draft.source.to_string(),
        }));
        whole
    }
}

impl PolicyEvidence<'_> {
    /// Why a narrow source is not trusted: a person decided to ignore it, a threat list has it, or it is unknown and reports
    /// name something that it allows and that is not trusted.
    fn distrust_of(&self, directive: &str, source: &Source) -> Option<Distrust> {
        if broadness(directive, source, &[]) != Broadness::Narrow {
            return None;
        }
        let Source::Host(named) = source else { return None };
        let distrust = self.assess_source(source)?.err()?;
        let alone = single_directive(directive, [source].into_iter());
        let shows_use = |report: &ReportSummary| {
            // The cheapest test is first, because invented reports and policies can make many of these pairs.
            report.blocked.host.ends_with(&*named.host)
                && report.asks_for_source()
                && self.directive_of(report) == directive
                && self.assess_report(report).is_err()
                && alone.check(&report.directive, &report.blocked, &report.document())
                    == CheckResult::Allowed
        };
        let counts = distrust != Distrust::Unknown || self.inputs.reports.iter().any(shows_use);
        counts.then_some(distrust)
    }
}
