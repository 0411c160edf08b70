//! What the pages of a shop have reported: of a hundred violations 40 are noise of extensions and the like, 25
//! inline code and eval, 20 of own and known hosts, 10 of unknown destinations, 5 other things.

mod lists;

use super::random::Random;
use lists::{CODE, EXPECTED, FETCHES, OTHER, UNKNOWN};

/// Where a page's name goes: of a repetition always the same, of a distinct violation a new one.
pub const NAME: &str = "nnnnnn-nnnnnn";

/// A violation, in no browser's words yet.
pub struct Violation {
    pub document: String,
    pub referrer: String,
    pub directive: &'static str,
    pub blocked: String,
    /// Script, line and column; none where the document itself did it.
    pub source: Option<(String, u32, u32)>,
    pub sample: &'static str,
    pub browser: Browser,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    Any,
    Chromium,
    Firefox,
    Webkit,
}

/// `number` says which class it is, so that every hundred have the same shares.
pub fn violation(number: usize, random: &mut Random) -> Violation {
    let (document, is_payment) = document(random);
    let mut violation = Violation {
        referrer: referrer(&document, random),
        document,
        directive: "",
        blocked: String::new(),
        source: None,
        sample: "",
        browser: Browser::Any,
    };
    match number % 20 {
        0..8 => noise(&mut violation, is_payment, random),
        8..13 => {
            let (directive, blocked, sample) = CODE[random.below(CODE.len())];
            (violation.directive, violation.sample) = (directive, sample);
            violation.blocked = blocked.to_owned();
            violation.source = script(random);
        }
        13..17 => fetch(&mut violation, random.one_of(EXPECTED), random),
        17..19 => fetch(&mut violation, random.one_of(UNKNOWN), random),
        _ => {
            let (directive, blocked) = OTHER[random.below(OTHER.len())];
            (violation.directive, violation.blocked) = (directive, blocked.to_owned());
        }
    }
    violation
}

/// A page, and whether cards are entered there. Visitors come by campaigns, whose marks stay in the URL.
fn document(random: &mut Random) -> (String, bool) {
    let number = random.below(5);
    let is_payment = random.happens(0.2);
    let folder = if is_payment {
        random.one_of(&["checkout/payment", "checkout/review", "checkout/address"])
    } else {
        random.one_of(&["p", "c/women/jackets", "c/home/kitchen", "en/p", "de/p", "search", "blog"])
    };
    let mut token = |length| random.base64(length).replace(['+', '/'], "_");
    let query = match number % 5 {
        0 | 1 => format!(
            "?utm_source=google&utm_medium=cpc&utm_campaign=brand_autumn_2026&utm_content=sitelink&gad_source=1\
             &gad_campaignid=21846203377&gbraid={}&gclid=EAIaIQobChMI{}",
            token(46),
            token(64)
        ),
        2 => format!(
            "?utm_source=facebook&utm_medium=paid&utm_campaign=retargeting&utm_id=120215843327710&fbclid=IwY2xjaw{}",
            token(120)
        ),
        3 => format!(
            "?utm_source=newsletter&utm_medium=email&utm_campaign=week_47&utm_content=teaser-2&mc_eid={}",
            token(10)
        ),
        _ => String::new(),
    };
    (format!("https://shop.example/{folder}/{NAME}{query}"), is_payment)
}

fn referrer(document: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => "https://www.google.com/".to_owned(),
        1 => String::new(),
        2 => "https://shop.example/".to_owned(),
        // Somebody went on from the page that the campaign led to.
        _ => document.replace(NAME, "arrival"),
    }
}

fn script(random: &mut Random) -> Option<(String, u32, u32)> {
    let file = random.one_of(&["vendor.8f3a1c", "app.51be07", "checkout.c09d44", "theme.77ab20"]);
    let place = (random.below(400) as u32 + 1, random.below(90_000) as u32 + 1);
    let source = format!("https://static.shop.example/build/{file}.js");
    random.happens(0.6).then_some((source, place.0, place.1))
}

fn fetch(violation: &mut Violation, host: &str, random: &mut Random) {
    let (directive, path) = FETCHES[random.below(FETCHES.len())];
    violation.directive = directive;
    violation.blocked = format!("https://{host}{}", path.replace("NAME", NAME));
    violation.source = script(random);
}

/// On payment pages only what cannot be made up: the rest would be judged as unknown there.
fn noise(violation: &mut Violation, is_payment: bool, random: &mut Random) {
    let code = |name: &str| Some((name.to_owned(), 1, 2_381));
    match if is_payment { random.below(3) } else { random.below(8) } {
        0 => set(violation, "font-src", "chrome-extension", "", Browser::Chromium),
        1 => set(violation, "script-src-elem", "safari-web-extension", "", Browser::Webkit),
        2 => {
            let image = "https://www.gstatic.com/images/branding/product/2x/translate_24dp.png";
            set(violation, "img-src", image, "", Browser::Any);
        }
        3 => {
            let loaded = "https://assets.grammarly.com/fonts/NAME.woff2".replace("NAME", NAME);
            set(violation, "font-src", &loaded, "", Browser::Any);
        }
        4 => {
            let called = "https://api.priceglide.com/v1/offers?d=shop.example&lang=en-GB&v=4.18.2";
            set(violation, "connect-src", called, "", Browser::Chromium);
            violation.source = code("chrome-extension");
        }
        5 => {
            let loaded = "https://gc.kis.v2.scr.kaspersky-labs.com/E3F2A0B1-main/main.js";
            set(violation, "script-src-elem", loaded, "", Browser::Any);
        }
        6 => {
            set(
                violation,
                "connect-src",
                "https://api.darkreader.example/v2",
                "",
                Browser::Firefox,
            );
            violation.source = code("moz-extension");
        }
        _ => {
            let sample = "(function(vimiumOnClickAttributeName) {";
            set(violation, "script-src-elem", "inline", sample, Browser::Any);
        }
    }
}

fn set(
    violation: &mut Violation,
    directive: &'static str,
    blocked: &str,
    sample: &'static str,
    browser: Browser,
) {
    (violation.directive, violation.sample) = (directive, sample);
    (violation.blocked, violation.browser) = (blocked.to_owned(), browser);
}
