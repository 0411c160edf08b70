//! How far a decision of a person goes, checked against the configuration.

use super::Config;
use super::known::directive_named;
use crate::decisions::Extent;

impl Config {
    /// The extent that options or fields say; empty ones are everything.
    ///
    /// # Errors
    /// What is wrong: no such directive, or the site has no such page group.
    pub fn extent(&self, site: &str, directive: &str, page_group: &str) -> Result<Extent, String> {
        let directive = match directive {
            "" => "",
            word => directive_named(word)?,
        };
        let groups = self.page_groups(site);
        if !page_group.is_empty() && !groups.contains(&page_group) {
            let groups = groups.join(", ");
            return Err(format!("{site} has no page group {page_group}; there are: {groups}"));
        }
        Ok(Extent::of(directive, page_group))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn an_extent_names_a_directive_of_csp_and_a_page_group_of_the_site() {
        let text = "[[site]]\nname = \"shop\"\nhosts = [\"shop.example\"]\n[[site.page_group]]\nname = \"payment\"\npaths = [\"/checkout\"]\n";
        let config = Config::from_text("f", text, &BTreeMap::new()).expect("it is right");
        let extent = |directive, page_group| config.extent("shop", directive, page_group);
        assert_eq!(extent("", ""), Ok(Extent::default()));
        assert_eq!(extent("IMG-SRC", "payment"), Ok(Extent::of("img-src", "payment")));
        assert_eq!(extent("", "other"), Ok(Extent::of("", "other")));
        let wrong = |found: Result<Extent, String>| found.expect_err("it is refused");
        assert!(wrong(extent("image-src", "")).contains("\"image-src\" is no directive"));
        let groups = "shop has no page group checkout; there are: payment, other";
        assert_eq!(wrong(extent("", "checkout")), groups);
    }
}
