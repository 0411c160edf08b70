//! The form of filters.

use maud::{Markup, html};

use super::{FILTERS, RANGES, Shown};
use crate::console::Console;
use crate::console::layout::choice;
use crate::report::{Engine, Kind, Verdict};

impl Shown<'_> {
    /// Whether one of those is set that are folded away.
    fn has_more_filters(&self) -> bool {
        let shown = ["text", "range"];
        FILTERS.iter().any(|name| !shown.contains(name) && !self.fields.text(name).is_empty())
    }

    pub(super) fn filter(&self, console: &Console) -> Markup {
        let groups = console.config.page_groups(self.query.site);
        let sites: Vec<&str> = self.sites.iter().map(String::as_str).collect();
        let verdicts: Vec<&str> = Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect();
        let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        let engines: Vec<&str> = Engine::ALL.iter().map(|engine| engine.as_str()).collect();
        html! {
            form class="filters" method="get" action="/reports" role="search" {
                div class="wide" {
                    label for="text" { "Text, anywhere in a host, a path, a sample, or the tag of an order or session" }
                    input id="text" type="search" name="text" value=(self.query.text) maxlength="200";
                }
                div {
                    label for="range" { "Time" }
                    select id="range" name="range" {
                        @for (name, words, _) in RANGES {
                            @let is_chosen = name == self.fields.text("range")
                                || name == "24h" && self.fields.text("range").is_empty();
                            option value=(name) selected[is_chosen] { "Last " (words) }
                        }
                    }
                }
                div { button type="submit" class="main" { "Show" } }
                details class="wide more" open[self.has_more_filters()] {
                    summary { "More filters" }
                    p class="note" {
                        a href="/words#verdict" { "What verdicts mean" } ", " a href="/words#kind" { "what kinds mean" }
                    }
                    div class="grid" {
                        (choice("site", "Site", plain(&sites), self.query.site))
                        (choice("page_group", "Page group", plain(&groups), self.query.page_group))
                        (choice("verdict", "Verdict", plain(&verdicts), self.query.verdict))
                        (choice("kind", "Kind", plain(&kinds), self.query.kind))
                        (choice("engine", "Browser engine", plain(&engines), self.query.engine))
                        div {
                            label for="directive" { "Directive" }
                            input id="directive" name="directive" value=(self.query.directive) maxlength="64";
                        }
                        div {
                            label for="destination" { "Destination" }
                            input id="destination" name="destination" value=(self.query.destination) maxlength="253";
                        }
                    }
                }
            }
        }
    }
}

fn plain<'a>(values: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    values.iter().map(|value| (*value, *value)).collect()
}
