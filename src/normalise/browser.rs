//! The engine behind a User-Agent. Every browser claims to be several; the order of the tests decides.

use crate::report::Engine;

/// Engine and its major version (0 = unknown) of a User-Agent string.
pub fn engine(user_agent: &str) -> (Engine, u16) {
    // On iOS every browser is WebKit, and says so under a name of its own.
    let is_ios = user_agent.contains("CriOS/") || user_agent.contains("FxiOS/");
    if !is_ios {
        if let Some(version) = version_after(user_agent, "Firefox/") {
            return (Engine::Firefox, version);
        }
        for name in ["Chrome/", "HeadlessChrome/", "Chromium/"] {
            if let Some(version) = version_after(user_agent, name) {
                return (Engine::Chromium, version);
            }
        }
    }
    if user_agent.contains("AppleWebKit/") {
        return (Engine::Webkit, version_after(user_agent, "Version/").unwrap_or(0));
    }
    (Engine::Other, 0)
}

fn version_after(user_agent: &str, name: &str) -> Option<u16> {
    let (_, rest) = user_agent.split_once(name)?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some(rest[..digits].parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(user_agent: &str, expected: (Engine, u16)) {
        assert_eq!(engine(user_agent), expected);
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
