//! The parts of a score, in words.

use std::fmt;

use super::super::audience::CountedBy;
use super::prevalence::Prevalence;

/// One part of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::detect) enum Part {
    Prevalence(Prevalence),
    /// The share of visits that bring a destination of their own.
    Scattered(Prevalence),
    OwnScript,
    OwnMarkup,
    Wrapper,
    Extensionless {
        without: usize,
        of: usize,
    },
    Engines(usize),
    CarriedAlong {
        carried: usize,
        of: usize,
    },
    FewVisitors,
    ChangedPage,
    ChangedScript,
    Form,
    CardNumber,
    ThreatList,
    LookAlike,
    Explained,
    LikeExtension,
}

impl Part {
    /// Its name in JSON.
    pub(in crate::detect) fn name(&self) -> &'static str {
        match self {
            Self::Prevalence(_) => "prevalence",
            Self::Scattered(_) => "scattered",
            Self::OwnScript | Self::OwnMarkup | Self::Wrapper => "script",
            Self::Extensionless { .. } => "devices",
            Self::Engines(_) => "engines",
            Self::CarriedAlong { .. } => "carried_along",
            Self::FewVisitors => "few_visitors",
            Self::ChangedPage => "changed_page",
            Self::ChangedScript => "changed_script",
            Self::Form => "form",
            Self::CardNumber => "card_number",
            Self::ThreatList => "threat_list",
            Self::LookAlike => "look_alike",
            Self::Explained => "explained",
            Self::LikeExtension => "like_extension",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prevalence(best) => write_prevalence(best, "it", f),
            Self::Scattered(best) => {
                write_prevalence(best, "a destination that nobody else reports", f)
            }
            Self::OwnScript => f.write_str("a script of the site or of a known host does it"),
            Self::OwnMarkup => f.write_str("code within the page does it"),
            Self::Wrapper => f.write_str(
                "a place in a script does it that code of others runs through, such as extensions'",
            ),
            Self::Extensionless { without, of } => write!(
                f,
                "{without} of the {of} latest browsers that report it cannot have extensions"
            ),
            Self::Engines(count) => write!(f, "{count} kinds of browsers report it"),
            Self::CarriedAlong { carried, of } => write!(
                f,
                "{carried} of the {of} latest visitors reported it on other pages before, as few others do"
            ),
            Self::FewVisitors => f.write_str("few visitors of these pages report it"),
            Self::ChangedPage => {
                f.write_str("a script or the policy of the page changed within a day")
            }
            Self::ChangedScript => f.write_str("a script that changed within a day does it"),
            Self::Form => f.write_str("a form posts there"),
            Self::CardNumber => f.write_str("its URL had a card number"),
            Self::ThreatList => f.write_str("a threat list has it"),
            Self::LookAlike => f.write_str("its name resembles another"),
            Self::Explained => f.write_str(
                "the policy or the configuration allows it, or a part of it, for something else",
            ),
            Self::LikeExtension => {
                f.write_str("all reports look like an extension's, which a script can imitate")
            }
        }
    }
}

fn write_prevalence(best: &Prevalence, what: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Prevalence { networks, witnesses, visits, shares, windows, since, counted_by, .. } = best;
    write!(f, "{networks} of {visits:.0} visitors ")?;
    match counted_by {
        CountedBy::Hashes | CountedBy::Views(1) => f.write_str("of the page")?,
        CountedBy::Views(one_of) => write!(f, "of the page (estimated by one in {one_of})")?,
        CountedBy::Reports => f.write_str(
            "who report anything ('report-sha256' in the policy counts all, and so does data-census of /sri.js)",
        )?,
    }
    write!(f, " since {since} report {what}")?;
    #[allow(clippy::cast_precision_loss, reason = "at most the limit of hits")]
    if *witnesses < *networks as f64 {
        write!(f, ", and count as {witnesses}")?;
    }
    let (share, background) = (100.0 * shares.0, 100.0 * shares.1);
    write!(f, ": {share:.0} % of them against {background:.0} %")?;
    if *windows > 1 {
        write!(f, ", the best of {windows} windows")?;
    }
    Ok(())
}
