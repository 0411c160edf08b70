//! The domain: what a report is once it is understood, whatever browser and channel it came by.
//!
//! Nothing here knows the wire. Texts are already cleaned, bounded and redacted ([`crate::pipeline::normalise`]);
//! they borrow from the request's body where nothing had to be changed.

mod columns;
mod directive;
mod oddities;
mod one_of;
mod reason;
mod words;

use std::borrow::Cow;

pub(crate) use columns::with_violation_columns;
pub use directive::{
    CONNECTION_ALLOWLIST, OTHER_DIRECTIVE, WEBRTC_DIRECTIVE, first_word, reported_directive,
};
pub use oddities::Oddities;
pub use one_of::OneOf;
pub use reason::{Cause, Reason, Resemblance};
pub use words::{is_keyword, is_network_scheme};

use crate::base::clock::Timestamp;

/// What makes two reports the same violation: the first 128 bits of BLAKE3 over what the violation is
/// (`pipeline/fingerprint.rs`).
pub type Fingerprint = u128;

/// Declares an enum whose values have one stable name each: in tables, metrics and the journal.
macro_rules! closed_set {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_meta])* $variant = $code),+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The public name: a column value and a metric label.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value of a public name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }

            /// The code in the journal. Codes are never reused.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value of a journal code.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

closed_set! {
    /// What a report is about.
    Kind {
        /// A Content-Security-Policy violation, by `report-uri` or `report-to`.
        Csp = 0 "csp",
        /// The hash of a script that was loaded (CSP3 `report-sha256`).
        CspHash = 1 "csp_hash",
        /// A violation of `Integrity-Policy`.
        Integrity = 2 "integrity",
        /// A failed integrity check, reported by the client script.
        SriFailure = 3 "sri_failure",
        /// Network Error Logging.
        Nel = 4 "nel",
        /// Cross-Origin-Embedder-Policy.
        Coep = 5 "coep",
        /// Cross-Origin-Opener-Policy.
        Coop = 6 "coop",
        /// Permissions-Policy.
        PermissionsPolicy = 7 "permissions_policy",
        /// Document-Policy.
        DocumentPolicy = 8 "document_policy",
        /// Use of a deprecated feature.
        Deprecation = 9 "deprecation",
        /// The browser intervened.
        Intervention = 10 "intervention",
        /// A page crashed.
        Crash = 11 "crash",
        /// Connection-Allowlist.
        ConnectionAllowlist = 12 "connection_allowlist",
        /// Anything else; the type's name is kept.
        Other = 13 "other",
        /// A page view that the client script counts.
        Census = 14 "census",
        /// The hash of an inline script that the client script saw on a page.
        InlineHash = 15 "inline_hash",
    }
}

impl Kind {
    /// Whether such a report shows that the page still carries its policy. What the client script counts goes on where
    /// somebody removes the policy.
    pub const fn is_sign_of_life(self) -> bool {
        !matches!(self, Self::Census | Self::InlineHash)
    }
}

/// The `detail` of an inline script beyond those that are listed, in place of its hash.
pub const UNLISTED_INLINE: &str = "unlisted";

closed_set! {
    /// Whether the policy was enforced.
    Disposition {
        /// The browser does not say (WebKit's `report-uri`).
        Unknown = 0 "unknown",
        /// Blocked.
        Enforce = 1 "enforce",
        /// Only reported.
        Report = 2 "report",
    }
}

impl Disposition {
    /// The disposition of a row whose reports differ: blocked by one policy is blocked.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Enforce, _) | (_, Self::Enforce) => Self::Enforce,
            (Self::Report, _) | (_, Self::Report) => Self::Report,
            (Self::Unknown, Self::Unknown) => Self::Unknown,
        }
    }
}

closed_set! {
    /// What a destination is to the site.
    Verdict {
        /// One of the site's hosts.
        Own = 0 "own",
        /// Expected: configured, or approved by a person.
        Known = 1 "known",
        /// Nobody expected it. This is what pages.
        Unknown = 2 "unknown",
        /// Explained by a noise rule; kept and counted, never alerting.
        Noise = 3 "noise",
        /// Inline code or `eval`: no destination.
        Inline = 4 "inline",
        /// The document is not the site's.
        Foreign = 5 "foreign",
        /// The report's own policy allows what it says was blocked.
        Impossible = 6 "impossible",
        /// No destination to judge.
        Other = 7 "other",
    }
}

closed_set! {
    /// What the violated directive would have let the destination do.
    Channel {
        /// Receive data: connect, form-action, images, frames, fonts, media.
        Send = 0 "send",
        /// Bring code or style into the page.
        Load = 1 "load",
        /// Neither.
        Other = 2 "other",
    }
}

closed_set! {
    /// The family of the browser's engine.
    Engine {
        /// Not one of the known ones.
        Other = 0 "other",
        /// Blink.
        Chromium = 1 "chromium",
        /// Gecko.
        Firefox = 2 "firefox",
        /// WebKit.
        Webkit = 3 "webkit",
    }
}

/// A URL of a report without its query, fragment and credentials, or what browsers report in place of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// `https`; for a keyword such as `inline` or a bare scheme such as `data` that word; else empty.
    pub scheme: Cow<'a, str>,
    /// Lower-case ASCII (punycode), an IP address without brackets, or empty.
    pub host: Cow<'a, str>,
    /// 0 where the scheme's default applies.
    pub port: u16,
    /// Begins with `/` where there is a host; empty where it is not kept (`census`, `inline_hash`).
    pub path: Cow<'a, str>,
}

/// One report in its normal form.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// What it is about.
    pub kind: Kind,
    /// The wire's type name where `kind` is [`Kind::Other`], else empty.
    pub type_name: Cow<'a, str>,
    /// When it happened: received minus the age the browser gave.
    pub at: Timestamp,
    /// Whether the browser gave an age: such reports may be delivered again.
    pub has_age: bool,
    /// Whether it was blocked.
    pub disposition: Disposition,
    /// The policy as it was sent, unbounded and unredacted: to be judged by, never to be kept.
    pub policy: Cow<'a, str>,
    /// The effective directive: one of a closed set ([`reported_directive`]), `other`, or empty.
    pub directive: Cow<'a, str>,
    /// The page.
    pub document: Place<'a>,
    /// What was blocked.
    pub blocked: Place<'a>,
    /// The script that did it, as far as the browser reports it.
    pub source: Place<'a>,
    /// Line in the source, 1-based; 0 = unknown.
    pub line: u32,
    /// Column in the source, 1-based; 0 = unknown.
    pub column: u32,
    /// HTTP status of the document; 0 = unknown.
    pub status_code: u16,
    /// Start of the offending code; the message of kinds that have one; of `sri_failure` the hash that the
    /// resource really has; of `inline_hash` the word `nonce`, where the script has one.
    pub sample: Cow<'a, str>,
    /// What exactly happened, by kind: the hash of a script (`csp_hash`, `inline_hash`), the kind of resource (`integrity`),
    /// `mismatch` or `outage` (`sri_failure`), the error (`nel`), the check that failed (`coep`, `coop`),
    /// the policy (`permissions_policy`, `document_policy`), the feature (`deprecation`, `intervention`),
    /// the reason (`crash`), of how many page views one is counted (`census`), the directive's name (`csp`, where it is none of the closed set). Else empty.
    pub detail: Cow<'a, str>,
    /// Hash of the normalised policy; 0 = none.
    pub policy_hash: u64,
    /// The User-Agent as it was sent, unbounded and unredacted: to be judged by, never to be kept.
    pub user_agent: Cow<'a, str>,
    /// Family of the browser's engine.
    pub engine: Engine,
    /// Its major version; 0 = unknown.
    pub engine_version: u16,
    /// Whether one of the URLs contained a card number (which was removed).
    pub pan_in_url: bool,
}
