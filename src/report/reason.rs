//! Why a report has its verdict: what the judge found, written as text into the journal and the tables, and read again by
//! detection. Both sides use [`Reason`], so that no spelling decides who is paged.

use std::borrow::Cow;

use super::oddities::Oddities;

/// Why a report has its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// What decided.
    pub cause: Cause<'a>,
    /// The name that an unknown destination resembles.
    pub resemblance: Option<Resemblance<'a>>,
    /// The threat list that names it.
    pub threat_list: Option<Cow<'a, str>>,
    /// The page group with cards that its document was opened from, as its referrer says: it may be a frame there.
    pub opened_from: Option<Cow<'a, str>>,
    /// What does not fit about the way it came. It decides nothing.
    pub oddities: Oddities,
}

/// What decided a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause<'a> {
    /// The document belongs to no site of these.
    DocumentHost,
    /// Nothing was named that could be a destination.
    NoDestination,
    /// The URL leads into a program on the visitor's machine, not to a host: its scheme is no network's.
    AppScheme,
    /// The URL is where a redirect began; where it led, no report says.
    Redirected,
    /// `'self'`: the document's own origin.
    KeywordSelf,
    /// `frame-ancestors`: another page wanted to embed this one.
    EmbeddedBy,
    /// The policy that the report carries allows what it says was blocked.
    AllowedByPolicy,
    /// One of the site's hosts.
    SiteHost,
    /// The configuration expects it.
    Configured,
    /// Somebody approved it.
    Approved,
    /// Somebody called it noise.
    Ignored,
    /// No policy was violated.
    NoViolation,
    /// It is in the visitor's own network.
    LocalAddress,
    /// It shares the registrable domain of a known destination.
    SiblingOfKnown,
    /// Nothing explains it.
    Unlisted,
    /// This rule would call it noise, if a thief could not imitate what the rule looks at.
    Unproven(Cow<'a, str>),
    /// The policy allows the host under this other directive.
    AllowedFor(Cow<'a, str>),
    /// The id of a noise rule, or the keyword that is in a URL's place: `inline`, `eval`, `data`. The verdict says which.
    Word(Cow<'a, str>),
}

/// A name that resembles another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resemblance<'a> {
    /// The name that is imitated.
    pub of: Cow<'a, str>,
    /// Whether chance does not explain it.
    pub is_strong: bool,
}

/// The spellings of the causes that carry no name. They are stored: none changes.
static PLAIN_CAUSES: [(Cause<'static>, &str); 15] = [
    (Cause::DocumentHost, "document-host"),
    (Cause::NoDestination, "no-destination"),
    (Cause::AppScheme, "app-scheme"),
    (Cause::Redirected, "redirected"),
    (Cause::KeywordSelf, "keyword-self"),
    (Cause::EmbeddedBy, "embedded-by"),
    (Cause::AllowedByPolicy, "allowed-by-policy"),
    (Cause::SiteHost, "site-host"),
    (Cause::Configured, "configured"),
    (Cause::Approved, "approved"),
    (Cause::Ignored, "ignored"),
    (Cause::NoViolation, "no-violation"),
    (Cause::LocalAddress, "local-address"),
    (Cause::SiblingOfKnown, "sibling-of-known"),
    (Cause::Unlisted, "unlisted"),
];
/// What comes before a name. They are stored, too.
const UNPROVEN: &str = "unproven:";
const ALLOWED_FOR: &str = "allowed-for:";
const LOOK_ALIKE: &str = "look-alike:";
const LIKE: &str = "like:";
const THREAT: &str = "threat:";
const FROM: &str = "from:";
const ODD: &str = "odd:";

impl<'a> Reason<'a> {
    /// A reason that names nothing else.
    pub const fn new(cause: Cause<'a>) -> Self {
        let (resemblance, threat_list, opened_from) = (None, None, None);
        Self { cause, resemblance, threat_list, opened_from, oddities: Oddities::NONE }
    }

    /// Names a keyword in a URL's place as it is kept, where that is what decided.
    pub fn name_keyword(&mut self, kept: &str) {
        if kept.contains('{') && matches!(self.cause, Cause::Word(_)) {
            self.cause = Cause::Word(Cow::Owned(kept.to_owned()));
        }
    }

    /// The page group of its document, and the one that this was opened from: what tells two reports apart.
    pub fn page_groups<'g>(&self, group: &'g str) -> Cow<'g, str> {
        match &self.opened_from {
            Some(from) => Cow::Owned(format!("{group} {from}")),
            None => Cow::Borrowed(group),
        }
    }

    /// Whether a noise rule would explain it, if a thief could not imitate what the rule looks at.
    pub fn is_unproven(&self) -> bool {
        matches!(self.cause, Cause::Unproven(_))
    }

    /// Reads what [`Reason::to_text`] wrote, here or in another version: a word that is not known is left out.
    pub fn read(text: &'a str) -> Self {
        let mut words = text.split(' ');
        let mut reason = Self::new(Cause::read(words.next().unwrap_or("")));
        for word in words {
            let likeness = |of, is_strong| Resemblance { of: Cow::Borrowed(of), is_strong };
            if let Some(of) = word.strip_prefix(LOOK_ALIKE) {
                reason.resemblance.get_or_insert(likeness(of, true));
            } else if let Some(of) = word.strip_prefix(LIKE) {
                reason.resemblance.get_or_insert(likeness(of, false));
            } else if let Some(list) = word.strip_prefix(THREAT) {
                reason.threat_list.get_or_insert(Cow::Borrowed(list));
            } else if let Some(group) = word.strip_prefix(FROM) {
                reason.opened_from.get_or_insert(Cow::Borrowed(group));
            } else if let Some(names) = word.strip_prefix(ODD) {
                reason.oddities = Oddities::read(names);
            }
        }
        reason
    }

    /// Whether what [`Reason::to_text`] wrote names an oddity: reading all of it costs ten times as much.
    pub fn is_odd(text: &str) -> bool {
        text.contains(" odd:")
    }

    /// One line of words, the cause first: `unlisted look-alike:stripe.com odd:agent+fetch`.
    pub fn to_text(&self) -> Cow<'_, str> {
        let cause = self.cause.to_text();
        let names_none = self.resemblance.is_none() && self.threat_list.is_none();
        if names_none && self.opened_from.is_none() && self.oddities.is_empty() {
            return cause;
        }
        let mut text = cause.into_owned();
        if let Some(Resemblance { of, is_strong }) = &self.resemblance {
            text.extend([" ", if *is_strong { LOOK_ALIKE } else { LIKE }, of]);
        }
        if let Some(list) = &self.threat_list {
            text.extend([" ", THREAT, list]);
        }
        if let Some(group) = &self.opened_from {
            text.extend([" ", FROM, group]);
        }
        let mut separator = " odd:";
        for name in self.oddities.names() {
            text.extend([separator, name]);
            separator = "+";
        }
        Cow::Owned(text)
    }
}

impl<'a> Cause<'a> {
    fn read(word: &'a str) -> Self {
        if let Some(rule) = word.strip_prefix(UNPROVEN) {
            return Self::Unproven(Cow::Borrowed(rule));
        }
        if let Some(directive) = word.strip_prefix(ALLOWED_FOR) {
            return Self::AllowedFor(Cow::Borrowed(directive));
        }
        let plain = PLAIN_CAUSES.iter().find(|(_, spelling)| *spelling == word);
        plain.map_or(Self::Word(Cow::Borrowed(word)), |(cause, _)| cause.clone())
    }

    /// The spellings of those that name nothing else.
    pub fn plain_words() -> impl Iterator<Item = &'static str> {
        PLAIN_CAUSES.iter().map(|(_, spelling)| *spelling)
    }

    fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Unproven(rule) => Cow::Owned(format!("{UNPROVEN}{rule}")),
            Self::AllowedFor(directive) => Cow::Owned(format!("{ALLOWED_FOR}{directive}")),
            Self::Word(word) => Cow::Borrowed(word),
            plain => {
                let known = PLAIN_CAUSES.iter().find(|(cause, _)| cause == plain);
                Cow::Borrowed(known.expect("every plain cause has a spelling").1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reason: &Reason<'_>, text: &str) {
        assert_eq!(reason.to_text(), text);
        assert_eq!(Reason::read(text), *reason);
    }

    #[test]
    fn causes_come_back() {
        for (cause, spelling) in &PLAIN_CAUSES {
            check(&Reason::new(cause.clone()), spelling);
        }
        check(
            &Reason::new(Cause::Unproven("extension-source".into())),
            "unproven:extension-source",
        );
        check(&Reason::new(Cause::AllowedFor("img-src".into())), "allowed-for:img-src");
        check(&Reason::new(Cause::Word("inline".into())), "inline");
        check(&Reason::new(Cause::Word("".into())), "");
    }

    #[test]
    fn what_is_added_comes_back_in_its_order() {
        let mut reason = Reason::new(Cause::Unlisted);
        reason.resemblance = Some(Resemblance { of: "stripe.com".into(), is_strong: true });
        check(&reason, "unlisted look-alike:stripe.com");
        reason.threat_list = Some("urlhaus".into());
        check(&reason, "unlisted look-alike:stripe.com threat:urlhaus");
        reason.oddities = Oddities::new([true, false, false, true]);
        check(&reason, "unlisted look-alike:stripe.com threat:urlhaus odd:agent+media-type");
        reason.resemblance = Some(Resemblance { of: "stripe.com".into(), is_strong: false });
        check(&reason, "unlisted like:stripe.com threat:urlhaus odd:agent+media-type");
        reason.opened_from = Some("payment".into());
        check(&reason, "unlisted like:stripe.com threat:urlhaus from:payment odd:agent+media-type");
        let all = Oddities::new([true; 4]);
        check(
            &Reason { oddities: all, ..Reason::new(Cause::SiteHost) },
            "site-host odd:agent+origin+fetch+media-type",
        );
        assert_eq!(all.bits(), 15);
        for (text, is_odd) in [("unlisted odd:agent", true), ("unlisted like:odd.example", false)] {
            assert_eq!(Reason::is_odd(text), is_odd);
            assert_eq!(!Reason::read(text).oddities.is_empty(), is_odd);
        }
    }

    #[test]
    fn words_of_another_version_are_left_out() {
        assert_eq!(Reason::read("unlisted later:x"), Reason::new(Cause::Unlisted));
        assert_eq!(Reason::read("unlisted odd:moon"), Reason::new(Cause::Unlisted));
    }
}
