//! Real browsers, headless, each with a home and a profile of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::certificates::Authority;
use super::service::Service;
use super::tools;

/// Every name leads to this machine: nothing that a browser does on its own gets any further.
const CHROMIUM: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    // No person clicks here, so pages may open windows by themselves.
    "--disable-popup-blocking",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
    "--host-resolver-rules=MAP * 127.0.0.1",
    // The Reporting API's tick is 60 s without it.
    "--short-reporting-delay",
];

/// Likewise; and what Firefox would like to fetch on its own is off.
const FIREFOX: &str = r#"
user_pref("network.dns.forceResolve", "127.0.0.1");
user_pref("network.dns.disableIPv6", true);
user_pref("network.proxy.type", 0);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.trr.mode", 5);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.region.network.url", "");
user_pref("browser.safebrowsing.downloads.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.search.update", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("browser.topsites.contile.enabled", false);
user_pref("browser.translations.enable", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.push.enabled", false);
// On by default since 149; the extended-support release before it has it behind these.
user_pref("dom.reporting.enabled", true);
user_pref("dom.reporting.header.enabled", true);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("security.OCSP.enabled", 0);
user_pref("services.settings.server", "");
user_pref("toolkit.telemetry.enabled", false);
user_pref("toolkit.telemetry.server", "");
user_pref("toolkit.telemetry.unified", false);
"#;

/// The browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    Chromium,
    Firefox,
}

/// A browser that shows a page. Ends when dropped.
pub struct Window {
    // Before its directory.
    pub service: Service,
    _home: TempDir,
}

impl Browser {
    /// Shows a page, trusting an authority.
    pub fn open(self, url: &str, authority: &Authority) -> Window {
        self.open_with(url, authority, &[])
    }

    /// Likewise, with further flags.
    pub fn open_with(self, url: &str, authority: &Authority, flags: &[&str]) -> Window {
        let home = tempfile::tempdir().unwrap();
        let mut command = match self {
            Self::Chromium => chromium(home.path(), authority),
            Self::Firefox => firefox(home.path(), authority),
        };
        command.args(flags).arg(url);
        // Settings and sessions of the person who runs the tests are not the browser's business.
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(variable);
        }
        command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path().join("config"));
        command.env("XDG_CACHE_HOME", home.path().join("cache"));
        Window { service: Service::start(command, home.path().join("log")), _home: home }
    }

    /// What its program may be called.
    pub fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox-esr", "firefox"],
        }
    }

    /// Its major version.
    pub fn version(self) -> u32 {
        let output = tools::command(self.programs()).arg("--version").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        numbers.map(|digits| digits.parse().unwrap()).next().expect("a version")
    }

    /// Its name in the column `engine`.
    pub fn engine(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
        }
    }
}

/// What Chromium makes of a file: the page as it stands after its scripts ran, and what it logged, its console's messages
/// among it.
pub fn rendered(file: &Path) -> (String, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = tools::command(Browser::Chromium.programs());
    command
        .args(CHROMIUM)
        .arg(format!("--user-data-dir={}", home.path().join("profile").display()));
    command
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("file://{}", file.display()));
    command.env("HOME", home.path()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = command.env_remove("DBUS_SESSION_BUS_ADDRESS").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    assert!(output.status.success(), "{}", text(output.stderr));
    (text(output.stdout), text(output.stderr))
}

fn chromium(home: &Path, authority: &Authority) -> Command {
    authority.trust_in(&home.join(".pki/nssdb"));
    let mut command = tools::command(Browser::Chromium.programs());
    command.args(CHROMIUM).arg(format!("--user-data-dir={}", home.join("profile").display()));
    command
}

fn firefox(home: &Path, authority: &Authority) -> Command {
    let profile = home.join("profile");
    authority.trust_in(&profile);
    fs::write(profile.join("user.js"), FIREFOX).unwrap();
    let mut command = tools::command(Browser::Firefox.programs());
    command.env("MOZ_CRASHREPORTER_DISABLE", "1");
    command.args(["--headless", "--no-remote", "--profile"]).arg(profile);
    command
}
