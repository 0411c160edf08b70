//! What is no mistake in a configuration, and may be broader or narrower than somebody wants.

use super::host_pattern::HostPattern;
use super::noise::expects_strangers;
use super::site::{PageGroupConfig, SiteConfig};

/// Hints about the sites, each with the place that it is about.
pub(super) fn hints(sites: &[SiteConfig]) -> Vec<String> {
    sites.iter().flat_map(of_site).chain(hosts_of_two_sites(sites)).collect()
}

/// Reports to an endpoint without a site's name go by the host, to the first site that has it.
fn hosts_of_two_sites(sites: &[SiteConfig]) -> impl Iterator<Item = String> {
    let hosts = sites.iter().flat_map(|site| site.hosts.iter().map(move |host| (&site.name, host)));
    hosts.clone().filter_map(move |(site, host)| {
        let (first, _) = hosts.clone().find(|(_, other)| *other == host)?;
        (first != site).then(|| {
            format!(
                "site {site}: hosts has {host}, which site {first} has already: what is reported about it to /report counts for \
                 {first}; name each host once"
            )
        })
    })
}

fn of_site(site: &SiteConfig) -> Vec<String> {
    let name = &site.name;
    let mut hints = Vec::new();
    for host in &site.hosts {
        if let HostPattern::Below(parent) = host {
            hints.push(format!(
                "site {name}: hosts has *.{parent}, so a forgotten host below {parent} counts as the site's own, whoever has \
                 it now; name the hosts that you have, if you know them"
            ));
        }
    }
    let of_groups = site.page_groups.iter().flat_map(|group| &group.known);
    for known in site.known.iter().chain(of_groups) {
        if known.path.is_empty() && expects_strangers(&known.host) {
            hints.push(format!(
                "site {name}: known has {known}, where anybody can have an account, so that a thief's counts as known, too; \
                 write the path of what you use, as in \"cdn.jsdelivr.net/npm/vendor/\", if it has one of its own"
            ));
        }
    }
    hints.extend(site.page_groups.iter().filter_map(|group| of_page_group(name, group)));
    hints
}

fn of_page_group(site: &str, group: &PageGroupConfig) -> Option<String> {
    let PageGroupConfig { name, paths, payment, three_d_secure, .. } = group;
    if !payment {
        return three_d_secure.map(|_| {
            format!(
                "site {site}, page group {name}: three_d_secure changes nothing without payment = true"
            )
        });
    }
    let is_rooted = |path: &&String| path.starts_with('/') && !path.starts_with("/*");
    let covers = |path: &str| paths.iter().any(|pattern| pattern.starts_with(&format!("/*{path}")));
    let bare = paths.iter().filter(is_rooted).find(|path| !covers(path))?;
    Some(format!(
        "site {site}, page group {name}: {bare} does not match /de{example} or /index.php{example}; if the site has such \
         pages, add \"/*{bare}\"",
        example = bare.trim_end_matches('*'),
    ))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[track_caller]
    fn check(site: &str, group: &str, expected: &[&str]) {
        let text = format!(
            "[[site]]\nname = \"shop\"\n{site}\n[[site.page_group]]\nname = \"payment\"\n{group}\n"
        );
        let config = Config::from_text("test", &text, &Default::default()).expect("it is right");
        let hints = config.hints();
        assert_eq!(hints.len(), expected.len(), "{hints:?}");
        for (hint, part) in hints.iter().zip(expected) {
            assert!(hint.contains(part), "{hint} has no {part}");
        }
    }

    #[test]
    fn a_host_of_two_sites_is_named_once() {
        let text = "[[site]]\nname = \"a\"\nhosts = [\"www.shop.example\", \"a.example\"]\n\
                    [[site]]\nname = \"b\"\nhosts = [\"b.example\", \"www.shop.example\"]\n";
        let config = Config::from_text("test", text, &Default::default()).expect("it is right");
        let hints = config.hints();
        assert_eq!(hints.len(), 1, "{hints:?}");
        assert!(
            hints[0].starts_with("site b: hosts has www.shop.example, which site a has already")
        );
    }

    #[test]
    fn what_is_broad_and_what_is_narrow() {
        let hosts = "hosts = [\"shop.example\"]";
        let paths = "paths = [\"/*/checkout*\"]\npayment = true";
        check(hosts, paths, &[]);
        check("hosts = [\"*.shop.example\"]", paths, &["*.shop.example, so a forgotten host"]);
        check(
            &format!(
                "{hosts}\nknown = [\"cdn.jsdelivr.net\", \"cdn.jsdelivr.net/npm/x/\", \"*.google.com\", \"api.example\"]"
            ),
            &format!("{paths}\nknown = [\"script-src unpkg.com\"]"),
            &["known has cdn.jsdelivr.net,", "known has *.google.com,", "script-src unpkg.com,"],
        );
        check(
            hosts,
            "paths = [\"/checkout*\"]\npayment = true",
            &["/checkout* does not match /de/checkout or /index.php/checkout"],
        );
        check(
            hosts,
            "paths = [\"/checkout*\", \"/*/checkout*\"]\npayment = true\nthree_d_secure = true",
            &[],
        );
        check(hosts, "paths = [\"/help\"]\nthree_d_secure = true", &["changes nothing"]);
    }
}
