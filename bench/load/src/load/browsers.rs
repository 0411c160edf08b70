//! How browsers write a violation, and the heads that they send it with: as recorded in `tests/corpus`.

use super::random::Random;
use super::violations::{Browser, Violation};

/// Where the age of a Reporting API report goes, in milliseconds.
pub const AGE: &str = "77777";

/// An engine and one of the two ways of reporting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    ChromiumUri,
    ChromiumTo,
    FirefoxUri,
    FirefoxTo,
    WebkitUri,
}

const CHROMIUM: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
];
const FIREFOX: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:153.0) Gecko/20100101 Firefox/153.0",
    "Mozilla/5.0 (Android 16; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0",
];
const WEBKIT: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
];

impl Wire {
    /// One that can have this violation: about two thirds Chromium, one fifth WebKit, and half of each format.
    pub fn choose(browser: Browser, random: &mut Random) -> Self {
        let chance = match browser {
            Browser::Any => random.below(100),
            Browser::Chromium => random.below(65),
            Browser::Firefox => 65 + random.below(15),
            Browser::Webkit => 80,
        };
        match chance {
            0..25 => Self::ChromiumUri,
            25..65 => Self::ChromiumTo,
            65..71 => Self::FirefoxUri,
            71..80 => Self::FirefoxTo,
            _ => Self::WebkitUri,
        }
    }

    pub fn user_agent(self, random: &mut Random) -> &'static str {
        random.one_of(match self {
            Self::ChromiumUri | Self::ChromiumTo => CHROMIUM,
            Self::FirefoxUri | Self::FirefoxTo => FIREFOX,
            Self::WebkitUri => WEBKIT,
        })
    }

    /// The fields of the request's head, lower-case as HTTP/2 wants them, without those that every request has.
    pub fn head(self, user_agent: &str) -> Vec<(&'static str, String)> {
        let (media_type, origin, fetched) = match self {
            Self::ChromiumUri => {
                ("csp-report", "https://shop.example", Some(("report", "no-cors")))
            }
            Self::ChromiumTo => ("reports+json", "https://shop.example", None),
            Self::FirefoxUri => ("csp-report", "https://shop.example", Some(("report", "no-cors"))),
            Self::FirefoxTo => ("reports+json", "https://shop.example", Some(("empty", "cors"))),
            Self::WebkitUri => ("csp-report", "null", Some(("empty", "no-cors"))),
        };
        let mut fields = vec![
            ("user-agent", user_agent.to_owned()),
            ("content-type", format!("application/{media_type}")),
            ("origin", origin.to_owned()),
            ("accept-encoding", "gzip, deflate, br, zstd".to_owned()),
            ("accept-language", "en-GB,en;q=0.9,de;q=0.8".to_owned()),
        ];
        if let Some((destination, mode)) = fetched {
            fields.push(("accept", "*/*".to_owned()));
            fields.push(("referer", "https://shop.example/".to_owned()));
            fields.push(("sec-fetch-site", "cross-site".to_owned()));
            fields.push(("sec-fetch-mode", mode.to_owned()));
            fields.push(("sec-fetch-dest", destination.to_owned()));
        }
        fields
    }

    pub fn body(self, violation: &Violation, policy: &str, user_agent: &str) -> String {
        let endpoint = match self {
            Self::ChromiumTo | Self::FirefoxTo => "report-to cspwatch",
            _ => "report-uri https://reports.shop.example/report/shop",
        };
        let policy = quoted(&format!("{policy}; {endpoint}"));
        match self {
            Self::ChromiumUri | Self::FirefoxUri => {
                format!("{{\"csp-report\":{}}}", csp_report(violation, &policy))
            }
            Self::WebkitUri => format!(
                "{{\"type\":\"csp-violation\",\"url\":{},\"csp-report\":{}}}",
                quoted(&violation.document),
                csp_report(violation, &policy)
            ),
            Self::ChromiumTo => chromium_to(violation, &policy, user_agent),
            Self::FirefoxTo => firefox_to(violation, &policy, user_agent),
        }
    }
}

fn csp_report(of: &Violation, policy: &str) -> String {
    let source = of.source.as_ref().map_or(String::new(), |(file, line, column)| {
        format!(r#","source-file":{},"line-number":{line},"column-number":{column}"#, quoted(file))
    });
    format!(
        r#"{{"document-uri":{},"referrer":{},"violated-directive":"{directive}","effective-directive":"{directive}","original-policy":{policy},"disposition":"report","blocked-uri":{}{source},"status-code":200,"script-sample":{}}}"#,
        quoted(&of.document),
        quoted(&of.referrer),
        quoted(&of.blocked),
        quoted(of.sample),
        directive = of.directive,
    )
}

/// Chromium leaves out what it does not have.
fn chromium_to(of: &Violation, policy: &str, user_agent: &str) -> String {
    let (mut column, mut line, mut source) = (String::new(), String::new(), String::new());
    if let Some((file, at_line, at_column)) = &of.source {
        column = format!(r#""columnNumber":{at_column},"#);
        line = format!(r#""lineNumber":{at_line},"#);
        source = format!(r#""sourceFile":{},"#, quoted(file));
    }
    format!(
        r#"[{{"age":{AGE},"body":{{"blockedURL":{},{column}"disposition":"report","documentURL":{document},"effectiveDirective":"{}",{line}"originalPolicy":{policy},"referrer":{},"sample":{},{source}"statusCode":200}},"type":"csp-violation","url":{document},"user_agent":"{user_agent}"}}]"#,
        quoted(&of.blocked),
        of.directive,
        quoted(&of.referrer),
        quoted(of.sample),
        document = quoted(&of.document),
    )
}

/// Firefox writes `null` instead, and spreads it over lines.
fn firefox_to(of: &Violation, policy: &str, user_agent: &str) -> String {
    let null = || "null".to_owned();
    let (source, line, column) =
        of.source.as_ref().map_or((null(), null(), null()), |(file, line, column)| {
            (quoted(file), line.to_string(), column.to_string())
        });
    let or_null = |text: &str| if text.is_empty() { null() } else { quoted(text) };
    let body = format!(
        "{{\n \"documentURL\": {},\n \"blockedURL\": {},\n \"referrer\": {},\n \"effectiveDirective\": \"{}\",\n \"originalPolicy\": {policy},\n \"sourceFile\": {source},\n \"sample\": {},\n \"disposition\": \"report\",\n \"statusCode\": 200,\n \"lineNumber\": {line},\n \"columnNumber\": {column}\n}}",
        quoted(&of.document),
        quoted(&of.blocked),
        or_null(&of.referrer),
        of.directive,
        or_null(of.sample),
    );
    format!(
        "[\n {{\n  \"age\": {AGE},\n  \"type\": \"csp-violation\",\n  \"url\": {},\n  \"user_agent\": \"{user_agent}\",\n  \"body\": {body}\n\n }}\n]",
        quoted(&of.document),
    )
}

/// As a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
