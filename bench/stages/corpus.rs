//! The recorded requests of `tests/corpus`.

use std::fs;
use std::path::Path;

use cspwatch::pipeline::decode::{decode, repair};
use serde_json::Value;

/// What a browser posted.
pub struct Request {
    pub user_agent: String,
    pub body: Vec<u8>,
}

impl Request {
    /// Whether a report in it is far longer than any page makes it by chance.
    pub fn is_long(&self) -> bool {
        let body = repair(&self.body);
        self.body.len() > LONG_BYTES * decode(&body, usize::MAX).reports.len().max(1)
    }
}

/// Bytes of a body per report in it, above which the request is one of the long ones: those with a URL of
/// 70 KB. They would be three quarters of redaction's sum.
const LONG_BYTES: usize = 8 * 1024;

/// Those of pages with a usual policy that have a text for a body; the few that are no UTF-8 are left out.
pub fn requests() -> Vec<Request> {
    recordings(&["chromium", "firefox", "webkitgtk"])
}

/// All that have a text for a body.
pub fn all() -> Vec<Request> {
    recordings(&["chromium", "firefox", "webkitgtk", "allowlist-and-nonce"])
}

fn recordings(names: &[&str]) -> Vec<Request> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let texts = names.iter().map(|name| {
        fs::read_to_string(directory.join(format!("{name}.ndjson"))).expect("a recording")
    });
    texts.flat_map(|text| text.lines().filter_map(request).collect::<Vec<_>>()).collect()
}

/// The reports of a file, a JSON object a line: as it is, or in its member `body`.
pub fn collected(file: &Path) -> Vec<Request> {
    let text = fs::read_to_string(file).expect("a file of reports");
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let bodies = lines.map(|line| {
        line.get("body")
            .filter(|body| line.get("type").is_none() && !body.is_null())
            .cloned()
            .unwrap_or(line)
    });
    bodies
        .map(|body| Request { user_agent: String::new(), body: body.to_string().into_bytes() })
        .collect()
}

fn request(line: &str) -> Option<Request> {
    let request: Value = serde_json::from_str(line).expect("a recorded request");
    let body = request["body"].as_str().filter(|body| !body.is_empty())?;
    let user_agent = request["headers"]["user-agent"].as_str().unwrap_or_default().to_owned();
    Some(Request { user_agent, body: body.as_bytes().to_vec() })
}
