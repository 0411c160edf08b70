//! `[telemetry]`

use hyper::header::{HeaderName, HeaderValue};
use url::Url;

use super::checker::Checker;
use super::named_file::NamedFile;
use super::parse::{self, is_on_this_machine};
use super::secret::read_secret;
use crate::base::limits;

/// Where spans of our own work go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelemetryConfig {
    /// A collector of OpenTelemetry that takes OTLP over HTTP; `None`: no spans are made.
    pub otlp_endpoint: Option<Url>,
    /// What it wants in the head of each request. They print as `Sensitive`.
    pub otlp_headers: Vec<(HeaderName, HeaderValue)>,
    /// One of so many traces is recorded.
    pub sample_one_in: usize,
}

pub(super) fn section(checker: &Checker) -> TelemetryConfig {
    let otlp_endpoint = checker.optional("telemetry.otlp_endpoint", endpoint).flatten();
    let headers_file = checker.text("telemetry.otlp_headers_file");
    let most = limits::SPANS_SAMPLE_ONE_IN;
    let sample_one_in =
        checker.value("telemetry.sample_one_in", 1, |text| parse::count(text, 1, most));
    if otlp_endpoint.is_some() && !cfg!(feature = "otlp") {
        let message = "this cspwatch was built without the feature `otlp` and sends no spans; take the \
                       key out, or build with `cargo build --release`";
        checker.add_problem("telemetry.otlp_endpoint", message.to_owned());
    }
    let otlp_headers = headers_file.map(|file| headers(checker, otlp_endpoint.as_ref(), &file));
    let otlp_headers = otlp_headers.unwrap_or_default();
    TelemetryConfig { otlp_endpoint, otlp_headers, sample_one_in }
}

/// An http or https URL; an empty text is none.
fn endpoint(text: &str) -> Result<Option<Url>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    // A secret in the URL would print with it.
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let wrong = "this is no http or https URL without credentials and query; write for example \
                 \"http://127.0.0.1:4318\"";
    url.map(Some).ok_or_else(|| wrong.to_owned())
}

/// The lines of a file, each as `Name: value`.
fn headers(
    checker: &Checker,
    endpoint: Option<&Url>,
    file: &str,
) -> Vec<(HeaderName, HeaderValue)> {
    let key = "telemetry.otlp_headers_file";
    if endpoint.is_some_and(|url| url.scheme() == "http" && !is_on_this_machine(url)) {
        let message = "would cross the network in the clear; name an https telemetry.otlp_endpoint";
        checker.add_problem(key, message.to_owned());
    }
    let Some(secret) = read_secret(checker, NamedFile::Telemetry, key, file) else {
        return Vec::new();
    };
    let lines = secret.0.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(number, line)| header(line).ok_or(number + 1));
    parsed
        .filter_map(|parsed| match parsed {
            Ok(header) => Some(header),
            // The line itself may hold a secret.
            Err(number) => {
                let message = format!("line {number} of {file} is no header; write `Name: value`");
                checker.add_problem(key, message);
                None
            }
        })
        .collect()
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}
