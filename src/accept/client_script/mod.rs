//! `sri.js`: the script that pages can load to report what browsers do not.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::base::hex::to_hex;

/// The script as it is served.
#[derive(Debug)]
pub struct ClientScript {
    /// Its text, without comments and indentation.
    pub text: String,
    /// A strong entity tag, quotes included.
    pub etag: String,
    /// The value of an `integrity` attribute.
    pub integrity: String,
}

/// The script of this version.
pub static SRI_JS: LazyLock<ClientScript> =
    LazyLock::new(|| ClientScript::new(include_str!("sri.js")));

impl ClientScript {
    fn new(source: &str) -> Self {
        let text = minified(source);
        let tag = to_hex(&Sha256::digest(&text)[..8]);
        let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(&text)));
        Self { text, etag: format!("\"{tag}\""), integrity }
    }
}

/// Removes comment lines and indentation. The source is written so that this is enough.
fn minified(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.map(|line| line.to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_removed() {
        assert_eq!(minified("// a\n  b();\n\n  // c\n    d(\"//\");\n"), "b();\nd(\"//\");\n");
        assert!(SRI_JS.text.len() < include_str!("sri.js").len());
    }
}
