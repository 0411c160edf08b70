//! The policy that reports and approvals suggest, ready to copy, as `cspwatch policy` works it out.

use std::slice;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};

use super::sites::site_links;
use super::{answered, check_site};
use crate::audit::html::table::{Cell, table};
use crate::audit::html::values::{count, number, time};
use crate::audit::policy_advice::{
    Advice, AdviceContext, BroadSource, CAVEATS, ConnectionAdvice, InlineAdvice, PolicyDraft,
    ResponseHeader, reasons, source_text, trials,
};
use crate::audit::script_inventory;
use crate::base::clock::{Timestamp, days};
use crate::base::display::{defanged_words, safe};
use crate::base::limits;
use crate::console::Console;
use crate::console::answer::{Refusal, sentence};
use crate::console::fields::Query;
use crate::console::layout::{Section, page, part};
use crate::console::links;
use crate::console::suggestions::Wanted;
use crate::console::visitor::Viewer;
use crate::csp::PolicyChange;
use crate::decisions::ThreatFiles;
use crate::pipeline::judge::{Endpoint, Site, Sites};
use crate::store::policy::{self, PolicyQuery};
use crate::store::scripts::{self, ScriptQuery};

/// The range, as the command's by default.
const RANGE: std::time::Duration = days(30);
/// In the place of the collector's address, as long as nobody has said which it is.
const COLLECTOR: &str = "https://{COLLECTOR}";

pub(in crate::console) async fn show(
    State(console): State<Arc<Console>>,
    Viewer(visitor): Viewer,
    Path(name): Path<String>,
    Query(fields): Query,
) -> Result<Response, Refusal> {
    check_site(&console, &name)?;
    let typed = fields.text("collector");
    let collector = match collector(typed) {
        Ok(collector) => collector,
        Err(wrong) => {
            let body = asked_again(&name, typed, wrong);
            let form = page("Policy", Section::Sites, (&console, &visitor), body);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
    };
    let now = Timestamp::now();
    let state = console.live.state();
    let wanted = Wanted { site: name.clone(), collector: collector.clone() };
    let make = async {
        let site = site(&console, &name)?;
        suggest(&console, &site, collector.as_deref(), now).await
    };
    let body = console.suggestions.of(wanted, (now, state), make).await?;
    Ok(page("Policy", Section::Sites, (&console, &visitor), body).into_response())
}

fn head(site: &str) -> Markup {
    html! {
        p class="kind" { "Policy of " a href=(links::path(&["sites", site])) { (site) } }
        h1 { "Suggested policy" }
        (site_links(site, "policy"))
    }
}

/// The form with what was typed, and what is wrong with it.
fn asked_again(site: &str, typed: &str, wrong: &str) -> Markup {
    html! {
        (head(site))
        p class="wrong" role="alert" { (sentence(wrong)) }
        (address_form(site, Some(typed)))
    }
}

/// What the page says, out of the reports until `now`.
async fn suggest(
    console: &Console,
    site: &Site,
    collector: Option<&str>,
    now: Timestamp,
) -> Result<Markup, Refusal> {
    let name = &*site.name;
    let limit = limits::CONSOLE_SUGGESTION_REPORTS;
    let query = PolicyQuery { site: &site.name, page_group: "", from: now - RANGE, to: now, limit };
    let wanted = ScriptQuery { site: &site.name, page_group: "", from: now - RANGE, to: now };
    let client = &console.client;
    let (data, (reported, decided)) = answered(async {
        tokio::try_join!(policy::read(client, query), scripts::read(client, wanted))
    })
    .await?;
    let scripts = script_inventory::scripts(&reported, &decided);
    let mut files = ThreatFiles::new(console.config.detection.threat_lists.clone());
    let (threats, _) = files.read();
    let context = AdviceContext {
        site,
        threats: &threats,
        scripts: &scripts,
        now,
        from: now - RANGE,
        to: now,
    };
    let origin = collector.unwrap_or(COLLECTOR);
    let endpoint = match console.config.sites.is_empty() {
        true => format!("{origin}/report"),
        false => format!("{origin}/report/{}", site.name),
    };
    let groups = site
        .page_groups()
        .map(|group| (Arc::clone(&group.name), context.advise(&data, group, None, &endpoint)));
    let groups: Vec<_> = groups.collect();
    Ok(html! {
        (head(name))
        p class="note" {
            "For each page group the strictest that would have allowed what is approved, out of the reports of the last 30 \
             days. " code { "cspwatch policy" } " has more of the reasons. Worked out at " (time(now)) "."
            @if data.is_truncated {
                " More than " (number(limit)) " addresses were reported, and those with fewest reports are left out; the command \
                 reads " (number(limits::SUGGESTION_REPORTS)) "."
            }
        }
        (address_form(name, collector))
        @for (place, (group, advice)) in groups.iter().enumerate() {
            section {
                h2 { (group) }
                (suggested(place, (group, advice.as_ref()), (&endpoint, collector.is_some()), now))
            }
        }
        (part("When to enforce the Connection-Allowlist", caveats(), false))
    })
}

/// The site as the collector compiles it, and none of the others.
fn site(console: &Console, name: &str) -> Result<Arc<Site>, Refusal> {
    let configured = &console.config.sites;
    if configured.is_empty() {
        return Ok(Sites::new(&[]).attribute(Endpoint::Any, name).site);
    }
    let config = configured.iter().find(|site| site.name == name).map(slice::from_ref);
    let sites = config.map(Sites::new);
    sites
        .and_then(|sites| sites.named(name).map(Arc::clone))
        .ok_or_else(|| Refusal::not_found("no such site is configured"))
}

/// What to send with the pages of a group: what follows from its reports, or what to begin with. `endpoint` comes with whether it
/// names the collector.
fn suggested(
    place: usize,
    (group, advice): (&str, Option<&Advice<'_>>),
    (endpoint, is_whole): (&str, bool),
    now: Timestamp,
) -> Markup {
    html! {
        @if let Some(advice) = advice {
            p class="lead" { (summary(advice)) }
            (headers(place, &advice.headers, is_whole))
            (tried(advice, now))
            (advised(group, advice))
        } @else {
            p {
                "Nothing was reported about these pages yet. Begin with these headers: they stop nothing, and browsers report what \
                 the pages load and where they send data."
            }
            (headers(place, &beginning(endpoint), is_whole))
        }
    }
}

/// The collector's origin, as browsers reach it, if somebody has said which it is. People leave the scheme out.
fn collector(text: &str) -> Result<Option<String>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let address = url::Url::parse(&whole).ok().filter(|address| address.scheme() == "https");
    let address =
        address.ok_or("the collector's address must be as https://reports.shop.example")?;
    Ok(Some(address.origin().ascii_serialization()))
}

fn address_form(site: &str, collector: Option<&str>) -> Markup {
    html! {
        form class="filters" method="get" action=(links::path(&["policy", site])) {
            div class="wide" {
                label for="collector" { "The collector's address, as browsers reach it: the headers need it" }
                input id="collector" name="collector" inputmode="url" required value=[collector] placeholder="https://reports.shop.example"
                    autocapitalize="none" autocomplete="off" spellcheck="false";
            }
            div { button type="submit" class="main" { "Fill it in" } }
        }
    }
}

/// Headers, each with what it is; to copy once they are whole.
fn headers(place: usize, headers: &[ResponseHeader], is_whole: bool) -> Markup {
    let id = format!("headers-{place}");
    html! {
        dl id=(id) class="headers" {
            @for header in headers {
                dt { (label(header)) }
                dd { pre tabindex="0" aria-label=(header.name) { code { (safe(header.name)) ": " (safe(&header.value)) } } }
            }
        }
        @if is_whole { p { button type="button" data-copy=(id) hidden { "Copy the headers" } } }
    }
}

/// What a header is for, and whether it stops anything.
fn label(header: &ResponseHeader) -> &'static str {
    let is_first = header.value.contains("; report-uri ");
    match header.name {
        "Content-Security-Policy" => {
            "First policy: it is enforced, so browsers block what it does not allow"
        }
        "Content-Security-Policy-Report-Only" if is_first => {
            "First policy: it only reports, by report-uri"
        }
        "Content-Security-Policy-Report-Only" => "Second policy: it only reports, by report-to",
        "Reporting-Endpoints" => "Where browsers send what report-to and endpoints name",
        "Integrity-Policy" => "Integrity: browsers block scripts without integrity metadata",
        "Integrity-Policy-Report-Only" => {
            "Integrity: browsers report scripts without integrity metadata"
        }
        "Connection-Allowlist-Report-Only" => {
            "Connections: browsers report those that the list has not"
        }
        _ => "Also",
    }
}

/// The headers with which a site begins, as in README.md.
fn beginning(endpoint: &str) -> Vec<ResponseHeader> {
    const POLICY: &str =
        "default-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'";
    const REPORT_ONLY: &str = "Content-Security-Policy-Report-Only";
    let header = |name, value| ResponseHeader { name, value };
    vec![
        header(REPORT_ONLY, format!("{POLICY}; report-uri {endpoint}")),
        header(REPORT_ONLY, format!("{POLICY}; report-to cspwatch")),
        header("Reporting-Endpoints", format!("cspwatch=\"{endpoint}\"")),
    ]
}

/// Why there are two policies, and until when to try them.
fn tried(advice: &Advice<'_>, now: Timestamp) -> Markup {
    let notes = trials(&advice.suggestion, (now - RANGE, now), now);
    html! { ul class="lines" { @for note in notes { li { (note) } } } }
}

/// The advice in a line.
fn summary(advice: &Advice<'_>) -> String {
    let suggestion = &advice.suggestion;
    let changes = match advice.changes().map(|changes| changes.len()) {
        None => "No report carried a policy to compare with".to_owned(),
        Some(0) => "The same as the current policy".to_owned(),
        Some(changes) => format!("{} from the current policy", count(changes as u64, "difference")),
    };
    let enforcing = match suggestion.may_enforce {
        true => "the site may enforce the first policy",
        false => "the first policy only reports for now",
    };
    let some = |found: usize, thing: &str| (found > 0).then(|| count(found as u64, thing));
    let broad = some(suggestion.broad.len(), "broad source");
    let untrusted =
        some(suggestion.untrusted.len(), "reported source").map(|some| format!("{some} left out"));
    let parts = [Some(changes), Some(enforcing.to_owned()), broad, untrusted];
    format!("{}.", parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// Why, each part to be unfolded.
fn advised(group: &str, advice: &Advice<'_>) -> Markup {
    let suggestion = &advice.suggestion;
    let navigation = &advice.connections.navigation;
    html! {
        (part(&format!("{group}: what differs from the current policy"), compared(advice), false))
        @if !suggestion.broad.is_empty() { (part(&format!("{group}: what is broad in it"), broad(&suggestion.broad), false)) }
        @if !advice.inline.scripts.is_empty() { (part(&format!("{group}: inline scripts"), inline(&advice.inline), false)) }
        (part(&format!("{group}: what is against enforcing the Connection-Allowlist"), obstacles(&advice.connections), false))
        (part(&format!("{group}: why each source is in it"), sources(&suggestion.now), false))
        (part(&format!("{group}: why each entry is in the Connection-Allowlist"), entries(&advice.connections), false))
        @if !navigation.links.is_empty() { (part(&format!("{group}: where the pages lead"), links(&advice.connections), false)) }
        @if !suggestion.untrusted.is_empty() { (part(&format!("{group}: what reports ask for and it has not"), untrusted(advice), false)) }
    }
}

fn compared(advice: &Advice<'_>) -> Markup {
    let changes: Option<Vec<String>> =
        advice.changes().map(|changes| changes.iter().map(PolicyChange::to_string).collect());
    html! {
        p { "The current policy: " (defanged_words(&reasons::current(advice.current))) }
        @match changes.as_deref() {
            None => {},
            Some([]) => p { "It says the same as the current one." },
            Some(changes) => {
                p { "What differs from the current one:" }
                ul class="lines" { @for change in changes { li { (defanged_words(change)) } } }
            },
        }
    }
}

fn broad(broad: &[BroadSource]) -> Markup {
    html! { ul class="lines" { @for broad in broad { li { (defanged_words(&reasons::broad(broad))) } } } }
}

fn sources(draft: &PolicyDraft) -> Markup {
    let rows = draft.directives.iter().flat_map(|directive| {
        directive.sources.iter().map(|source| {
            [
                Cell::text(&directive.name),
                Cell::text(safe(&source_text(&source.source))),
                Cell::text(reasons::rationale(source)),
                Cell::text(source.occurrences.map_or(String::new(), |seen| number(seen.reports))),
            ]
        })
    });
    table(["Directive", "Source", "Why", "Reports"], rows)
}

fn inline(advice: &InlineAdvice<'_>) -> Markup {
    let rows = advice.scripts.iter().map(|script| {
        let approval = script.approval.map_or_else(|| "no".to_owned(), reasons::script_approval);
        [
            Cell::text(safe(script.hash)),
            Cell::text(defanged_words(&approval)),
            Cell::text(script.first_policy.as_str()),
            Cell::text(script.second_policy.as_str()),
        ]
    });
    html! {
        (table(["Hash", "Approved", "What allows it in the first policy", "In the second"], rows))
        @if advice.wants_nonce() {
            p { "A nonce serves better here: " (number(advice.gone as u64)) " inline scripts of the range are gone." }
        }
    }
}

fn obstacles(advice: &ConnectionAdvice) -> Markup {
    html! {
        p { "Against enforcing the Connection-Allowlist:" }
        ul class="lines" {
            @for obstacle in &advice.obstacles { li { strong { "Not yet: " } (obstacle.words()) } }
            @if advice.obstacles.is_empty() { li { "The reports of the range show nothing against it." } }
        }
    }
}

/// What holds for every list.
fn caveats() -> Markup {
    html! { ul class="lines" { @for caveat in CAVEATS { li { (caveat) } } } }
}

fn entries(advice: &ConnectionAdvice) -> Markup {
    let rows = advice.entries.iter().map(|entry| {
        [
            Cell::text(safe(&entry.pattern)),
            Cell::text(defanged_words(&reasons::trust(&entry.trust))),
            Cell::text(entry.occurrences.map_or(String::new(), |seen| number(seen.reports))),
        ]
    });
    table(["Pattern", "Why", "Reports"], rows)
}

fn links(advice: &ConnectionAdvice) -> Markup {
    let rows = advice.navigation.links.iter().map(|link| {
        [
            Cell::text(defanged_words(&link.host)),
            Cell::text(defanged_words(&reasons::link(link))),
            Cell::text(if link.is_listed { "yes" } else { "no" }),
            Cell::Number(link.occurrences.reports),
        ]
    });
    table(["Host", "Why", "In the list", "Reports"], rows)
}

fn untrusted(advice: &Advice<'_>) -> Markup {
    let rows = advice.suggestion.untrusted.iter().map(|asked| {
        let why = asked.distrust.as_ref().map_or_else(String::new, reasons::distrust);
        [
            Cell::text(&asked.directive),
            Cell::text(defanged_words(&asked.what)),
            Cell::text(why),
            Cell::Number(asked.occurrences.reports),
        ]
    });
    table(["Directive", "What", "Why not", "Reports"], rows)
}

#[cfg(test)]
mod tests {
    use super::collector;

    #[test]
    fn the_collectors_address_may_lack_its_scheme() {
        for (text, origin) in [
            ("reports.shop.example", "https://reports.shop.example"),
            ("reports.shop.example:8443/x", "https://reports.shop.example:8443"),
            ("https://reports.shop.example/report", "https://reports.shop.example"),
        ] {
            assert_eq!(collector(text), Ok(Some(origin.to_owned())), "{text}");
        }
        assert_eq!(collector(""), Ok(None));
        for wrong in ["http://reports.shop.example", "javascript:alert(1)", "two words", "https://"]
        {
            assert!(collector(wrong).is_err(), "{wrong}");
        }
    }
}
