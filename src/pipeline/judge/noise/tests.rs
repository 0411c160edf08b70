use std::sync::LazyLock;

use super::*;
use crate::base::clock::Timestamp;
use crate::config::Config;
use crate::config::KeepQuery;
use crate::pipeline::decode::decode;
use crate::pipeline::normalise::{Envelope, normalise};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";
const CHROMIUM: &str = "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36";

fn config(text: &str) -> Config {
    Config::from_text("test", text, &Default::default()).expect("it is right")
}

/// The built-in rules.
fn builtin() -> &'static NoiseRules {
    static RULES: LazyLock<NoiseRules> = LazyLock::new(|| NoiseRules::new(&config("").noise.rules));
    &RULES
}

/// What the built-in rules say of a report: `noise ID`, `unproven ID` or nothing.
fn found(rules: &NoiseRules, user_agent: &str, payment: bool, fields: &[(&str, &str)]) -> String {
    let mut body = serde_json::json!({ "document-uri": "https://shop.example/" });
    for (key, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        body[*key] = (*value).into();
    }
    let body = serde_json::json!({ "csp-report": body }).to_string();
    let wire = decode(&body, 1).reports.pop().expect("a report");
    let report = normalise(
        wire,
        Envelope { received: Timestamp::default(), user_agent, keep_query: &KeepQuery::None },
    );
    match rules.find(&report, payment) {
        Some(NoiseMatch::Noise(id)) => format!("noise {id}"),
        Some(NoiseMatch::Unproven(id)) => format!("unproven {id}"),
        None => String::new(),
    }
}

#[track_caller]
fn check(blocked: &str, directive: &str, source: &str, elsewhere: &str, payment: &str) {
    let rules = builtin();
    let fields =
        [("blocked-uri", blocked), ("effective-directive", directive), ("source-file", source)];
    assert_eq!(found(rules, CHROMIUM, false, &fields), elsewhere, "elsewhere");
    assert_eq!(found(rules, CHROMIUM, true, &fields), payment, "on a payment page");
}

#[test]
fn every_rule_names_its_example_and_no_other_does_before() {
    let config = config("");
    let rules = builtin();
    for rule in &config.noise.rules {
        let is_firefox = rule.engine.contains(&crate::report::Engine::Firefox);
        let fields = [
            ("document-uri", rule.example.document.as_str()),
            ("blocked-uri", &rule.example.blocked),
            ("effective-directive", &rule.example.directive),
            ("source-file", &rule.example.source),
            ("script-sample", &rule.example.sample),
        ];
        let user_agent = match rule.example.user_agent.as_str() {
            "" if is_firefox => FIREFOX,
            "" => CHROMIUM,
            user_agent => user_agent,
        };
        assert_eq!(found(rules, user_agent, false, &fields), format!("noise {}", rule.id));
    }
}

#[test]
fn nothing_of_a_thief_is_noise() {
    for source in ["", "https://shop.example/a.js", "https://evil.example/a.js"] {
        check("https://evil.example/c", "connect-src", source, "", "");
        check("https://evil.kaspersky-labs.com.example/", "img-src", source, "", "");
        check("https://d111.cloudfront.net/x", "script-src-elem", source, "", "");
        check("https://www.google-analytics.com/collect", "connect-src", source, "", "");
        check("https://evil.s3.amazonaws.com/js-cache/", "img-src", source, "", "");
        check("inline", "script-src-elem", source, "", "");
    }
}

#[test]
fn a_script_that_calls_itself_an_extension_proves_nothing_where_cards_are_entered() {
    let evil = "https://evil.example/c";
    let source = "chrome-extension";
    check(evil, "connect-src", source, "noise extension-source", "unproven extension-source");
    check(evil, "form-action", source, "", "");
    check("https://evil.example/?c=4111111111111111", "img-src", source, "", "");
    check("inline", "script-src", source, "noise extension-source", "noise extension-source");
    check(evil, "img-src", "resource", "", "");
    check("https://yellowads.men/c", "connect-src", "", "noise adware", "unproven adware");

    // Firefox reports the true source; a proven rule goes before an unproven one.
    let rules = builtin();
    let fields = |source| {
        [("blocked-uri", evil), ("effective-directive", "connect-src"), ("source-file", source)]
    };
    let firefox = |source| found(rules, FIREFOX, true, &fields(source));
    assert_eq!(firefox("moz-extension"), "noise extension-source-firefox");
    assert_eq!(firefox("resource"), "", "the page's icon");
    assert_eq!(firefox("chrome-extension"), "unproven extension-source");
    let kaspersky = "https://gc.kis.v2.scr.kaspersky-labs.com/a";
    check(kaspersky, "connect-src", source, "noise extension-source", "noise antivirus");
}

#[test]
fn a_sample_silences_no_destination() {
    let rules = builtin();
    let fields = |blocked| {
        [
            ("blocked-uri", blocked),
            ("effective-directive", "script-src"),
            ("script-sample", "(function(vimiumOnClickAttributeName) {"),
        ]
    };
    assert_eq!(found(rules, "", false, &fields("inline")), "noise extension-inline");
    assert_eq!(found(rules, "", false, &fields("https://evil.example/")), "");
}

#[test]
fn without_the_builtin_rules_nothing_is_noise() {
    let rules = NoiseRules::new(&config("[noise]\nbuiltin = false").noise.rules);
    assert_eq!(found(&rules, "", false, &[("blocked-uri", "chrome-extension")]), "");
}

const META: [&str; 4] = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22H20 [FBAN/FBIOS;FBAV/530.0.0.30.70]",
    "Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.1.1;]",
    "Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/156.0.0.0 Mobile Safari/537.36 [FB_IAB/Orca-Android;FBAV/451.0.0.39.109;]",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22H20 Instagram 400.0.0.1.1 (iPhone17,1; iOS 18_7)",
];

#[test]
fn an_app_is_noise_by_its_own_scripts_and_its_user_agent_together() {
    let rules = builtin();
    let found = |user_agent: &str, blocked: &str| {
        let fields = [("blocked-uri", blocked), ("effective-directive", "script-src-elem")];
        [false, true].map(|payment| found(rules, user_agent, payment, &fields))
    };
    let noise = ["noise in-app-browser-meta"; 2];
    for user_agent in META {
        for script in ["pcm.js", "iab.autofill.js", "iab.autofill.enhanced.v2.js"] {
            let blocked = format!("https://connect.facebook.net/de_DE/{script}");
            assert_eq!(found(user_agent, &blocked), noise, "{user_agent} {script}");
            assert_eq!(found(CHROMIUM, &blocked), [""; 2], "another browser");
            assert_eq!(found("FBAN", &blocked), [""; 2], "a part of the mark");
        }
        // The site's own tag of the same vendor, what anybody can fill there, and other hosts.
        for blocked in [
            "https://connect.facebook.net/en_US/fbevents.js",
            "https://connect.facebook.net/signals/config/1234567",
            "https://connect.facebook.net/x/y/pcm.js",
            "https://connect.facebook.net.evil.example/en_US/pcm.js",
            "https://www.facebook.com/tr",
            "https://evil.example/en_US/pcm.js",
        ] {
            assert_eq!(found(user_agent, blocked), [""; 2], "{blocked}");
        }
    }
}

#[test]
fn a_relay_is_no_noise() {
    for relay in [
        "https://translate.google.com/translate?u=https://evil.example/",
        "https://translate.google.com/translate/?u=https://evil.example/",
        "https://fanyi.baidu.com/transpage?query=https://evil.example/",
        "https://papago.naver.net/website?url=https://evil.example/",
        "https://papago.naver.net/apis/site/proxy?url=https://evil.example/",
    ] {
        check(relay, "connect-src", "", "", "");
    }
    let element = "https://translate.google.com/translate_a/element.js";
    check(element, "script-src-elem", "", "noise translator", "noise translator");
    let origin = "https://translate.google.com";
    check(origin, "frame-src", "", "noise translator-service", "unproven translator-service");
    let baidu = "https://fanyi.baidu.com/static/a.css";
    check(baidu, "style-src", "", "noise translator-service", "unproven translator-service");
}

#[test]
fn engines_words_for_code_that_the_page_did_not_bring() {
    let evil = "https://evil.example/c";
    let rules = builtin();
    let firefox = |source: &str, payment| {
        let fields = [
            ("blocked-uri", evil),
            ("effective-directive", "connect-src"),
            ("source-file", source),
        ];
        found(rules, FIREFOX, payment, &fields)
    };
    for source in ["sandbox eval code", "debugger eval code", "user-script", "user-script:3"] {
        assert_eq!(firefox(source, true), "noise extension-code-firefox", "{source}");
        // Chromium takes the name that a script gives itself.
        check(evil, "connect-src", source, "noise extension-code", "unproven extension-code");
    }
    for source in ["pptr:evaluate;run", "extensions::SafeBuiltins", "userscript"] {
        check(evil, "img-src", source, "noise extension-code", "unproven extension-code");
    }
    // A page causes these by itself.
    for source in ["<anonymous>", "[native code]", "https://shop.example/a.js"] {
        check(evil, "connect-src", source, "", "");
    }
    check(evil, "form-action", "sandbox eval code", "", "");
}

#[test]
fn lists_of_2026() {
    for (blocked, rule) in [
        ("https://gateway.zscalerone.net/auD", "web-gateway"),
        ("https://gateway.zscloud.net/", "web-gateway"),
        ("https://block.opendns.com/main", "web-gateway"),
        ("https://malware.block.sse.cisco.com/", "web-gateway"),
        ("https://gw-3z9x.iss.netstar-inc.com", "web-gateway"),
        ("https://frontend-cdn.perplexity.ai/_agi_assets/fonts/a.woff2", "assistant"),
        ("https://cdn.honey.io/css/empty.css", "shopping-toolbar"),
        ("https://partners.cmptch.com/", "shopping-toolbar"),
        ("https://rules.foxydeal.com/", "shopping-toolbar"),
        ("https://infird.com/cdn/a.js", "adware"),
        ("https://div.show", "adware"),
        ("https://overbridgenet.com/jsv8/offer", "adware"),
        ("https://safesearchinc.com/", "adware"),
        ("https://asrv-a.akamaihd.net/sd/9620/1002.js", "adware"),
    ] {
        check(blocked, "connect-src", "", &format!("noise {rule}"), &format!("unproven {rule}"));
    }
    for near in [
        "https://infird.com.evil.example/",
        "https://evilinfird.com/",
        "https://at.alicdn.com/t/c/font_1.js",
        "https://www.akamaihd.net/",
        "https://www.perplexity.ai/",
        "https://netstar-inc.com.evil.example/",
    ] {
        check(near, "connect-src", "", "", "");
    }
}

/// Rules of an operator, and what they say of a report.
#[track_caller]
fn check_rule(conditions: &str, user_agent: &str, fields: &[(&str, &str)], expected: bool) {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("rules.toml");
    let rule = format!("[[rule]]\nid = \"own\"\nreason = \"r\"\nsource = \"s\"\n{conditions}\n");
    std::fs::write(&file, rule).expect("written");
    let rules = config(&format!("[noise]\nbuiltin = false\nrules = {file:?}")).noise.rules;
    let found = found(&NoiseRules::new(&rules), user_agent, false, fields);
    assert_eq!(found, if expected { "noise own" } else { "" }, "{conditions} {fields:?}");
}

#[test]
fn each_condition_decides() {
    let address = "blocked_address = [\"10.0.0.0/8\", \"fd00::/8\"]";
    for (blocked, expected) in [
        ("http://10.1.2.3:15871/x", true),
        ("http://[fd00::1]/", true),
        ("http://[::ffff:10.1.2.3]/", true),
        ("http://11.1.2.3/", false),
        ("http://10.1.2.3.example/", false),
        ("inline", false),
    ] {
        check_rule(address, "", &[("blocked-uri", blocked)], expected);
    }
    let port = "blocked_host = [\"a.example\"]\nblocked_port = [8443, 443]";
    for (blocked, expected) in [
        ("https://a.example:8443/", true),
        ("https://a.example/", true),
        ("wss://a.example/", true),
        ("http://a.example/", false),
        ("https://a.example:9443/", false),
    ] {
        check_rule(port, "", &[("blocked-uri", blocked)], expected);
    }
    let path = "blocked_host = [\"a.example\"]\nblocked_path_prefix = [\"/x/\"]\nblocked_path = [\"/*/y.js\"]";
    for (path_of, expected) in
        [("/x/1", true), ("/a/y.js", true), ("/a/b/y.js", false), ("/", false)]
    {
        check_rule(path, "", &[("blocked-uri", &format!("https://a.example{path_of}"))], expected);
    }
    let page = "blocked_host = [\"a.example\"]\ndocument_host = [\"*.shop.example\"]\n\
                document_path_prefix = [\"/app/\"]";
    for (document, expected) in [
        ("https://www.shop.example/app/x", true),
        ("https://www.shop.example/checkout", false),
        ("https://shop.example/app/x", false),
    ] {
        let fields = [("blocked-uri", "https://a.example/"), ("document-uri", document)];
        check_rule(page, "", &fields, expected);
    }
    let app = "blocked_host = [\"a.example\"]\nuser_agent_contains = [\"OneApp/\", \"OtherApp/\"]";
    for (user_agent, expected) in [("x OtherApp/1", true), ("oneapp/1", false), ("", false)] {
        check_rule(app, user_agent, &[("blocked-uri", "https://a.example/")], expected);
    }
}
