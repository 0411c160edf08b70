//! Visits again and again: what each of them shows that the one before did not.

use super::change::{PageChange, PageState};

/// What the visits so far have shown.
#[derive(Debug, Default)]
pub struct Watch {
    before: Option<PageState>,
    /// Why the last visit failed, if it did.
    failure: Option<String>,
}

/// What a visit shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchEvent {
    /// The first visit succeeded. The findings follow, each as a change.
    Begin {
        /// How many findings there are.
        findings: usize,
    },
    /// The page cannot be fetched.
    Unreachable {
        /// Why.
        why: String,
    },
    /// The page can be fetched again.
    Reachable,
    /// The page changed.
    Changed(PageChange),
}

impl Watch {
    /// Takes the result of a visit, and returns what is new. A visit that fails for the same reason as the last one shows
    /// nothing new.
    pub fn observe(&mut self, visit: Result<PageState, String>) -> Vec<WatchEvent> {
        let now = match visit {
            Ok(now) => now,
            Err(why) if self.failure.as_ref() == Some(&why) => return Vec::new(),
            Err(why) => {
                self.failure = Some(why.clone());
                return vec![WatchEvent::Unreachable { why }];
            }
        };
        let mut events = Vec::new();
        if self.failure.take().is_some() {
            events.push(WatchEvent::Reachable);
        }
        match &self.before {
            Some(before) => {
                events.extend(now.changes_since(before).into_iter().map(WatchEvent::Changed));
            }
            // Headers that are there from the beginning are not news; findings are.
            None => {
                let findings = now.findings();
                events.push(WatchEvent::Begin { findings: findings.len() });
                let appeared = findings.iter().cloned().map(PageChange::Appeared);
                events.extend(appeared.map(WatchEvent::Changed));
            }
        }
        self.before = Some(now);
        events
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Finding, ResponseHead};
    use super::*;

    fn state(findings: &[Finding]) -> Result<PageState, String> {
        Ok(PageState::new(&ResponseHead::default(), findings.to_vec()))
    }

    #[test]
    fn each_visit_shows_what_the_one_before_did_not() {
        let mut watch = Watch::default();
        let failure = |why: &str| Err(why.to_owned());
        let unreachable = |why: &str| WatchEvent::Unreachable { why: why.to_owned() };
        let finding = Finding::weak("x", "y");
        let appeared = || WatchEvent::Changed(PageChange::Appeared(finding.clone()));
        let gone = || WatchEvent::Changed(PageChange::Gone(finding.clone()));
        let with_finding = || state(std::slice::from_ref(&finding));

        assert_eq!(watch.observe(failure("refused")), [unreachable("refused")]);
        let begin = WatchEvent::Begin { findings: 1 };
        assert_eq!(watch.observe(with_finding()), [WatchEvent::Reachable, begin, appeared()]);
        assert_eq!(watch.observe(with_finding()), []);
        assert_eq!(watch.observe(failure("refused")), [unreachable("refused")]);
        assert_eq!(watch.observe(failure("refused")), []);
        assert_eq!(watch.observe(failure("timed out")), [unreachable("timed out")]);
        assert_eq!(watch.observe(state(&[])), [WatchEvent::Reachable, gone()]);
    }
}
