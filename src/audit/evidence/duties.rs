//! Whose duty each part of 6.4.3 and 11.6.1 is, and what a merchant with SAQ A may be asked. What an assessor or an acquirer
//! wants is for them to say; this says who can answer, and with what.

/// A part of a requirement, and who does what for it.
pub struct Duty {
    /// As PCI DSS 4.0.1 numbers it.
    pub requirement: &'static str,
    /// The part, in our words.
    pub part: &'static str,
    /// What the site does.
    pub merchant: &'static str,
    /// What cspwatch does.
    pub cspwatch: &'static str,
    /// What the payment provider does for a page or a frame of its own.
    pub provider: &'static str,
}

/// The parts.
pub const DUTIES: [Duty; 6] = [
    Duty {
        requirement: "6.4.3",
        part: "Each script is authorized",
        merchant: "decides, and says why: cspwatch scripts approve",
        cspwatch: "lists what runs, asks for a decision, raises script_unapproved",
        provider: "the scripts within its frame, and of a page that it hosts",
    },
    Duty {
        requirement: "6.4.3",
        part: "The integrity of each script is assured",
        merchant: "sends integrity metadata, a nonce or hashes, and enforces the policy",
        cspwatch: "reports hashes that change and scripts without integrity metadata",
        provider: "the scripts within its frame; whether its own script for your page has a stable hash",
    },
    Duty {
        requirement: "6.4.3",
        part: "There is an inventory with a justification of each script",
        merchant: "writes owner and justification, and reviews them",
        cspwatch: "keeps the inventory, with who decided what, and when",
        provider: "the scripts within its frame",
    },
    Duty {
        requirement: "11.6.1",
        part: "Changes of scripts and headers, as browsers receive them, are noticed",
        merchant: "sends a policy with report-uri and report-to from each payment page",
        cspwatch: "compares what browsers report, and what doctor --watch fetches",
        provider: "the pages and frames that it serves",
    },
    Duty {
        requirement: "11.6.1",
        part: "People are alerted",
        merchant: "names who is on call, and answers",
        cspwatch: "raises alerts; drills try the way to the pager",
        provider: "says whom it informs of a breach of its own",
    },
    Duty {
        requirement: "11.6.1",
        part: "The mechanism works at least weekly, or as often as a risk analysis says",
        merchant: "keeps the collectors at work, and writes the risk analysis if it is to be less often",
        cspwatch: "works all the time; shows each day, and each drill",
        provider: "the same for its own pages",
    },
];

/// A question to a merchant who fills in SAQ A, and what a pack has about it.
pub struct SaqPoint {
    /// The question, in our words.
    pub question: &'static str,
    /// What can be said.
    pub answer: &'static str,
    /// Where it is.
    pub evidence: &'static str,
}

/// SAQ A (version 4.0.1 of January 2025) asks the merchant to confirm that the site is not susceptible to attacks from scripts
/// that could affect its e-commerce systems. The PCI Security Standards Council's FAQ 1588 names two ways to do so.
pub const SAQ_A: [SaqPoint; 4] = [
    SaqPoint {
        question: "Do techniques such as those of 6.4.3 and 11.6.1 protect the page that has the provider's frame or redirects to it?",
        answer: "This pack is evidence for that way, as far as the page groups in it are those pages",
        evidence: "What it supports; Scripts; Alerts; Operation; Drills",
    },
    SaqPoint {
        question: "Or does the provider confirm that its solution, installed as it says, protects the page from such attacks?",
        answer: "cspwatch cannot show that: keep the provider's confirmation with this pack",
        evidence: "none",
    },
    SaqPoint {
        question: "Does a page of the site hold card data, or only a frame or a redirect of the provider?",
        answer: "Reports show which hosts the pages frame and post to: a form to the site itself would be no SAQ A",
        evidence: "Policies; cspwatch policy SITE",
    },
    SaqPoint {
        question: "Was an attack from scripts noticed in the period, and what was done?",
        answer: "Alerts of the period, and the decisions about them",
        evidence: "Alerts; Decisions; cspwatch incident DESTINATION",
    },
];
