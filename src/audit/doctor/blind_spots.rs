//! What no report shows, however right the headers are: said with every answer, so that nobody takes a healthy page for
//! a safe one. docs/limits.md says the same.

/// One a line.
pub const BLIND_SPOTS: &[&str] = &[
    "DNS prefetch and preconnect can carry data out, and so can a worker or a frame of your own origin that comes without your headers. No browser reports them.",
    "Navigation (`location = …`, links, `window.open`, meta refresh) and WebRTC can carry data out. Only Chromium 152 and later reports them, where the page sends `Connection-Allowlist`. Its reports name the URL of a navigation, and of WebRTC nothing but that a connection was made.",
    "A redirect that a Connection-Allowlist blocks is reported under the URL where it began. With the enforcing header, Chromium 156 reloads its error page after about a second, and that second attempt can follow the redirect.",
    "A host that the policy allows can be abused, for example an analytics service with the attacker's account. No browser reports that.",
    "A redirect through an allowed host is reported under the allowed URL. The final URL never appears.",
    "No browser reports that a script did not match its SRI hash; only `/sri.js` does. Integrity-Policy reports say that integrity metadata is *missing*.",
    "Browser extensions bypass the policy. Part of what they do to a page is not reported, and part is reported as if the page did it.",
    "An attacker who can edit the page can remove the header. Then no reports arrive, and only `CspwatchSiteSilent` and `cspwatch doctor --watch` notice.",
    "Chromium drops `report-uri` bodies over 64 KiB, and Chromium and Firefox limit how many reports one page may send at once.",
];

#[cfg(test)]
mod tests {
    use super::BLIND_SPOTS;

    #[test]
    fn the_manual_says_the_same() {
        let manual = include_str!("../../../docs/limits.md");
        let (_, section) = manual.split_once("## What no report can show").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let listed: Vec<&str> =
            section.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        assert_eq!(listed, BLIND_SPOTS);
    }
}
