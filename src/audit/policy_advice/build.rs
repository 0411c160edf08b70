//! The two policies: what may be enforced now, and what is to be tried.

use std::collections::BTreeSet;

use super::additions::LeftOut;
use super::breadth::{Breadth, breadth};
use super::draft::{Because, Draft, Entry, List, can_stand, list_of};
use super::evidence::{Evidence, Reported};
use super::lists::{ALONE, Both, beginning, is_narrow, merge, once};
use super::vouch::Doubt;
use crate::base::limits;
use crate::csp::{Source, Standing, lists_sources};
use crate::report::Disposition;

/// What is suggested for a group of pages.
#[derive(Debug)]
pub struct Suggestion {
    /// What the evidence suffices for.
    pub now: Draft,
    /// The strictest: without the broad sources whose uses nobody knows. The same as `now` where there are none.
    pub strict: Draft,
    /// Whether `now` may be enforced: the present policy is, or has been tried over the range.
    pub may_enforce: bool,
    /// The broad sources that `now` still has.
    pub wide: Vec<Wide>,
    /// What reports ask for and neither policy has, the most reported first.
    pub left_out: Vec<LeftOut>,
    /// Sources of the present policy that neither has, because of what is known of them.
    pub dropped: Vec<(String, Source, Doubt)>,
    /// Directives of which reports ask for more than a policy can list, and how many sources it lacks.
    pub beyond: Vec<(String, usize)>,
    /// Expected hosts whose scripts `'strict-dynamic'` does not load by their host: they need a nonce.
    pub without_nonce: Vec<Entry>,
}

/// Something broad that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wide {
    /// In this directive.
    pub directive: String,
    /// This source; `None`: the directive is missing, and nothing decides in its place.
    pub source: Option<Source>,
    /// Why it stays.
    pub state: State,
}

/// Why something broad stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No policy that forbids it was in force over the range.
    Untried,
    /// One was, and so many reports say that it is in use.
    InUse(u64),
}

/// Makes both policies.
pub fn suggest(evidence: &Evidence<'_>) -> Suggestion {
    let present = evidence.given.present;
    let may_enforce = present.is_some_and(|it| {
        it.disposition == Disposition::Enforce
            || it.hash.is_empty()
            || evidence.given.is_complete(it)
    });
    let mut made = Suggestion {
        now: Draft::default(),
        strict: Draft::default(),
        may_enforce,
        wide: Vec::new(),
        left_out: evidence.left_out(),
        dropped: Vec::new(),
        beyond: Vec::new(),
        without_nonce: Vec::new(),
    };
    for directive in directives(evidence) {
        made.add(evidence, &directive);
    }
    for (directive, sources) in present.iter().flat_map(|it| it.policy.lists()) {
        if !lists_sources(directive) {
            made.keep(directive, sources);
        }
    }
    made.now.leave_out_copies();
    made.strict.leave_out_copies();
    made.now.tell_more();
    made.strict.tell_more();
    let Suggestion { now, strict, wide, .. } = &mut made;
    // Of copies the one is told that decides.
    wide.retain(|it| match it.source {
        Some(_) => now.list(&it.directive).is_some(),
        None => strict.list(&it.directive).is_some(),
    });
    made
}

/// Those that list sources and that either policy may have.
fn directives(evidence: &Evidence<'_>) -> BTreeSet<String> {
    // What a policy that was tried lists apart from the rest was reported by that list.
    let carried = evidence.apart.iter().copied();
    let reported = evidence.given.reported.iter().filter(|it| it.is_violation());
    let reported = reported.map(|it| evidence.listed_under(it));
    let always = ALONE.iter().map(|(name, _)| *name).chain(["default-src", "script-src"]);
    let all = carried.chain(reported).chain(always);
    all.filter(|name| lists_sources(name)).map(str::to_owned).collect()
}

impl Suggestion {
    /// Adds what both policies have in a directive.
    fn add(&mut self, evidence: &Evidence<'_>, directive: &str) {
        let mut asked = evidence.additions(directive);
        let beyond = asked.len().saturating_sub(limits::SUGGESTED_SOURCES);
        if beyond > 0 {
            // Those of which most reports tell.
            asked.sort_by_key(|it| std::cmp::Reverse(it.told.map(|told| told.reports)));
            asked.truncate(limits::SUGGESTED_SOURCES);
            self.beyond.push((directive.to_owned(), beyond));
        }
        let Some(present) = evidence.given.present else {
            let mut entries = beginning(directive, &[]);
            entries.extend(asked);
            self.put(directive, Some(entries.clone()), entries);
            return;
        };
        let Some((_, list)) = present.policy.deciding(directive) else {
            return self.add_missing(evidence, directive, asked);
        };
        let mut both = Both::default();
        for source in list {
            self.take_over(evidence, (directive, source, list), &mut both);
        }
        if list.contains(&Source::StrictDynamic) && directive == "script-src" {
            self.without_nonce.append(&mut asked);
        }
        both.add(directive, &asked);
        self.put(directive, Some(both.now), both.strict);
    }

    /// Adds a directive that the present policy does not have, where nothing decides in its place.
    fn add_missing(&mut self, evidence: &Evidence<'_>, directive: &str, asked: Vec<Entry>) {
        let Some((trial, list)) = evidence.trial_with(directive) else {
            self.stays(directive, None, State::Untried);
            let mut strict = beginning(directive, &[Source::SelfOrigin]);
            merge(directive, &mut strict, &asked);
            return self.put(directive, None, strict);
        };
        let mut both = Both::default();
        for source in list {
            if let Some(doubt) = evidence.doubt(directive, source) {
                self.dropped.push((directive.to_owned(), source.clone(), doubt));
                continue;
            }
            let vouch = evidence.of_source(source).and_then(Result::ok);
            let entry = Entry::new(source.clone(), Because::Tried(trial.hash.clone(), vouch));
            both.now.push(entry.clone());
            match is_narrow(directive, source, list) {
                true => both.strict.push(entry),
                false => self.stays(directive, Some(source), State::Untried),
            }
        }
        both.add(directive, &asked);
        self.put(directive, Some(both.now), both.strict);
    }

    /// Takes a source of the present policy over, or what shall stand in its place.
    fn take_over(
        &mut self,
        evidence: &Evidence<'_>,
        (directive, source, list): (&str, &Source, &[Source]),
        both: &mut Both,
    ) {
        if let Some(doubt) = evidence.doubt(directive, source) {
            return self.dropped.push((directive.to_owned(), source.clone(), doubt));
        }
        let vouch = evidence.of_source(source).and_then(Result::ok);
        let entry = Entry::new(source.clone(), Because::Present(vouch));
        if is_narrow(directive, source, list) {
            return both.push(entry);
        }
        let broad = breadth(directive, source, list);
        let tried = evidence.trial_without(directive, broad);
        let state = match (tried.is_some(), evidence.uses(directive, broad)) {
            (true, 0) => None,
            (true, uses) => Some(State::InUse(uses)),
            (false, _) => Some(State::Untried),
        };
        if let Some(state) = state {
            both.now.push(entry);
            if broad == Breadth::Hosts {
                both.strict.push(Entry::new(Source::SelfOrigin, Because::Instead));
            }
            self.stays(directive, Some(source), state);
        }
        // What the policy that was tried lets pass was not reported either.
        if let Some((trial, list)) = tried {
            for source in list.iter().filter(|it| is_narrow(directive, it, list)) {
                let vouch = evidence.of_source(source).and_then(Result::ok);
                if evidence.doubt(directive, source).is_none() {
                    let because = Because::Tried(trial.hash.clone(), vouch);
                    both.push(Entry::new(source.clone(), because));
                }
            }
        }
    }

    fn stays(&mut self, directive: &str, source: Option<&Source>, state: State) {
        let directive = directive.to_owned();
        self.wide.push(Wide { directive, source: source.cloned(), state });
    }

    /// Takes a directive over that lists no sources.
    fn keep(&mut self, directive: &str, words: &[Source]) {
        let entries: Vec<_> =
            words.iter().map(|it| Entry::new(it.clone(), Because::Present(None))).collect();
        self.put(directive, Some(entries.clone()), entries);
    }

    fn put(&mut self, directive: &str, now: Option<Vec<Entry>>, strict: Vec<Entry>) {
        if !can_stand(directive) {
            return;
        }
        if let Some(entries) = now {
            self.now.put(List { directive: directive.to_owned(), entries: once(entries) });
        }
        self.strict.put(List { directive: directive.to_owned(), entries: once(strict) });
    }
}

impl Evidence<'_> {
    /// What speaks against a narrow source: somebody ignores it, a list has it, or reports name what it lets pass and
    /// nobody vouches for that.
    fn doubt(&self, directive: &str, source: &Source) -> Option<Doubt> {
        if breadth(directive, source, &[]) != Breadth::Narrow {
            return None;
        }
        let Source::Host(named) = source else { return None };
        let doubt = self.of_source(source)?.err()?;
        let alone = list_of(directive, [source].into_iter());
        let is_named = |it: &Reported| {
            // The name first: who invents reports and policies makes this a long way.
            it.blocked.host.ends_with(&*named.host)
                && it.asks()
                && self.listed_under(it) == directive
                && self.of_host(&it.blocked.host, &it.document_host).is_err()
                && alone.standing(&it.directive, &it.blocked, &it.document()) == Standing::Allowed
        };
        let counts = doubt != Doubt::Unknown || self.given.reported.iter().any(is_named);
        counts.then_some(doubt)
    }
}
