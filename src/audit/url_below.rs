//! Addresses of other programs' APIs, which may be behind a proxy with a path of its own.

use url::Url;

/// The address of a path below a base.
pub fn url_below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}
