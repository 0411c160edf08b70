//! The browser behind a User-Agent. Every browser claims to be several; the order of the checks matters.

use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;

use crate::report::Engine;

/// Whether a browser cannot have extensions: Chrome on Android, and not one of the many that are built upon it, which name
/// themselves after `Chrome/`. The web views of apps say `wv`; apps reach into them.
pub fn is_extensionless(user_agent: &str) -> bool {
    // Other systems end here.
    static ANDROID: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("; Android "));
    if ANDROID.find(user_agent.as_bytes()).is_none() {
        return false;
    }
    let Some((before, after)) = user_agent.split_once(" Chrome/") else { return false };
    let mut products = after.split(' ').skip(1).filter(|product| *product != "Mobile");
    before.contains("; Android ")
        && before.ends_with("(KHTML, like Gecko)")
        && !before.contains("; wv)")
        && products.next().is_some_and(|product| product.starts_with("Safari/"))
        && products.next().is_none()
}

/// Engine and its major version (0 = unknown) of a User-Agent string.
pub fn engine(user_agent: &str) -> (Engine, u16) {
    let [chrome_on_ios, firefox_on_ios, firefox, chrome, chromium, webkit, version] =
        versions(user_agent);
    // On iOS every browser is WebKit, under a product name of its own.
    if chrome_on_ios.or(firefox_on_ios).is_none() {
        if let Some(version) = firefox {
            return (Engine::Firefox, version);
        }
        if let Some(version) = chrome.or(chromium) {
            return (Engine::Chromium, version);
        }
    }
    if webkit.is_some() {
        return (Engine::Webkit, version.unwrap_or(0));
    }
    (Engine::Other, 0)
}

/// Products that identify an engine (RFC 9110, section 10.1.5).
const PRODUCTS: [&str; 7] =
    ["CriOS", "FxiOS", "Firefox", "Chrome", "Chromium", "AppleWebKit", "Version"];

/// The versions of [`PRODUCTS`] in a User-Agent, in one pass. Only the end of a product's name is compared:
/// `HeadlessChrome` is `Chrome`.
fn versions(user_agent: &str) -> [Option<u16>; PRODUCTS.len()] {
    let mut versions = [None; PRODUCTS.len()];
    for slash in memchr_iter(b'/', user_agent.as_bytes()) {
        let (before, rest) = (&user_agent[..slash], &user_agent[slash + 1..]);
        let is_product = |name: &str| {
            // Most differ in the last letter.
            before.as_bytes().last() == name.as_bytes().last() && before.ends_with(name)
        };
        if let Some(product) = PRODUCTS.iter().position(|name| is_product(name))
            && versions[product].is_none()
        {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            versions[product] = Some(rest[..digits].parse().unwrap_or(0));
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, expected: (Engine, u16)) {
        assert_eq!(engine(user_agent), expected);
    }

    #[test]
    fn only_plain_chrome_on_android_is_without_extensions() {
        let phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36";
        assert!(is_extensionless(phone));
        assert!(is_extensionless(&phone.replace(" Mobile", "")), "a tablet");
        for other in [
            phone.replace("Linux; Android 10; K", "X11; Linux x86_64"),
            phone.replace("K)", "K; wv)"),
            format!("{phone} EdgA/156.0.0.0"),
            phone.replace("Chrome/156.0.0.0", "SamsungBrowser/29.0 Chrome/156.0.0.0"),
            phone.replace("Chrome/156.0.0.0", "Chrome/156.0.0.0 YaBrowser/26.1"),
            phone.replace("Android 10", "Android10"),
            "Mozilla/5.0 (Android 14; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0".to_owned(),
            String::new(),
        ] {
            assert!(!is_extensionless(&other), "{other}");
        }
    }

    #[test]
    fn names_the_engine() {
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            (Engine::Chromium, 156),
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
            (Engine::Firefox, 153),
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
            (Engine::Webkit, 26),
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148 Safari/604.1",
            (Engine::Webkit, 0),
        );
        check("curl/8", (Engine::Other, 0));
        check("Firefox/99999999", (Engine::Firefox, 0));
        check("", (Engine::Other, 0));
    }
}
