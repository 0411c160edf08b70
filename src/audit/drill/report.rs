//! The page that a drill is about, and the report of it.

use bytes::Bytes;
use serde_json::json;
use url::Url;

use crate::config::{HostPattern, OTHER, SiteConfig};
use crate::pipeline::judge::Site;

/// A page of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrillPage {
    /// Its address.
    pub address: Url,
    /// The page group that it belongs to.
    pub page_group: String,
}

impl DrillPage {
    /// A page of this address.
    ///
    /// # Errors
    /// What is wrong if it is none of the site's.
    pub fn at(address: Url, site: &Site) -> Result<Self, String> {
        let host = address.host_str().unwrap_or_default();
        if !site.has_host(host) {
            return Err(format!("{host} is no host of the site {}", site.name));
        }
        let page_group = site.page_group(address.path()).name.to_string();
        Ok(Self { address, page_group })
    }

    /// A page that the configuration has: of this page group; without one, of the first with payments, else of `other`.
    ///
    /// # Errors
    /// What is wrong if there is no such page group, or no path that can be made of its patterns.
    pub fn of(config: &SiteConfig, site: &Site, page_group: Option<&str>) -> Result<Self, String> {
        let host = match config.hosts.first() {
            Some(HostPattern::Exact(host)) => host.clone(),
            Some(HostPattern::Below(parent)) => format!("www.{parent}"),
            None => site.name.to_string(),
        };
        let with_payments = config.page_groups.iter().find(|group| group.payment);
        let name = page_group.or(with_payments.map(|group| &*group.name)).unwrap_or(OTHER);
        let paths = match config.page_groups.iter().find(|group| group.name == name) {
            Some(group) => paths_of(&group.paths),
            None if name == OTHER => vec!["/".to_owned(), "/cspwatch-drill".to_owned()],
            None => return Err(format!("the site {} has no page group {name}", config.name)),
        };
        let belongs = |path: &String| *site.page_group(path).name == *name;
        let path = paths.into_iter().find(belongs).ok_or_else(|| {
            format!("no path of the page group {name} follows from its patterns: name a page with --page")
        })?;
        let address = Url::parse(&format!("https://{host}{path}"))
            .map_err(|error| format!("https://{host}{path}: {error}"))?;
        Ok(Self { address, page_group: name.to_owned() })
    }

    /// What a browser reports of a form on this page that posts to the destination.
    pub fn report(&self, destination: &str) -> Bytes {
        let report = json!({"csp-report": {
            "document-uri": self.address.as_str(),
            "referrer": "",
            "violated-directive": "form-action",
            "effective-directive": "form-action",
            "disposition": "report",
            "blocked-uri": format!("https://{destination}/"),
            "status-code": 200,
            "script-sample": "",
        }});
        report.to_string().into()
    }
}

/// Paths that patterns match, with nothing in place of `*`, and with a word.
fn paths_of(patterns: &[String]) -> Vec<String> {
    let each = |with: &'static str| patterns.iter().map(move |pattern| pattern.replace('*', with));
    let paths = each("").chain(each("drill"));
    paths.map(|path| if path.starts_with('/') { path } else { format!("/{path}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::pipeline::judge::Sites;

    fn page(toml: &str, page_group: Option<&str>) -> Result<(String, String), String> {
        let config = Config::from_text("test", toml, &std::collections::BTreeMap::new()).unwrap();
        let sites = Sites::new(&config.sites);
        let site = sites.named("shop").unwrap();
        let page = DrillPage::of(&config.sites[0], site, page_group)?;
        Ok((page.address.to_string(), page.page_group))
    }

    #[test]
    fn a_page_is_made_of_the_patterns() {
        let toml = "[[site]]\nname = 'shop'\nhosts = ['*.shop.example']\n\
                    [[site.page_group]]\nname = 'cart'\npaths = ['/cart*']\n\
                    [[site.page_group]]\nname = 'payment'\npaths = ['*/pay/*']\npayment = true\n\
                    [[site.page_group]]\nname = 'hidden'\npaths = ['/cart/*']\n";
        let of = |url: &str, group: &str| Ok((url.to_owned(), group.to_owned()));
        assert_eq!(page(toml, None), of("https://www.shop.example/pay/", "payment"));
        assert_eq!(page(toml, Some("cart")), of("https://www.shop.example/cart", "cart"));
        assert_eq!(page(toml, Some("other")), of("https://www.shop.example/", "other"));
        assert!(page(toml, Some("hidden")).unwrap_err().contains("--page"));
        assert!(page(toml, Some("carts")).unwrap_err().contains("no page group carts"));
    }

    #[test]
    fn a_site_without_page_groups_has_the_page_of_its_host() {
        let toml = "[[site]]\nname = 'shop'\nhosts = ['shop.example']\n";
        let of = Ok(("https://shop.example/".to_owned(), "other".to_owned()));
        assert_eq!(page(toml, None), of);
    }
}
