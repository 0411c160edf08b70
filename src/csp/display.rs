//! Sources as a policy spells them, and changes as sentences. Alerts contain these sentences.

use std::fmt;

use super::source::{HostSource, Port, Source};
use super::{Effect, PolicyChange};
use crate::base::limits;

impl fmt::Display for PolicyChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DirectiveAdded { directive, sources, instead_of, effect } => {
                write!(f, "{} is new", bounded(directive))?;
                if let Some(before) = instead_of {
                    write!(f, " in place of {before}")?;
                }
                write!(f, ", with {}: {effect}", list(sources))
            }
            Self::DirectiveRemoved { directive, left_to: Some(after), effect } => {
                write!(f, "{} is gone and left to {after}: {effect}", bounded(directive))
            }
            Self::DirectiveRemoved { directive, left_to: None, effect } => {
                write!(f, "{} is gone: {effect}", bounded(directive))
            }
            Self::SourceAdded { directive, source, effect } => {
                write!(f, "{} has {} now: {effect}", bounded(directive), entry(source))
            }
            Self::SourceRemoved { directive, source, effect } => {
                write!(f, "{} has {} no more: {effect}", bounded(directive), entry(source))
            }
            Self::EndpointAdded(name) => write!(f, "{name} is new: reports have one way more"),
            Self::EndpointRemoved { directive, is_replaced: false } => {
                write!(f, "{directive} is gone: reports have one way less")
            }
            Self::EndpointRemoved { directive, .. } => {
                write!(f, "{directive} is gone: reports have another way")
            }
            Self::More(1) => f.write_str("and one more change"),
            Self::More(more) => write!(f, "and {more} more changes"),
        }
    }
}

fn list(sources: &[Source]) -> String {
    if sources.is_empty() {
        return "nothing listed".to_owned();
    }
    let mut text = String::new();
    for source in sources {
        if text.len() > limits::POLICY_WORD_BYTES {
            break;
        }
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(&source.to_string());
    }
    bounded(&text)
}

fn entry(source: &Source) -> String {
    bounded(&source.to_string())
}

/// A text of the policy, which is ASCII, cut to [`limits::POLICY_WORD_BYTES`].
fn bounded(text: &str) -> String {
    match text.get(..limits::POLICY_WORD_BYTES) {
        Some(head) if head.len() < text.len() => format!("{head}…"),
        _ => text.to_owned(),
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::SelfOrigin => f.write_str("'self'"),
            Self::StrictDynamic => f.write_str("'strict-dynamic'"),
            Self::Nonce => f.write_str("a nonce"),
            Self::Scheme(scheme) => write!(f, "{scheme}:"),
            Self::Host(host) => host.fmt(f),
            Self::Hash(word) | Self::Keyword(word) | Self::Word(word) => f.write_str(word),
        }
    }
}

impl fmt::Display for HostSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(scheme) = &self.scheme {
            write!(f, "{scheme}://")?;
        }
        let is_address = self.host.contains(':');
        match (self.below, &*self.host) {
            (true, "") => f.write_str("*")?,
            (true, host) => write!(f, "*.{host}")?,
            (false, host) if is_address => write!(f, "[{host}]")?,
            (false, host) => f.write_str(host)?,
        }
        match self.port {
            Port::Default => {}
            Port::Any => f.write_str(":*")?,
            Port::Number(port) => write!(f, ":{port}")?,
        }
        f.write_str(&self.path)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weakens => "weakens the policy",
            Self::Tightens => "tightens the policy",
            Self::Alters => "neither weakens nor tightens it for certain",
        })
    }
}
