//! The command line: exit codes, and errors that say what is wrong, where, and what to do.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::support::builder::path_text;
use crate::support::clickhouse::ClickHouse;
use crate::support::collector::Collector;
use crate::support::exporter::Exporter;
use crate::support::ports::free_address;
use crate::support::{tools, until};

fn cspwatch(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cspwatch"));
    command.args(arguments);
    command
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes a configuration, runs a command with it, and expects an exit code.
#[track_caller]
fn check(command: &str, config: &str, code: i32) -> String {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    fs::write(&file, config).unwrap();
    let output = cspwatch(&[command, "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    stderr(&output)
}

#[test]
fn all_mistakes_of_a_configuration_are_listed_with_their_places() {
    let config = "[listen]\npublic_tls = \"127.0.0.1:1\"\ntls_cert = \"/nonexistent.pem\"\n\
                  tls_key = \"/nonexistent.pem\"\ntrusted_proxies = [\"10.0.0.0/99\"]\n[jornal]\ndir = \"x\"\n";
    let expected = [
        "c.toml:3:1: listen.tls_cert: /nonexistent.pem cannot be read: No such file",
        "c.toml:4:1: listen.tls_key: /nonexistent.pem cannot be read: No such file",
        "c.toml:5:1: listen.trusted_proxies: \"10.0.0.0/99\" is not a network",
        "c.toml:7:1: jornal.dir: unknown key; known sections: listen,",
    ];
    // Commands that serve nothing need no certificate.
    for (command, expected) in [
        ("check-config", &expected[..]),
        ("serve", &expected),
        ("migrate", &expected[2..]),
        ("schema", &expected[2..]),
    ] {
        let errors = check(command, config, 64);
        let lines: Vec<&str> = errors.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{command}: {errors}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "{command}: {expected}\n{errors}");
        }
    }
}

/// At night, somebody else than the collector's user asks, from a folder of theirs.
#[test]
fn a_command_needs_only_the_files_that_it_uses() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    let config = "[listen]\npublic_tls = '127.0.0.1:1'\ntls_cert = 'fullchain.pem'\ntls_key = 'privkey.pem'\n\
                  admin_token_file = 'token'\n[privacy]\nclient_key_file = 'client.key'\n\
                  [noise]\nrules = ['rules.toml']\n[detection]\nthreat_lists = ['threats']\n\
                  [console]\ntls_cert = 'c.pem'\ntls_key = 'k.pem'\npublic_url = 'https://console.example'\n\
                  [console.oidc]\nissuer = 'https://id.example'\nclient_id = 'c'\nadmin = ['a']\nclient_secret_file = 'oidc'\n\
                  [clickhouse]\nurl = 'http://127.0.0.1:9'\npassword_file = 'password'\n\
                  [[site]]\nname = 'shop'\nhosts = ['shop.example']\ntag_key_file = 'tag.key'\n";
    fs::write(&file, config).unwrap();
    let trace = place.path().join("trace");
    fs::write(&trace, "").unwrap();
    let (trace, days) = (path_text(&trace), ["--from", "2027-03-01", "--to", "2027-03-02"]);
    let why = ["--site", "shop", "--by", "a", "--why", "b"];
    let all = [
        "fullchain.pem",
        "privkey.pem",
        "token",
        "client.key",
        "rules.toml",
        "c.pem",
        "k.pem",
        "oidc",
        "password",
        "tag.key",
        "threats",
    ];
    let of_collector = [
        "fullchain.pem",
        "privkey.pem",
        "token",
        "client.key",
        "rules.toml",
        "password",
        "tag.key",
        "threats",
    ];
    for (command, needed) in [
        (&["check-config"][..], &all[..]),
        (&["serve"], &of_collector),
        (&["console"], &["c.pem", "k.pem", "oidc", "password"]),
        (&["console", "user", "list"], &[]),
        (&["health"], &["token"]),
        (&["sign", "--site", "shop"], &["tag.key"]),
        (&["schema"], &[]),
        (&["drill", "shop"], &["token", "password", "tag.key"]),
        (&["judge", trace], &["rules.toml", "threats"]),
        (&["backtest", trace], &["rules.toml", "threats"]),
        (&["backtest", "--from-clickhouse"], &["rules.toml", "password", "threats"]),
        (&["destinations", "list"], &["password"]),
        (&[&["destinations", "approve", "a.example"][..], &why].concat(), &["password"]),
        (&["incident", "evil.example"], &["password"]),
        (&["scripts", "--site", "shop"], &["password"]),
        (&["policy", "shop"], &["password", "threats"]),
        (&["digest", "shop"], &["password"]),
        (&["journal", "resend"], &["password"]),
        (&["migrate"], &["password"]),
        (&["forget", "--tag", "t"], &["password"]),
        (&[&["evidence", "--site", "shop"][..], &days].concat(), &["password"]),
        (&[&["export"][..], &days].concat(), &["password"]),
    ] {
        let output = cspwatch(command)
            .arg("--config")
            .arg(&file)
            .current_dir(place.path())
            .output()
            .unwrap();
        let errors = stderr(&output);
        let wrong = "cannot be read: No such file";
        let named: Vec<&str> =
            all.into_iter().filter(|name| errors.contains(&format!(": {name} {wrong}"))).collect();
        let expected: Vec<&str> = all.into_iter().filter(|name| needed.contains(name)).collect();
        assert_eq!(named, expected, "{command:?}: {errors}");
        if !needed.is_empty() {
            assert_eq!(output.status.code(), Some(64), "{command:?}: {errors}");
            let first = place.path().canonicalize().unwrap().join(named[0]);
            let rule = format!("where the command starts, so this is {}", first.display());
            assert!(errors.contains(&rule), "{command:?}: {errors}");
        }
    }
}

/// For reports of bugs; scripts that want one line use -V.
#[test]
fn the_version_names_what_was_built() {
    let output = |argument| cspwatch(&[argument]).output().unwrap();
    let text = String::from_utf8(output("--version").stdout).unwrap();
    let first = format!("cspwatch {}\n", env!("CARGO_PKG_VERSION"));
    assert!(text.starts_with(&first), "{text}");
    for part in ["\ncommit: ", "\nbuilt for: linux ", "\nembedded ClickHouse: libchdb "] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(String::from_utf8(output("-V").stdout).unwrap(), first);
}

#[test]
fn no_color_is_obeyed_on_a_terminal() {
    let colours = |set: &str| {
        let line = format!("{set} TERM=xterm {} --help", env!("CARGO_BIN_EXE_cspwatch"));
        let mut terminal = tools::command(&["script"]);
        terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        let output = terminal.env_remove("NO_COLOR").stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("Usage"), "{text}");
        text.contains('\u{1b}')
    };
    assert_eq!([colours(""), colours("NO_COLOR=1")], [true, false]);
}

/// The commonest slip is a forgotten --config: then the address is not the one that was meant.
#[test]
fn a_clickhouse_that_is_not_there_is_named_with_its_address() {
    let address = free_address();
    let config = format!("[clickhouse]\nurl = \"http://{address}\"\n");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    fs::write(&file, config).unwrap();
    let output = cspwatch(&["destinations", "list", "--config"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let expected = format!("no connection to http://{address}: ");
    let errors = stderr(&output);
    assert!(errors.contains(&expected) && errors.contains("Connection refused"), "{errors}");
}

/// It takes connections, as the kernel does for a process that is stopped, and answers nothing.
fn frozen_clickhouse() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

#[test]
fn a_clickhouse_that_never_answers_is_named_by_every_command() {
    let frozen = frozen_clickhouse();
    let address = frozen.local_addr().unwrap();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    let config = format!(
        "[clickhouse]\nurl = \"http://{address}\"\n[journal]\ndir = {:?}\n\
         [[site]]\nname = \"shop\"\nhosts = [\"shop.example\"]\n",
        place.path()
    );
    fs::write(&file, config).unwrap();
    let approved = place.path().join("approved.toml");
    fs::write(&approved, "").unwrap();
    let days = ["--from", "2026-03-01", "--to", "2026-03-02"];
    let why = ["--site", "shop", "--by", "a", "--why", "b"];
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/noise/builtin.toml");
    let commands: [&[&[&str]]; 18] = [
        &[&["destinations", "list"]],
        &[&["destinations", "forget", "evil.example"], &why],
        &[&["incident", "evil.example"]],
        &[&["digest", "shop"]],
        &[&["policy", "shop"]],
        &[&["scripts", "--site", "shop"]],
        &[&["scripts", "approve", "https://a.example/a.js", "--any-content", "--owner", "o"], &why],
        &[&["scripts", "apply", path_text(&approved), "--site", "shop", "--by", "a"]],
        &[&["evidence", "--site", "shop"], &days],
        &[&["export"], &days],
        &[&["export", "--format", "csv", "--what", "alerts"], &days],
        &[&["release", "shop", "1.42"]],
        &[&["gate", "shop", "--since", "2026-03-01T00:00:00Z"]],
        &[&["forget", "--tag", "t"]],
        &[&["backtest", "--from-clickhouse"]],
        &[&["judge", "--stored", "--rules", rules]],
        &[&["journal", "resend"]],
        &[&["migrate"]],
    ];
    let children: Vec<_> = commands
        .iter()
        .map(|command| {
            let mut child = cspwatch(&command.concat());
            child.arg("--config").arg(&file).stdout(Stdio::null()).stderr(Stdio::piped());
            (command, child.spawn().unwrap())
        })
        .collect();
    let expected = format!("ClickHouse: no answer from http://{address} within");
    for (command, child) in children {
        let output = child.wait_with_output().unwrap();
        let errors = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {errors}");
        assert!(errors.contains(&expected), "{command:?}: {errors}");
    }
    // This one goes on when ClickHouse does.
    let mut exporter = Exporter::start(&file, "%/events", &[]);
    until("the exporter says so", || exporter.log().contains(&expected));
    assert!(exporter.terminate().success(), "{}", exporter.log());
}

#[test]
fn a_clickhouse_that_freezes_during_a_query_is_named() {
    let clickhouse = ClickHouse::start();
    let database = clickhouse.fresh_database();
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    let url = clickhouse.url();
    fs::write(&file, format!("[clickhouse]\nurl = \"{url}\"\ndatabase = \"{database}\"\n"))
        .unwrap();
    assert!(cspwatch(&["migrate", "--config"]).arg(&file).output().unwrap().status.success());
    // Its query takes a minute, second after second.
    clickhouse.query(&format!("RENAME TABLE {database}.destinations TO {database}.fast"));
    clickhouse.query(&format!(
        "CREATE VIEW {database}.destinations AS SELECT * FROM {database}.fast WHERE 0 < \
         (SELECT count() FROM numbers(60) WHERE sleepEachRow(1) = 0 SETTINGS max_block_size = 1)"
    ));
    let mut listing = cspwatch(&["destinations", "list", "--config"]);
    listing.arg(&file).stdout(Stdio::null()).stderr(Stdio::piped());
    let listing = listing.spawn().unwrap();
    let running = "SELECT count() FROM system.processes WHERE query LIKE '%destinations AS d%' \
                   AND query NOT LIKE '%system.processes%'";
    until("the query runs", || clickhouse.query(running) == "1");
    let pid = Pid::from_raw(clickhouse.pid().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let output = listing.wait_with_output().unwrap();
    kill_process(pid, Signal::CONT).unwrap();
    let errors = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&format!("ClickHouse: no answer from {url} within")), "{errors}");
}

/// It is the embedded one that people forget to start.
#[test]
fn an_embedded_clickhouse_that_is_not_there_is_named_with_what_runs_it() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    let address = free_address();
    fs::write(&file, format!("[clickhouse]\nembedded_http = \"{address}\"\n")).unwrap();
    let output = cspwatch(&["destinations", "list", "--config"]).arg(&file).output().unwrap();
    let errors = stderr(&output);
    let named = errors.contains(&format!("no connection to http://{address}: "));
    assert!(named && errors.contains("as long as `cspwatch serve`"), "{errors}");
}

#[test]
fn a_right_configuration_passes() {
    check("check-config", "[limits]\nconnections = 10\n", 0);
}

#[test]
fn a_missing_file_is_named() {
    let output = cspwatch(&["check-config", "--config", "/nonexistent.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("/nonexistent.toml: cannot be read"), "{}", stderr(&output));
}

#[test]
fn wrong_usage_exits_64_and_help_0() {
    for wrong in [&["serve", "--nonsense"][..], &["nonsense"], &[]] {
        assert_eq!(cspwatch(wrong).output().unwrap().status.code(), Some(64), "{wrong:?}");
    }
    for command in ["serve", "check-config", "clickhouse", "health", "judge", "migrate", "schema"] {
        let output = cspwatch(&[command, "--help"]).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 100, "{command}");
    }
}

/// A configuration of `serve` whose addresses are free and whose ClickHouse is elsewhere.
fn serve_config(place: &TempDir, public: &str, more: &str) -> String {
    format!(
        "[listen]\npublic = \"{public}\"\nadmin = \"{}\"\n{more}\n\
         [clickhouse]\nurl = \"http://127.0.0.1:9\"\n[journal]\ndir = {:?}\n",
        free_address(),
        place.path().join("journal")
    )
}

#[test]
fn a_port_that_is_taken_is_named_with_the_key_that_changes_it() {
    let place = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let errors = check("serve", &serve_config(&place, &address, ""), 1);
    let expected = format!("listen.public: cannot listen on {address}: Address already in use");
    assert!(errors.contains(&expected), "{errors}");
    assert!(errors.contains("CSPWATCH__LISTEN__PUBLIC"), "{errors}");
}

#[test]
fn a_key_of_another_certificate_is_an_error_that_names_both() {
    let place = tempfile::tempdir().unwrap();
    let pair = || generate_simple_self_signed(["shop.example".to_owned()]).unwrap();
    let (CertifiedKey { cert, .. }, CertifiedKey { signing_key, .. }) = (pair(), pair());
    let [cert_file, key_file] = ["cert.pem", "key.pem"].map(|name| place.path().join(name));
    fs::write(&cert_file, cert.pem()).unwrap();
    fs::write(&key_file, signing_key.serialize_pem()).unwrap();
    let tls = format!(
        "public_tls = \"{}\"\ntls_cert = {cert_file:?}\ntls_key = {key_file:?}",
        free_address()
    );
    let config = serve_config(&place, &free_address().to_string(), &tls);
    for command in ["check-config", "serve"] {
        let errors = check(command, &config, 64);
        assert!(errors.contains("listen.tls_key: the certificate"), "{errors}");
        assert!(errors.contains("do not work together"), "{errors}");
        assert!(errors.contains("cert.pem") && errors.contains("key.pem"), "{errors}");
    }
}

#[test]
fn a_missing_engine_is_told_with_the_command_that_gets_it() {
    let place = tempfile::tempdir().unwrap();
    let config = serve_config(&place, &free_address().to_string(), "");
    let file = place.path().join("c.toml");
    fs::write(&file, config.replace("http://127.0.0.1:9", "embedded")).unwrap();
    let mut serve = cspwatch(&["serve", "--config"]);
    serve.arg(&file).env_remove("CSPWATCH_LIBCHDB");
    serve.env("PATH", place.path()).env("XDG_DATA_HOME", place.path());
    let output = serve.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("deploy/install quickstart"), "{}", stderr(&output));
}

/// Asks a collector by its own configuration: the exit code, and the one line that is printed.
fn health(collector: &Collector, more: &[&str]) -> (Option<i32>, String) {
    let output = cspwatch(&["health", "--config"]).arg(collector.config_file()).args(more).output();
    let output = output.unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    (output.status.code(), text)
}

#[test]
fn health_is_that_of_the_running_collector() {
    // Nobody is on port 9, so it lives and is not ready.
    let mut collector = Collector::build().start();
    let token = collector.place().join("token");
    fs::write(&token, "correct-horse-battery\n").unwrap();
    // On all addresses, as in a container.
    let address = collector.admin();
    collector.reconfigure(|config| {
        config.set("listen.admin_token_file", path_text(&token));
        config.set("listen.admin", format!("0.0.0.0:{}", address.port()));
    });
    assert_eq!(health(&collector, &[]), (Some(0), "ok\n".to_owned()));
    let (code, text) = health(&collector, &["--ready"]);
    assert_eq!(code, Some(1));
    let answered = format!("cspwatch: http://{address}/readyz answered 503: ");
    assert!(text.starts_with(&answered) && text.contains("ClickHouse"), "{text}");
    // Another token than the one that it was started with.
    fs::write(&token, "battery-horse-correct\n").unwrap();
    let (code, text) = health(&collector, &["--ready"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("answered 401: ") && !text.contains("battery"), "{text}");
    collector.kill_hard();
    let (code, text) = health(&collector, &[]);
    let nobody = format!("cspwatch: no answer from http://{address}/livez: Connection refused");
    assert!(code == Some(1) && text.starts_with(&nobody), "{text}");
}

#[test]
fn a_journal_that_is_in_use_is_refused() {
    let collector = Collector::build().start();
    let mut second = cspwatch(&["serve", "--config"]);
    second.arg(collector.config_file());
    second.env("CSPWATCH__LISTEN__PUBLIC", free_address().to_string());
    second.env("CSPWATCH__LISTEN__ADMIN", free_address().to_string());
    let output = second.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("in use by another process"), "{}", stderr(&output));
}

#[test]
fn a_second_collector_does_not_go_on_with_the_clickhouse_of_the_first() {
    let first = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = first.local_addr().unwrap().to_string();
    let place = tempfile::tempdir().unwrap();
    let mut second = cspwatch(&["serve", "--config"]);
    let config = place.path().join("cspwatch.toml");
    std::fs::write(&config, "").unwrap();
    second.arg(&config).current_dir(place.path());
    second.env("CSPWATCH__LISTEN__PUBLIC", free_address().to_string());
    second.env("CSPWATCH__LISTEN__ADMIN", free_address().to_string());
    second.env("CSPWATCH__CLICKHOUSE__EMBEDDED_HTTP", &taken);
    let output = second.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = stderr(&output);
    assert!(
        words.contains(&format!("clickhouse.embedded_http: {taken} cannot be used")),
        "{words}"
    );
}

/// Validates the configurations in all documents and all files against a schema, and one with a misspelt key in each table.
const VALIDATE: &str = r##"
import json, pathlib, re, sys, tomllib
from jsonschema import Draft202012Validator
schema = json.load(sys.stdin)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
texts = {}
folders = ["bench", "deploy", "docs", "tests"]
for path in [*pathlib.Path(".").glob("*.md"), *(p for f in folders for p in pathlib.Path(f).glob("**/*"))]:
    if path.suffix == ".toml":
        texts[str(path)] = path.read_text()
    elif path.suffix == ".md":
        blocks = re.findall(r"^```toml\n(.*?)^```", path.read_text(), re.M | re.S)
        texts |= {f"{path} {index}": block for index, block in enumerate(blocks)}
checked = 0
for place, text in texts.items():
    tables = tomllib.loads(text)
    if not tables or not set(tables) <= set(schema["properties"]):
        continue
    for error in validator.iter_errors(tables):
        sys.exit(f"{place}: {error.json_path}: {error.message}")
    checked += 1
if checked < 5:
    sys.exit(f"only {checked} configurations were found")
site = {"name": "a", "hosts": ["a.example"]}
for wrong in [
    {"lissten": {}}, {"listen": {"publik": "127.0.0.1:1"}}, {"site": [site | {"host": "x"}]},
    {"site": [site | {"page_group": [{"name": "a", "paths": ["/"], "payement": True}]}]},
    {"noise": {"builtin": "yes"}}, {"limits": {"connections": "many"}}, {"site": site},
]:
    if validator.is_valid(wrong):
        sys.exit(f"the schema accepts {wrong}")
"##;

#[test]
fn the_schema_accepts_every_configuration_and_no_misspelt_key() {
    let schema = cspwatch(&["config-schema"]).output().unwrap().stdout;
    let mut python = tools::python();
    python.args(["-c", VALIDATE]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let mut child = python.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&schema).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let schema: serde_json::Value = serde_json::from_slice(&schema).unwrap();
    let payment = schema
        .pointer("/properties/site/items/properties/page_group/items/properties/payment")
        .unwrap();
    assert_eq!(payment["type"], "boolean");
    assert!(payment["description"].as_str().unwrap().contains("enter cards"), "{payment}");
}

#[test]
fn every_command_has_a_man_page_and_is_completed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("man1");
    assert!(cspwatch(&["man"]).arg(&folder).status().unwrap().success());
    let help = String::from_utf8(cspwatch(&["--help"]).output().unwrap().stdout).unwrap();
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let commands: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.contains(&"serve") && commands.len() > 20, "{commands:?}");
    for command in &commands {
        let page = fs::read_to_string(folder.join(format!("cspwatch-{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains("64 wrong usage"), "{page}");
    }
    let script = place.path().join("cspwatch.bash");
    fs::write(&script, cspwatch(&["completions", "bash"]).output().unwrap().stdout).unwrap();
    let ask = r#"source "$1" && COMP_WORDS=(cspwatch "") COMP_CWORD=1 && _cspwatch cspwatch "" cspwatch && echo "${COMPREPLY[*]}""#;
    let output = Command::new("bash").args(["-c", ask, "bash"]).arg(&script).output().unwrap();
    let offered = String::from_utf8(output.stdout).unwrap();
    let offered: Vec<&str> = offered.split_whitespace().collect();
    for command in &commands {
        assert!(offered.contains(command), "{command} is not among {offered:?}");
    }
}

/// Runs a command that is wrong in itself, and expects exit 64 and these words.
#[track_caller]
fn check_usage(arguments: &[&str], words: &str) {
    let output = cspwatch(arguments).output().unwrap();
    let errors = stderr(&output);
    assert_eq!(output.status.code(), Some(64), "{arguments:?}: {errors}");
    assert!(errors.contains(words), "{arguments:?}: {errors}");
}

#[test]
fn an_origin_is_checked_wherever_it_is_given() {
    for (origin, words) in [
        ("http://reports.shop.example", "https only"),
        ("reports.shop.example", "write https://reports.shop.example"),
        ("https://reports.shop.example/report", "has no path"),
        ("https://reports.shop.example/?a", "has no path"),
    ] {
        check_usage(&["sri-js", "--origin", origin], words);
        check_usage(&["sign", "--site", "shop", "--origin", origin], words);
        check_usage(&["policy", "shop", "--endpoint", origin], words);
    }
    check_usage(&["sri-js", "--inline", "2"], "not a share between 0.01 and 1");
    let shares = cspwatch(&["sri-js", "--inline", "0.1", "--census", "1"]).output().unwrap();
    let element = String::from_utf8(shares.stdout).unwrap();
    assert!(element.contains(" data-csp data-census=\"1\" data-inline=\"0.1\"\n"), "{element}");
    let local = cspwatch(&["sri-js", "--origin", "http://127.0.0.1:8080/"]).output().unwrap();
    let element = String::from_utf8(local.stdout).unwrap();
    assert!(element.contains("src=\"http://127.0.0.1:8080/sri.js\""), "{element}");
}

#[test]
fn what_does_not_go_together_is_refused_and_not_left_out() {
    let range = ["--from", "2027-03-02", "--to", "2027-03-01"];
    check_usage(&["backtest", "trace.ndjson", "--from", "2027-03-01"], "cannot be used with");
    check_usage(&[&["backtest", "--from-clickhouse"][..], &range].concat(), "before it begins");
    check_usage(&[&["export"][..], &range].concat(), "before it begins");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.toml");
    fs::write(&file, "[[site]]\nname = 'shop'\nhosts = ['shop.example']\n").unwrap();
    let config = ["--config", path_text(&file)];
    let decision = ["destinations", "approve", "a.example", "--by", "a", "--why", "b"];
    let past = ["--site", "shop", "--until", "2020-01-01"];
    check_usage(&[&decision[..], &past, &config].concat(), "in the past");
    for command in [&["destinations", "list"][..], &["sign"], &decision] {
        let arguments = [command, &["--site", "shopp"], &config].concat();
        check_usage(&arguments, "no such site is configured; there are: shop");
    }
}
