//! Where the feed goes, and what has arrived there.

mod file;
mod message;
mod syslog;

use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

use crate::audit::siem::ecs::{Charset, Event};
use crate::base::limits;
use crate::base::stdout::stdout_while_read;
use crate::base::tls_roots::{self, RootsError};
use file::FeedFile;
use syslog::Syslog;

pub use message::Facility;

/// The port of syslog over TLS (RFC 5425, section 4.1).
const TLS_PORT: u16 = 6514;
/// The port of syslog over TCP: IANA's `syslog-conn`, which most receivers use.
const TCP_PORT: u16 = 601;

/// A target, as `--to` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `-`.
    Stdout,
    /// A path.
    File(PathBuf),
    /// `syslog+tcp://…` or `syslog+tls://…`.
    Syslog(SyslogAddress),
}

/// A receiver of syslog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyslogAddress {
    /// Its name, which the certificate must have, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection uses TLS.
    pub is_tls: bool,
}

impl Address {
    /// Reads the value of `--to`.
    ///
    /// # Errors
    /// What is wrong with a text that looks like an address but is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        const SHOWN: &str = "write -, a path, syslog+tcp://host:601 or syslog+tls://host:6514";
        if text == "-" {
            return Ok(Self::Stdout);
        }
        if text.is_empty() {
            return Err(format!("is empty; {SHOWN}"));
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::File(text.into()));
        };
        let is_tls = match scheme {
            "syslog+tls" => true,
            "syslog+tcp" => false,
            _ => return Err(format!("{scheme}:// is not a known target; {SHOWN}")),
        };
        let url = Url::parse(text).map_err(|error| format!("{error}; {SHOWN}"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let is_bare = matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if host.is_empty() || !is_bare {
            return Err(format!("a receiver is a host and a port, nothing else; {SHOWN}"));
        }
        let port = url.port().unwrap_or(if is_tls { TLS_PORT } else { TCP_PORT });
        Ok(Self::Syslog(SyslogAddress { host: host.to_owned(), port, is_tls }))
    }
}

impl SyslogAddress {
    /// The address as messages write it.
    fn name(&self) -> String {
        let scheme = if self.is_tls { "syslog+tls" } else { "syslog+tcp" };
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(host)) => format!("{scheme}://[{host}]:{}", self.port),
            _ => format!("{scheme}://{}:{}", self.host, self.port),
        }
    }
}

/// Why a target takes no events.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum TargetError {
    #[error("standard output cannot be written")]
    Stdout(#[source] io::Error),
    #[error("{file}: {error}", file = .file.display())]
    File { file: PathBuf, error: io::Error },
    #[error(
        "{file}: another process has locked it; two exports into one file would mix",
        file = .file.display()
    )]
    Locked { file: PathBuf },
    #[error("{file}: is not a file; for a pipe, name - and let the shell connect it", file = .file.display())]
    NoFile { file: PathBuf },
    #[error("{to}: {why}")]
    Syslog { to: String, why: String },
    #[error(transparent)]
    Roots(#[from] RootsError),
}

impl TargetError {
    /// Whether trying again may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::File { .. } | Self::Syslog { .. } => true,
            Self::Stdout(_) | Self::Locked { .. } | Self::NoFile { .. } | Self::Roots(_) => false,
        }
    }
}

/// An opened target. It numbers what is sent, in ascending order.
pub enum Target {
    #[doc(hidden)]
    Stdout { sent: u64 },
    #[doc(hidden)]
    File(FeedFile),
    #[doc(hidden)]
    Syslog(Box<Syslog>),
}

/// The options for syslog.
#[derive(Clone, Debug)]
pub struct SyslogOptions {
    /// The facility of all messages.
    pub facility: Facility,
    /// A file with an additional root certificate.
    pub ca: Option<PathBuf>,
}

impl Target {
    /// Opens the target. The connection to a syslog receiver is made with the first event.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn open(address: &Address, syslog: &SyslogOptions) -> Result<Self, TargetError> {
        Ok(match address {
            Address::Stdout => Self::Stdout { sent: 0 },
            Address::File(file) => Self::File(FeedFile::open(file)?),
            Address::Syslog(address) => {
                let tls = match address.is_tls {
                    true => Some(tls_roots::client_config(syslog.ca.as_deref())?),
                    false => None,
                };
                Self::Syslog(Box::new(Syslog::new(address.clone(), tls, syslog.facility)?))
            }
        })
    }

    /// Sends events and returns their number. After an error, what is not settled may not have arrived.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn send(&mut self, events: &[Event]) -> Result<u64, TargetError> {
        match self {
            Self::Stdout { sent } => {
                let mut out = stdout_while_read();
                let written = out.write_all(lines(events).as_bytes()).and_then(|()| out.flush());
                written.map_err(TargetError::Stdout)?;
                *sent += 1;
                Ok(*sent)
            }
            Self::File(file) => file.send(&lines(events)),
            Self::Syslog(syslog) => syslog.send(events).await,
        }
    }

    /// The number up to which everything has arrived.
    ///
    /// # Errors
    /// [`TargetError`] when a connection was lost: what is not settled may not have arrived.
    pub fn settled(&mut self) -> Result<u64, TargetError> {
        match self {
            Self::Stdout { sent } => Ok(*sent),
            Self::File(file) => file.settled(),
            Self::Syslog(syslog) => syslog.settled(),
        }
    }

    /// Closes the target and returns the number up to which everything has arrived.
    ///
    /// # Errors
    /// [`TargetError`] when that is not known: what is not settled may not have arrived.
    pub async fn finish(&mut self) -> Result<u64, TargetError> {
        match self {
            Self::Stdout { .. } | Self::File(_) => self.settled(),
            Self::Syslog(syslog) => syslog.finish().await,
        }
    }
}

/// Events as lines of JSON.
pub fn lines(events: &[Event]) -> String {
    let mut lines = String::new();
    for event in events {
        lines.push_str(&event.line(limits::EXPORT_LINE_BYTES, Charset::Printable));
        lines.push('\n');
    }
    lines
}

fn unwritable(file: &Path, error: io::Error) -> TargetError {
    TargetError::File { file: file.to_owned(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_recognised() {
        let syslog = |host: &str, port, is_tls| {
            Ok(Address::Syslog(SyslogAddress { host: host.to_owned(), port, is_tls }))
        };
        for (text, address) in [
            ("-", Ok(Address::Stdout)),
            ("events.json", Ok(Address::File("events.json".into()))),
            ("./-", Ok(Address::File("./-".into()))),
            ("syslog+tcp://siem.example:514", syslog("siem.example", 514, false)),
            ("syslog+tcp://siem.example", syslog("siem.example", 601, false)),
            ("syslog+tls://siem.example", syslog("siem.example", 6514, true)),
            ("syslog+tls://[2001:db8::1]:1/", syslog("2001:db8::1", 1, true)),
        ] {
            assert_eq!(Address::parse(text), address, "{text}");
        }
        for (text, expected) in [
            ("", "is empty"),
            ("syslog://siem.example", "syslog:// is not a known target"),
            ("syslog+udp://siem.example:514", "syslog+udp:// is not a known target"),
            ("https://siem.example/", "https:// is not a known target"),
            ("syslog+tcp://", "a host and a port"),
            ("syslog+tcp://siem.example:x", "port"),
            ("syslog+tcp://siem.example/path", "nothing else"),
            ("syslog+tcp://me@siem.example", "nothing else"),
        ] {
            let wrong = Address::parse(text).unwrap_err();
            assert!(wrong.contains(expected), "{text}: {wrong}");
        }
    }
}
