//! What no report tells, however right the headers are: said with every answer, so that nobody takes a healthy page for
//! a safe one. README.md says the same.

/// One a line.
pub const BLIND_SPOTS: &[&str] = &[
    "Navigation (`location = …`, `window.open`), WebRTC, DNS prefetch and preconnect can carry data out, and no engine reports them.",
    "A host that the policy allows can be abused, as an analytics service with the attacker's account. No engine reports it.",
    "A redirect through an allowed host is reported under the allowed URL; the final one never appears.",
    "No browser reports that a script's SRI hash did not match; only `/sri.js` does. Integrity-Policy reports say that integrity metadata was *missing*.",
    "Browser extensions act beside the policy: what they do to the page is partly not reported, and partly reported as the page's.",
    "Who can edit the page can remove the header. Then nothing arrives, and only `CspwatchSiteSilent` and `cspwatch doctor --watch` tell.",
    "Chromium drops `report-uri` bodies over 64 KiB, and Chromium and Firefox limit how many reports one page may send at once.",
];

#[cfg(test)]
mod tests {
    use super::BLIND_SPOTS;

    #[test]
    fn the_manual_says_the_same() {
        let readme = include_str!("../../../README.md");
        let (_, section) = readme.split_once("## Limits and blind spots").unwrap();
        let (section, _) = section.split_once("What this version does not do well").unwrap();
        let listed: Vec<&str> =
            section.lines().filter_map(|line| line.strip_prefix("- ")).collect();
        assert_eq!(listed, BLIND_SPOTS);
    }
}
