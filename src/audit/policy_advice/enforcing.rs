//! Whether the site can enforce its Connection-Allowlist: what the reports of the range show, and what holds for every page.

use super::build::Suggestion;
use super::draft::Occurrences;
use super::evidence::PolicyEvidence;
use super::navigation::Navigation;

/// Why the site should not enforce the list yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// No browser reported by such a list over the whole range.
    Untried,
    /// The first policy is not enforced. Of fetch, images and scripts only a policy's reports show which hosts the pages need.
    PolicyUntried,
    /// The first policy has something broad, so that nobody knows these hosts.
    PolicyBroad,
    /// So many reports name links that the list does not have.
    LinksLeftOut(u64),
    /// So many reports name URLs of the site's own, which redirect.
    Redirects(u64),
    /// So many reports are about `mailto:`, `tel:` and the like.
    AppLinks(u64),
    /// So many reports are about WebRTC, which is not trusted.
    Peers(u64),
}

/// What the reports of the range show.
pub(super) fn obstacles(
    evidence: &PolicyEvidence<'_>,
    suggestion: &Suggestion,
    navigation: &Navigation,
    is_webrtc_trusted: bool,
) -> Vec<Obstacle> {
    let reports = |count: Option<Occurrences>| count.map_or(0, |seen| seen.reports);
    let peers = if is_webrtc_trusted { 0 } else { reports(navigation.peers) };
    let counted = [
        Obstacle::LinksLeftOut(navigation.reports_left_out()),
        Obstacle::Redirects(reports(navigation.redirects)),
        Obstacle::AppLinks(reports(navigation.app_links)),
        Obstacle::Peers(peers),
    ];
    let stated = [
        (Obstacle::Untried, !was_tried(evidence)),
        (Obstacle::PolicyUntried, !suggestion.may_enforce),
        (Obstacle::PolicyBroad, !suggestion.broad.is_empty()),
    ];
    let stated = stated.into_iter().filter(|(_, holds)| *holds).map(|(obstacle, _)| obstacle);
    stated.chain(counted.into_iter().filter(|obstacle| obstacle.reports() != Some(0))).collect()
}

/// Whether browsers reported by such a list within the first and the last tenth of the range.
fn was_tried(evidence: &PolicyEvidence<'_>) -> bool {
    let inputs = &evidence.inputs;
    let end = inputs.to.min(inputs.now);
    let slack = end.since(inputs.from) / 10;
    let reports = || inputs.reports.iter().filter(|report| report.is_connection());
    reports().any(|report| report.first_seen <= inputs.from + slack)
        && reports().any(|report| report.last_seen >= end - slack)
}

impl Obstacle {
    /// How many reports show it.
    pub fn reports(self) -> Option<u64> {
        match self {
            Self::Untried | Self::PolicyUntried | Self::PolicyBroad => None,
            Self::LinksLeftOut(reports)
            | Self::Redirects(reports)
            | Self::AppLinks(reports)
            | Self::Peers(reports) => Some(reports),
        }
    }

    /// The public name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untried => "untried",
            Self::PolicyUntried => "policy_untried",
            Self::PolicyBroad => "policy_broad",
            Self::LinksLeftOut(_) => "links_left_out",
            Self::Redirects(_) => "redirects",
            Self::AppLinks(_) => "app_links",
            Self::Peers(_) => "webrtc",
        }
    }

    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Untried => "No browser reported by this header over the whole range: either the pages do not send it yet, or \
                 nothing violated it. Send it report-only first."
                .to_owned(),
            Self::PolicyUntried => "The first policy was not tried over the range, so reports do not show all hosts that the \
                 pages load from or send to."
                .to_owned(),
            Self::PolicyBroad => "The first policy has something broad, so reports do not show all hosts that the pages load \
                 from or send to."
                .to_owned(),
            Self::LinksLeftOut(reports) => {
                format!("{reports} reports name links that are left out. Enforced, they lead nowhere.")
            }
            Self::Redirects(reports) => format!(
                "{reports} reports name URLs of your own: these redirect, or the list that the pages send lacks their host. Enforced \
                 with redirects=block, redirects are blocked."
            ),
            Self::AppLinks(reports) => {
                format!("{reports} reports are about mailto:, tel: or an app. Enforced, such links show an error page.")
            }
            Self::Peers(reports) => {
                format!("{reports} reports are about WebRTC, which is neither known nor approved. Enforced, it is blocked.")
            }
        }
    }
}

/// What holds for every page that sends the header, measured with Chromium 156.
pub const CAVEATS: [&str; 5] = [
    "Report-only, as suggested, it changes nothing on the page. Chromium 152 and later reports navigation (links, location, \
     window.open), forms, frames and WebRTC by it, and no fetch, image or script: the policies report those, so keep them. \
     Firefox and Safari ignore the header.",
    "Enforced, as Connection-Allowlist, it makes Chromium block every connection that the list lacks, fetch, images and scripts \
     too, and report only navigation and WebRTC. Enforce it when an enforced policy and this header, report-only, have been in \
     force over the whole range and reported nothing that your visitors need; not before.",
    "With redirects=block each redirect is a violation, also from your own pages to your own pages and after a POST (303), and \
     the report names the first URL. So the enforced list breaks logins and checkouts that redirect. If you have any, write \
     redirects=allow: then a redirect may lead to any host, and no browser reports that.",
    "WebRTC is allowed or blocked as a whole, and a report does not name the other side.",
    "Workers, and frames of your own origin, that come without the header are not covered, also when it is enforced. After a \
     blocked redirect Chromium 156 reloads its error page by itself, and that second attempt goes through.",
];
