//! What the pack supports, and what no report can show. Nothing here says that a site meets a requirement: that is for an
//! assessor to say.

/// A part of a requirement that the pack has evidence for, and what remains open.
pub struct SupportedRequirement {
    /// As PCI DSS 4.0.1 numbers it.
    pub requirement: &'static str,
    /// What it asks for, in our words.
    pub asks: &'static str,
    /// Which part of the pack is evidence for it.
    pub evidence: &'static str,
    /// What has to be shown by other means.
    pub open: &'static str,
}

/// The requirements that the pack has evidence for.
pub const SUPPORTS: [SupportedRequirement; 6] = [
    SupportedRequirement {
        requirement: "6.4.3",
        asks: "each script of a payment page is authorized",
        evidence: "Scripts: who approved what, and when; alerts script_unapproved",
        open: "inline scripts of pages without data-inline; that approvals are reviewed",
    },
    SupportedRequirement {
        requirement: "6.4.3",
        asks: "the integrity of each script is assured",
        evidence: "Scripts: hashes and changes; alerts script_changed and integrity",
        open: "scripts whose content browsers may not read (\"not readable\")",
    },
    SupportedRequirement {
        requirement: "6.4.3",
        asks: "there is an inventory of all scripts, with a written justification of each",
        evidence: "Scripts: owner and justification",
        open: "inline scripts of pages without data-inline, event handlers in attributes, and scripts that ran only in browsers \
               that do not report hashes (Firefox)",
    },
    SupportedRequirement {
        requirement: "11.6.1",
        asks: "people are alerted to changes of script contents as browsers receive them",
        evidence: "Alerts, Notifications, Script changes",
        open: "that somebody acted: decisions are listed here, incident records are elsewhere",
    },
    SupportedRequirement {
        requirement: "11.6.1",
        asks: "people are alerted to changes of security-impacting headers as browsers receive them",
        evidence: "Security headers as received, day by day; Policies; alerts policy_changed and site_silent",
        open: "browsers report neither other headers nor a policy that was removed, so a look from outside shows those \
               (cspwatch doctor --watch --store): of the pages, days and places where it ran, and what its output alerts is \
               yours to arrange",
    },
    SupportedRequirement {
        requirement: "11.6.1",
        asks: "the mechanism works at least weekly, or as often as a risk analysis says",
        evidence: "Operation: collectors at work and reports received, day by day; Drills: alerts that were delivered",
        open: "days without visitors, on which no browser can report anything",
    },
];

/// What no report can show.
pub const LIMITS: [&str; 7] = [
    "Browsers report what a policy forbids, and hashes of scripts where a policy asks for them. What a policy allows, and \
     what no policy covers, is not reported.",
    "Reports are not authenticated: anybody can send them. Approvals and decisions come from people with access to the \
     database.",
    "Browsers differ: Chromium reports hashes, WebKit reports some of them, and no browser reports inline scripts by itself: \
     the client script reports those where the page has data-inline, for a sample of the visitors, and a script that knows of \
     it can hide from it. Blockers and privacy settings keep some browsers silent.",
    "DNS prefetch, preconnect, and workers and frames without the headers can carry data out, and no browser reports them. \
     Navigation, window.open and WebRTC can, too: only Chromium reports them, where the page sends Connection-Allowlist. So can \
     a host that the policy allows.",
    "A page group without reports on a day may have had no visitors, no policy, or no way to the collector. It is listed as \
     it is.",
    "Numbers of pages are estimates beyond 65,536. Reports over a quota are counted, but not stored.",
    "What is stored is kept for as long as the configured retention says. What had expired when this was made is missing.",
];
