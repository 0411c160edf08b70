//! What still leaves a page unseen. It depends on the page's headers, and some of it no header can change: a page without
//! findings is not a safe one. docs/limits.md says the same of all pages.
//!
//! What browsers report is measured with Chromium 156, Firefox ESR 153 and WebKitGTK 2.50.

use super::Analysis;
use super::connection_allowlist::AllowlistEffect;
use super::reporting_method::ReportingMethod;
use super::sources::allows_every_host;
use super::written::{Carrier, WrittenPolicy};
use crate::csp::fallbacks;

/// A way out of the page that nobody hears of.
#[derive(Clone, Copy, Debug)]
pub struct UnseenWay {
    /// The public name, as in JSON.
    pub id: &'static str,
    /// What can leave, and why no report shows it.
    pub what: &'static str,
    is_open: fn(&PageCover<'_>) -> bool,
}

/// What the headers of a page make browsers report or block.
struct PageCover<'r> {
    analysis: &'r Analysis<'r>,
    /// The policies that are enforced or report.
    policies: Vec<&'r WrittenPolicy>,
    allowlist: AllowlistEffect,
}

const fn way(
    id: &'static str,
    what: &'static str,
    is_open: fn(&PageCover<'_>) -> bool,
) -> UnseenWay {
    UnseenWay { id, what, is_open }
}

/// All ways, those that depend on the page first.
const WAYS: &[UnseenWay] = &[
    way(
        "everything",
        "Without a policy that is enforced or reports, requests, images, scripts, frames and forms may go to any host.",
        |page| page.policies.is_empty(),
    ),
    way(
        "requests",
        "Without a `connect-src` that names its hosts, `fetch`, `XMLHttpRequest`, beacons and WebSockets may go to any host.",
        |page| page.lacks("connect-src"),
    ),
    way(
        "images",
        "Without an `img-src` that names its hosts, the URL of an image can carry data to any host.",
        |page| page.lacks("img-src"),
    ),
    way(
        "scripts",
        "Without a `script-src` that names its hosts, or a nonce with `'strict-dynamic'`, scripts may come from any host, \
         and their URLs can carry data there.",
        |page| page.lacks("script-src-elem"),
    ),
    way(
        "styles-fonts-media",
        "Without `style-src`, `font-src` and `media-src` that name their hosts, or such a `default-src`, the URLs of style \
         sheets, fonts and media can carry data to any host.",
        |page| ["style-src-elem", "font-src", "media-src"].iter().any(|name| page.lacks(name)),
    ),
    way(
        "frames",
        "Without a `frame-src` and an `object-src` that name their hosts, frames and objects may show any host, and their \
         URLs can carry data there.",
        |page| page.lacks_frames() && !page.allowlist.reports_navigation,
    ),
    way(
        "frames-elsewhere",
        "Where only a Connection-Allowlist covers frames and objects, Firefox and Safari report none of them.",
        |page| page.lacks_frames() && page.allowlist.reports_navigation,
    ),
    way(
        "forms",
        "Without a `form-action` that names its hosts, forms may post to any host. `default-src` does not cover them.",
        |page| page.lacks("form-action") && !page.allowlist.reports_navigation,
    ),
    way(
        "forms-elsewhere",
        "Where only a Connection-Allowlist covers forms, Firefox and Safari report none of them.",
        |page| page.lacks("form-action") && page.allowlist.reports_navigation,
    ),
    way(
        "navigation",
        "Without a Connection-Allowlist that reports, navigation (`location = …`, links, `window.open`, meta refresh) can \
         carry data to any host. A Content-Security-Policy does not cover it.",
        |page| !page.allowlist.reports_navigation,
    ),
    way(
        "navigation-elsewhere",
        "With a Connection-Allowlist, Chromium 152 and later reports navigation and WebRTC. Firefox, Safari and older \
         versions ignore the header.",
        |page| page.allowlist.reports_navigation,
    ),
    way(
        "webrtc",
        "Without a Connection-Allowlist that reports and has `webrtc=block`, WebRTC can carry data to any peer.",
        |page| !page.allowlist.reports_webrtc,
    ),
    way(
        "webrtc-peers",
        "With a Connection-Allowlist, a report about WebRTC does not name the peer, only that the page made a connection.",
        |page| page.allowlist.reports_webrtc,
    ),
    way(
        "redirects-anywhere",
        "With `redirects=allow` in the Connection-Allowlist, a redirect may end on any host.",
        |page| page.allowlist.reports_navigation && page.allowlist.allows_redirects,
    ),
    way(
        "redirect-targets",
        "With a Connection-Allowlist, a redirect that it forbids is reported under the URL where it began.",
        |page| page.allowlist.reports_navigation && !page.allowlist.allows_redirects,
    ),
    way(
        "error-page-reload",
        "With an enforced Connection-Allowlist, Chromium 156 reloads the error page of a blocked redirect after about a \
         second, and that second attempt can follow the redirect.",
        |page| page.allowlist.is_enforced && !page.allowlist.allows_redirects,
    ),
    way(
        "dns-and-preconnect",
        "Without an enforced Connection-Allowlist, DNS prefetch, preconnect and `<link rel=prefetch>` can carry data out. \
         No browser reports them.",
        |page| !page.allowlist.is_enforced,
    ),
    way(
        "dns-and-preconnect-elsewhere",
        "With an enforced Connection-Allowlist, Chromium blocks DNS prefetch, preconnect and `<link rel=prefetch>`, without a \
         report. In Firefox and Safari they can carry data out.",
        |page| page.allowlist.is_enforced,
    ),
    way(
        "inner-frames",
        "Without a policy that reports by `report-uri`, Chromium and Firefox do not report what happens inside `srcdoc`, \
         `blob:` and `data:` frames.",
        |page| !page.analysis.any_policy_reports_by(ReportingMethod::ReportUri),
    ),
    way(
        "changed-scripts",
        "Without `/sri.js` on the page, no report shows that a script did not match its SRI hash. Integrity-Policy reports say \
         that integrity metadata is *missing*.",
        |page| !page.has_client_script(),
    ),
    way(
        "own-frames-and-workers",
        "A worker, or a frame of your own origin, that comes without these headers can carry data out. No browser reports it.",
        |_| true,
    ),
    way(
        "allowed-hosts",
        "A host that the policy allows can be abused, for example an analytics service with the attacker's account. No browser \
         reports that.",
        |_| true,
    ),
    way(
        "redirects",
        "A redirect through an allowed host is reported under the allowed URL. The final URL never appears.",
        |_| true,
    ),
    way(
        "extensions",
        "Browser extensions bypass the policy. Part of what they do to a page is not reported, and part is reported as if the \
         page did it.",
        |_| true,
    ),
    way(
        "removed-headers",
        "An attacker who can edit the page can remove the header. Then no reports arrive, and only `CspwatchSiteSilent` and \
         `cspwatch doctor --watch` notice.",
        |_| true,
    ),
    way(
        "report-limits",
        "Chromium drops `report-uri` bodies over 64 KiB, and Chromium and Firefox limit how many reports one page may send at \
         once.",
        |_| true,
    ),
];

impl Analysis<'_> {
    /// The ways out of the page that nobody hears of. None if the page itself is unknown.
    pub fn unseen(&self) -> Vec<UnseenWay> {
        if self.page.refused_redirect.is_some() {
            return Vec::new();
        }
        let is_in_force = |policy: &&WrittenPolicy| {
            policy.carrier != Carrier::ReportOnly || self.reporting_method(policy).delivers()
        };
        let cover = PageCover {
            analysis: self,
            policies: self.policies.iter().filter(is_in_force).collect(),
            allowlist: AllowlistEffect::of(self),
        };
        WAYS.iter().filter(|way| (way.is_open)(&cover)).copied().collect()
    }
}

impl PageCover<'_> {
    /// Whether there are policies, and none says which hosts a directive is about.
    fn lacks(&self, name: &str) -> bool {
        let own = [name];
        let chain = if fallbacks(name).is_empty() { &own } else { fallbacks(name) };
        let is_script = name == "script-src-elem";
        let mut lists = self.policies.iter().filter_map(|policy| policy.deciding(chain));
        !self.policies.is_empty() && lists.all(|list| allows_every_host(list, is_script))
    }

    fn lacks_frames(&self) -> bool {
        self.lacks("frame-src") || self.lacks("object-src")
    }

    fn has_client_script(&self) -> bool {
        let mut scripts = self.analysis.markup.scripts.iter();
        scripts.any(|script| script.url.as_ref().is_some_and(|url| url.path() == "/sri.js"))
    }
}

#[cfg(test)]
mod tests {
    use super::WAYS;

    #[test]
    fn the_manual_says_the_same() {
        let manual = include_str!("../../../docs/limits.md");
        let (_, section) = manual.split_once("## What no report can show").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let listed: Vec<&str> =
            section.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        assert!(listed.iter().copied().eq(WAYS.iter().map(|way| way.what)), "{listed:#?}");
        // The page of the command has each name, in a row of its own.
        let manual = include_str!("../../../docs/commands/doctor.md");
        let (_, table) = manual.split_once("## What leaves unseen").unwrap();
        let (table, _) = table.split_once("\n## ").unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
        let ids = rows.filter_map(|row| Some(row.split_once('`')?.0));
        assert!(ids.eq(WAYS.iter().map(|way| way.id)), "{table}");
    }
}
