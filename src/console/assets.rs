//! The files of the console's pages: one style sheet, one script, one picture. Their addresses have the hash of their
//! content, so browsers may keep them for ever, and pages name the hash, so nothing else runs in their place.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::base::hex::to_hex;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/console.js");
const ICON: &str = include_str!("assets/icon.svg");

/// A file as a page names it.
pub(super) struct Asset {
    pub(super) address: String,
    pub(super) integrity: String,
}

pub(super) fn style() -> &'static Asset {
    static STYLE_ASSET: LazyLock<Asset> = LazyLock::new(|| asset("console", "css", STYLE));
    &STYLE_ASSET
}

pub(super) fn script() -> &'static Asset {
    static SCRIPT_ASSET: LazyLock<Asset> = LazyLock::new(|| asset("console", "js", SCRIPT));
    &SCRIPT_ASSET
}

fn asset(name: &str, ending: &str, content: &str) -> Asset {
    let digest = Sha256::digest(content);
    Asset {
        address: format!("/assets/{name}.{}.{ending}", to_hex(&digest[..8])),
        integrity: format!("sha256-{}", STANDARD.encode(digest)),
    }
}

/// The file; `None`: it is of another version of the console.
pub(super) fn file(name: &str) -> Option<Response> {
    let files = [
        (style().address.as_str(), "text/css; charset=utf-8", STYLE),
        (script().address.as_str(), "text/javascript; charset=utf-8", SCRIPT),
        ("/assets/icon.svg", "image/svg+xml", ICON),
    ];
    let address = format!("/assets/{name}");
    let (_, media_type, content) = files.into_iter().find(|(known, ..)| *known == address)?;
    let forever = "public, max-age=31536000, immutable";
    Some(([(CONTENT_TYPE, media_type), (CACHE_CONTROL, forever)], content).into_response())
}
