//! Reasons in words.

use super::super::table::{safe, seconds};
use crate::audit::policy_advice::{
    Because, Carried, Decided, Doubt, Entry, State, Vouch, Wide, spelled,
};
use crate::csp::Source;

pub(super) fn because(entry: &Entry) -> String {
    let is_host = matches!(entry.source, Source::Host(_));
    let taken = |from: &str, said: &Option<Vouch>| match said {
        Some(said) => format!("{from}; {}", vouch(said)),
        None if is_host => format!("{from}; nobody vouches for it"),
        None => from.to_owned(),
    };
    safe(&match &entry.because {
        Because::Present(said) => taken("the present policy has it", said),
        Because::Tried(hash, said) => {
            taken(&format!("the policy {hash}, which was tried, has it"), said)
        }
        Because::Reported(said) => vouch(said),
        Because::Carried => "the page carries it itself: no code, and nothing leaves".to_owned(),
        Because::Beginning => "one begins with it, where nothing is known".to_owned(),
        Because::Instead => "in the place of something broad".to_owned(),
        Because::Telling => "browsers tell more".to_owned(),
    })
}

pub(super) fn vouch(said: &Vouch) -> String {
    match said {
        Vouch::Own(Some(pattern)) => format!("own: site.hosts has \"{pattern}\""),
        Vouch::Own(None) => "own".to_owned(),
        Vouch::Known(pattern) => format!("known: site.known has \"{pattern}\""),
        Vouch::Approved(it) => format!("approved by {}", decided(it)),
    }
}

pub(super) fn doubt(said: &Doubt) -> String {
    match said {
        Doubt::Unknown => "unknown".to_owned(),
        Doubt::Ignored(it) => format!("ignored by {}", decided(it)),
        Doubt::Listed(list) => format!("on the threat list {list}"),
    }
}

fn decided(it: &Decided) -> String {
    let until = it.until.map_or_else(String::new, |until| format!(", until {until}"));
    format!("{} on {}: {}{until}", it.by, seconds(it.at), it.why)
}

pub(super) fn stays(wide: &Wide) -> String {
    let what = match &wide.source {
        Some(source) => format!("{} {}", wide.directive, spelled(source)),
        None => format!("{} is missing, and nothing decides in its place", wide.directive),
    };
    let state = match wide.state {
        State::Untried => "no policy that forbids it was in force over the range".to_owned(),
        State::InUse(reports) => {
            format!("it is in use: {reports} reports of a policy that forbids it")
        }
    };
    safe(&format!("{what}: {state}"))
}

pub(super) fn present(present: Option<&Carried>) -> String {
    match present {
        None => "none is known".to_owned(),
        Some(it) if it.hash.is_empty() => "the one that was given".to_owned(),
        Some(it) => format!(
            "{} ({}), carried by reports from {} to {}, {} of them in the last tenth of the range; who knows it better gives it: --current",
            safe(&it.hash),
            it.disposition.as_str(),
            seconds(it.first_seen),
            seconds(it.last_seen),
            it.recent,
        ),
    }
}
