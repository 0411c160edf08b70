//! Hosts that a thief can use although they belong to somebody well known.

use crate::config::host_pattern::HostPattern;

/// Hosts that serve or collect for anybody with an account, in addition to the public suffix list. What the path names is whose
/// a thing on them is.
const SHARED: &[&str] = &[
    // Files and code of anybody.
    "ajax.aspnetcdn.com",
    "api.cloudinary.com",
    "at.alicdn.com",
    "bitbucket.org",
    "cdn.jsdelivr.net",
    "cdn.rawgit.com",
    "cdn.skypack.dev",
    "cdn.statically.io",
    "cdnjs.cloudflare.com",
    "cloudflare-ipfs.com",
    "commondatastorage.googleapis.com",
    "docs.google.com",
    "drive.google.com",
    "esm.run",
    "esm.sh",
    "firebasestorage.googleapis.com",
    "gist.github.com",
    "github.com",
    "gitlab.com",
    "i.imgur.com",
    "ipfs.io",
    "raw.githack.com",
    "raw.githubusercontent.com",
    "rawcdn.githack.com",
    "rawgit.com",
    "res.cloudinary.com",
    "script.googleusercontent.com",
    "sites.google.com",
    "storage.googleapis.com",
    "unpkg.com",
    "www.dropbox.com",
    // Texts, messages and forms for anybody.
    "api.airtable.com",
    "api.emailjs.com",
    "api.hsforms.com",
    "api.jsonbin.io",
    "api.telegram.org",
    "api.web3forms.com",
    "cdn.discordapp.com",
    "discord.com",
    "discordapp.com",
    "firestore.googleapis.com",
    "formcarry.com",
    "forms.hsforms.com",
    "forms.hubspot.com",
    "formspree.io",
    "formsubmit.co",
    "forms.gle",
    "getform.io",
    "hastebin.com",
    "hooks.slack.com",
    "hooks.zapier.com",
    "maker.ifttt.com",
    "ntfy.sh",
    "paste.ee",
    "pastebin.com",
    "rentry.co",
    "script.google.com",
    "sheets.googleapis.com",
    "webhook.site",
    // Analytics and advertising with an account for anybody.
    "analytics.google.com",
    "analytics.tiktok.com",
    "api.mixpanel.com",
    "api.segment.io",
    "api2.amplitude.com",
    "bam.nr-data.net",
    "bat.bing.com",
    "browser-intake-datadoghq.com",
    "browser-intake-datadoghq.eu",
    "cdn.segment.com",
    "connect.facebook.net",
    "ct.pinterest.com",
    "hm.baidu.com",
    "mc.yandex.ru",
    "notify.bugsnag.com",
    "script.hotjar.com",
    "static.hotjar.com",
    "stats.g.doubleclick.net",
    "tr.snapchat.com",
    "us.i.posthog.com",
    "www.clarity.ms",
    "www.google-analytics.com",
    "www.googletagmanager.com",
    "www.paypal.com",
    // Whatever URL follows.
    "api.allorigins.win",
    "corsproxy.io",
    "i0.wp.com",
    "i1.wp.com",
    "i2.wp.com",
    "images.weserv.nl",
    "l.instagram.com",
    "out.reddit.com",
    "r.jina.ai",
    "t.co",
    "rproxy.goskope.com",
    "translate.baiducontent.com",
    "translate.sogoucdn.com",
    "wsrv.nl",
    "z5h64q92x9.net",
    "www.translatetheweb.com",
];

/// Domains below which each customer has a host, in addition to the public suffix list. The name is whose a host of them is,
/// so one that a site knows says nothing of the next.
const TENANTS: &[&str] = &[
    "activehosted.com",
    "algolia.net",
    "algolianet.com",
    "atlassian.net",
    "auth0.com",
    "beeceptor.com",
    "freshdesk.com",
    "freshservice.com",
    "helpscoutdocs.com",
    "ingest.de.sentry.io",
    "ingest.sentry.io",
    "ingest.us.sentry.io",
    "jotform.com",
    "list-manage.com",
    "mktoweb.com",
    "my.salesforce-sites.com",
    "my.salesforce.com",
    "my.site.com",
    "okta.com",
    "service-now.com",
    "sharepoint.com",
    "typeform.com",
    "wufoo.com",
    "zendesk.com",
    "zohopublic.com",
];

/// Hosts that at some paths fetch, lead to, or collect for whatever anybody names, and these paths.
const RELAYS: &[(&str, &[&str])] = &[
    ("external-content.duckduckgo.com", &["/iu/"]),
    ("fanyi.baidu.com", &["/transpage"]),
    ("l.facebook.com", &["/l.php"]),
    ("lm.facebook.com", &["/l.php"]),
    ("papago.naver.net", &["/apis/site/proxy", "/website"]),
    ("px.ads.linkedin.com", &["/collect"]),
    ("translate.google.com", &["/translate"]),
    ("translate.googleusercontent.com", &["/translate_c", "/translate_p"]),
    ("translate.yandex.com", &["/translate"]),
    ("translate.yandex.net", &["/translate"]),
    ("translate.yandex.ru", &["/translate"]),
    ("web.archive.org", &["/save/", "/web/"]),
    ("www.bing.com", &["/ck/a"]),
    ("www.facebook.com", &["/l.php", "/tr", "/tr/"]),
    ("www.google.com", &["/amp/s/", "/s2/favicons", "/url"]),
    ("www.linkedin.com", &["/redir/redirect"]),
    ("www.microsofttranslator.com", &["/bv.aspx"]),
    ("www.youtube.com", &["/redirect"]),
];

/// Whether a thief can use a host that a pattern matches, at a path that the rule covers. `has_path`: the rule names paths.
/// If it names none, it does not cover those of [`RELAYS`].
pub(super) fn is_open(
    pattern: &HostPattern,
    has_path: bool,
    covers: impl Fn(&str) -> bool,
) -> bool {
    match pattern {
        HostPattern::Exact(host) if has_path => open_paths(host).any(covers),
        HostPattern::Exact(host) => is_shared(host),
        HostPattern::Below(parent) => {
            let mut hosts = SHARED.iter().chain(RELAYS.iter().map(|(host, _)| host));
            let is_single = !parent.contains('.');
            let covers_one = hosts.any(|host| pattern.matches(host) || host == parent);
            is_single || is_suffix(parent) || covers_one
        }
    }
}

/// Whether a path of a host is one where it fetches, leads to, or collects for whatever anybody names.
pub fn is_relay(host: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or(path);
    let is_at = |open: &str| {
        path.strip_prefix(open)
            .is_some_and(|rest| rest.is_empty() || open.ends_with('/') || rest.starts_with('/'))
    };
    open_paths(host).any(is_at)
}

fn open_paths(host: &str) -> impl Iterator<Item = &'static str> {
    let relays = RELAYS.iter().filter(move |(relay, _)| *relay == host);
    relays.flat_map(|(_, paths)| paths.iter().copied())
}

/// Whether a host serves anybody somewhere: then nothing but the path shows whose a thing on it is.
pub(super) fn serves_anybody(host: &str) -> bool {
    is_shared(host) || open_paths(host).next().is_some()
}

/// Whether anybody can have an account at a host, or a host of the same kind beside it: its domain shows nobody's trust.
pub fn serves_strangers(host: &str) -> bool {
    let is_below =
        |domain: &&str| host.strip_suffix(domain).is_some_and(|customer| customer.ends_with('.'));
    serves_anybody(host) || TENANTS.iter().any(is_below)
}

/// A host of a domain where anybody can have an account, or a pattern of such hosts, as an example; the host itself, where it is
/// one. `None`: the domain is one owner's, as far as is known.
pub fn strangers_of(domain: &str) -> Option<String> {
    if serves_strangers(domain) && psl::domain_str(domain) != Some(domain) {
        return Some(domain.to_owned());
    }
    let is_of = |host: &&&str| psl::domain_str(host) == Some(domain) && **host != domain;
    let hosts = || SHARED.iter().chain(RELAYS.iter().map(|(host, _)| host));
    let tenants = || {
        let of_domain = TENANTS.iter().filter(|suffix| psl::domain_str(suffix) == Some(domain));
        of_domain.min_by_key(|suffix| suffix.len())
    };
    let host = hosts().find(is_of).map(|host| (*host).to_owned());
    host.or_else(|| tenants().map(|suffix| format!("*.{suffix}")))
}

/// Whether a pattern without a path has hosts where anybody can have an account.
pub(in crate::config) fn expects_strangers(pattern: &HostPattern) -> bool {
    is_open(pattern, false, |_| false)
}

fn is_shared(host: &str) -> bool {
    SHARED.contains(&host) || (host.contains('.') && is_suffix(host))
}

/// Whether anybody can get a name below it: `com`, `co.uk`, `github.io`, `s3.amazonaws.com`.
fn is_suffix(host: &str) -> bool {
    psl::suffix_str(host) == Some(host)
}
