//! The packages of this build: what lintian says of them, and what they leave on a machine that installs, upgrades, removes
//! and purges them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::root;
use crate::support::machine::Machine;
use crate::support::tools;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What each package brings, with its mode; all of it belongs to root.
const FILES: [(&str, &str); 19] = [
    ("/etc/cspwatch", "755"),
    ("/etc/cspwatch/console.toml", "644"),
    ("/etc/cspwatch/cspwatch.toml", "644"),
    ("/usr/bin/cspwatch", "755"),
    ("/usr/lib/systemd/system/cspwatch-console.service", "644"),
    ("/usr/lib/systemd/system/cspwatch-drill@.service", "644"),
    ("/usr/lib/systemd/system/cspwatch-drill@.timer", "644"),
    ("/usr/lib/systemd/system/cspwatch-export.service", "644"),
    ("/usr/lib/systemd/system/cspwatch.service", "644"),
    ("/usr/lib/sysusers.d/cspwatch.conf", "644"),
    ("/usr/lib/tmpfiles.d/cspwatch.conf", "644"),
    ("/usr/share/bash-completion/completions/cspwatch", "644"),
    ("/usr/share/cspwatch/config-schema.json", "644"),
    ("/usr/share/cspwatch/noise-rules.toml", "644"),
    ("/usr/share/doc/cspwatch/README.md", "644"),
    ("/usr/share/doc/cspwatch/THIRD-PARTY-NOTICES.txt", "644"),
    ("/usr/share/doc/cspwatch/deploy/prometheus/rules/cspwatch.yml", "644"),
    ("/usr/share/doc/cspwatch/docs/console.md", "644"),
    ("/usr/share/fish/vendor_completions.d/cspwatch.fish", "644"),
];

/// What dpkg and others keep of any package that comes and goes.
const KEPT_BY_DPKG: [&str; 10] = [
    "/var/lib/dpkg/status",
    "/var/lib/dpkg/triggers/",
    "/var/lib/dpkg/lock",
    "/var/log/dpkg.log",
    // The test removed it.
    "/var/lib/man-db/auto-update",
    // What it was before the last change.
    "/etc/passwd-",
    "/etc/shadow-",
    "/etc/group-",
    "/etc/gshadow-",
    "/etc/.pwd.lock",
];

/// The packages of the binary under test.
struct Packages {
    place: TempDir,
}

impl Packages {
    fn build() -> Self {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().to_str().unwrap();
        let build = root().join("deploy/packages/build");
        let arguments = ["--fast", env!("CARGO_BIN_EXE_cspwatch"), out];
        let output = Command::new(build).args(arguments).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words}");
        let mut sums = tools::command(&["sha256sum"]);
        sums.args(["--check", "--strict", "SHA256SUMS"]).current_dir(place.path());
        let sums = super::text(&sums.output().unwrap());
        assert_eq!(sums.matches(": OK").count(), 3, "{sums}");
        Self { place }
    }

    /// The one with this ending.
    fn path(&self, ending: &str) -> PathBuf {
        let entries = fs::read_dir(self.place.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut found = entries.filter(|path| path.to_str().unwrap().ends_with(ending));
        found.next().unwrap_or_else(|| panic!("there is no {ending}"))
    }

    /// The same package as of a later version, with another configuration file.
    fn later(&self, to: &Path) {
        let unpacked = self.place.path().join("later");
        let unpacked = unpacked.to_str().unwrap();
        tools::check("dpkg-deb", &["-R", self.path(".deb").to_str().unwrap(), unpacked]);
        let change = |file: &str, old: &str, new: &str| {
            let file = Path::new(unpacked).join(file);
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.contains(old), "{}", file.display());
            fs::write(file, text.replace(old, new)).unwrap();
        };
        change("DEBIAN/control", &format!("Version: {VERSION}-1"), "Version: 99.0.0-1");
        change("etc/cspwatch/cspwatch.toml", "name = \"payment\"", "name = \"pay\"");
        tools::check("dpkg-deb", &["-Znone", "-b", unpacked, to.to_str().unwrap()]);
    }
}

#[test]
fn the_packages_install_work_and_leave_nothing() {
    let packages = Packages::build();
    let deb = packages.path(".deb");
    let deb = deb.to_str().unwrap();
    // The slowest of all, and it needs nothing but the file.
    let mut lintian = tools::command(&["lintian"]);
    lintian.args(["--allow-root", "--no-cfg", "--display-info", "--pedantic", "--fail-on"]);
    lintian
        .args(["error,warning,info,pedantic", deb])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let lintian = thread::spawn(move || lintian.output().unwrap());

    let machine = Machine::start();
    for ending in ["deb", "rpm", "tar.gz"] {
        fs::copy(packages.path(ending), machine.given().join(format!("first.{ending}"))).unwrap();
    }
    // The index of man pages of a whole machine has nothing to do with this, and takes seconds each time.
    machine.check("rm -f /var/lib/man-db/auto-update");
    packages.later(&machine.given().join("later.deb"));
    machine.check("dpkg -i /mnt/first.deb");
    check_files(&machine, &["/usr/share/doc/cspwatch/copyright"]);
    check_state(&machine);
    check_units(&machine);
    check_configuration(&machine);
    check_help(&machine);
    check_upgrade(&machine);
    check_removal(&machine);
    check_rpm(&machine);
    check_tarball(&machine);

    let lintian = lintian.join().unwrap();
    let words = super::text(&lintian);
    assert!(lintian.status.success() && words.is_empty(), "{words}");
}

#[track_caller]
fn check_files(machine: &Machine, more: &[&str]) {
    let more = more.iter().map(|path| (*path, "644"));
    for (path, mode) in FILES.into_iter().chain(more) {
        let found = machine.check(&format!("stat -c '%a %U:%G' {path}"));
        assert_eq!(found, format!("{mode} root:root\n"), "{path}");
    }
}

/// The users, and folders that nobody else reads. systemd makes them when it starts, and here nobody started it.
fn check_state(machine: &Machine) {
    machine.check("systemd-tmpfiles --create cspwatch.conf");
    for name in ["cspwatch", "cspwatch-console"] {
        let folder = machine.check(&format!("stat -c '%a %U:%G' /var/lib/{name}"));
        assert_eq!(folder, format!("700 {name}:{name}\n"));
        let user = machine.check(&format!("getent passwd {name}"));
        assert!(user.ends_with(&format!(":/var/lib/{name}:/usr/sbin/nologin\n")), "{user}");
    }
}

fn check_units(machine: &Machine) {
    for name in ["cspwatch", "cspwatch-console", "cspwatch-export"] {
        let unit = format!("/usr/lib/systemd/system/{name}.service");
        assert_eq!(machine.check(&format!("systemd-analyze verify {unit}")), "", "{unit}");
        // As tests/deploy/mod.rs has it for the units that people copy.
        machine.check(&format!("systemd-analyze security --offline=true --threshold=20 {unit}"));
        let enabled = machine.run(&format!("systemctl is-enabled {name}"));
        assert_eq!(String::from_utf8_lossy(&enabled.stdout), "disabled\n", "{name}");
    }
    let unit = machine.check("cat /usr/lib/systemd/system/cspwatch.service");
    assert!(unit.contains("\nUser=cspwatch\n") && !unit.contains("DynamicUser"), "{unit}");
}

/// As the services check it before they start.
fn check_configuration(machine: &Machine) {
    for (user, file) in [("cspwatch", "cspwatch.toml"), ("cspwatch-console", "console.toml")] {
        let check = format!("cspwatch check-config --config /etc/cspwatch/{file}");
        let words = machine.check(&format!("runuser -u {user} -- {check}"));
        assert!(words.contains("the configuration is valid (1 site)"), "{words}");
    }
    let add = "cspwatch console user add ada --role admin --config /etc/cspwatch/console.toml";
    machine.check(&format!("runuser -u cspwatch-console -- {add}"));
    machine.check("test -s /var/lib/cspwatch-console/users.toml");
}

/// A man page for each command, and completions that a shell loads.
fn check_help(machine: &Machine) {
    machine.check("cspwatch man /tmp/man-of-cspwatch");
    let names = |list: &str| list.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let made = names(&machine.check("ls /tmp/man-of-cspwatch && rm -r /tmp/man-of-cspwatch"));
    let shipped = machine.check("ls /usr/share/man/man1 | grep '^cspwatch' | sed 's/.gz$//'");
    assert_eq!(names(&shipped), made);
    let page = machine.check("man --warnings=w -P cat cspwatch-release");
    assert!(
        page.contains("Marks a release of a site") && page.contains("64 wrong usage"),
        "{page}"
    );
    let complete = ". /usr/share/bash-completion/completions/cspwatch; COMP_WORDS=(cspwatch des); \
                    COMP_CWORD=1; _cspwatch cspwatch des cspwatch; echo ${COMPREPLY[@]}";
    assert_eq!(machine.check(&format!("bash -c '{complete}'")), "destinations\n");
    let zsh = machine.check("head -1 /usr/share/zsh/vendor-completions/_cspwatch");
    assert_eq!(zsh, "#compdef cspwatch\n");
}

/// What people wrote and enabled stays, and the new configuration is beside theirs.
fn check_upgrade(machine: &Machine) {
    machine.check("echo '# ours' >>/etc/cspwatch/cspwatch.toml");
    machine.check("mkdir /var/lib/cspwatch/data && systemctl enable cspwatch");
    machine.check("dpkg --force-confdef --force-confold -i /mnt/later.deb");
    assert_eq!(
        machine.check("dpkg-query -f '${Version} ${Status}' -W cspwatch"),
        "99.0.0-1 install ok installed"
    );
    assert_eq!(machine.check("tail -1 /etc/cspwatch/cspwatch.toml"), "# ours\n");
    machine.check("grep -q 'name = \"pay\"' /etc/cspwatch/cspwatch.toml.dpkg-dist");
    assert_eq!(machine.check("systemctl is-enabled cspwatch"), "enabled\n");
    machine.check("test -d /var/lib/cspwatch/data");
}

/// Removed, it leaves what people wrote and what was collected; purged, nothing.
fn check_removal(machine: &Machine) {
    machine.check("dpkg -r cspwatch");
    machine.check("test ! -e /usr/bin/cspwatch -a ! -e /usr/lib/systemd/system/cspwatch.service");
    machine.check("test -e /etc/cspwatch/cspwatch.toml -a -d /var/lib/cspwatch/data");
    machine.check("getent passwd cspwatch");
    machine.check("dpkg -P cspwatch");
    let left = machine.changes(&KEPT_BY_DPKG);
    assert!(left.is_empty(), "{left:#?}");
}

/// Dependencies have other names there, and this machine's database of them is dpkg's.
fn check_rpm(machine: &Machine) {
    machine.check("rpm -i --nodeps --force-debian /mnt/first.rpm");
    check_files(
        machine,
        &["/usr/share/zsh/site-functions/_cspwatch", "/usr/share/doc/cspwatch/LICENSE"],
    );
    check_state(machine);
    machine.check("rpm -V --nodeps cspwatch && runuser -u cspwatch -- cspwatch --version");
    machine.check(
        "echo '# ours' >>/etc/cspwatch/cspwatch.toml && rpm -e --nodeps --force-debian cspwatch",
    );
    machine
        .check("test ! -e /usr/bin/cspwatch && grep -q ours /etc/cspwatch/cspwatch.toml.rpmsave");
}

fn check_tarball(machine: &Machine) {
    machine.check("tar -xz -C /usr/local --strip-components=1 -f /mnt/first.tar.gz");
    machine.check("/usr/local/bin/cspwatch --version");
    let unit = "/usr/local/lib/systemd/system/cspwatch.service";
    assert_eq!(machine.check(&format!("systemd-analyze verify {unit}")), "");
    let page = machine.check("man --warnings=w -P cat cspwatch-serve");
    assert!(page.contains("Runs the collector until SIGTERM"), "{page}");
}
