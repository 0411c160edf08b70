use super::*;

const OWN: &[&str] = &[
    "www.newegg.com",
    "adorebeauty.com.au",
    "closetlondon.com",
    "citywinery.com",
    "nililotan.com",
    "expresso.example",
    "shop.example",
    "kasse.buchladen.example",
];
const KNOWN: &[&str] =
    &["js.stripe.com", "cdn.partnerstack.com", "d111abcdef8.cloudfront.net", "fonts.gstatic.com"];

fn lookalikes() -> Lookalikes {
    Lookalikes::new(OWN.iter().copied(), KNOWN.iter().copied())
}

/// Skimmers' domains (maltrail's list, and victims' brands of published cases), and whom they imitate.
const SKIMMERS: &[(&str, &str)] = &[
    ("xn--google-analytcs-xpb.com", "google-analytics.com"),
    ("googlc-analytics.cm", "google-analytics.com"),
    ("google-analyitics.org", "google-analytics.com"),
    ("google-anaiytlcs.com", "google-analytics.com"),
    ("google-analytics.cm", "google-analytics.com"),
    ("google-analytics.is", "google-analytics.com"),
    ("google-analytics.to", "google-analytics.com"),
    ("google-analytics.top", "google-analytics.com"),
    ("google-analytics.gq", "google-analytics.com"),
    ("gooqletagmanager.com", "googletagmanager.com"),
    ("googletagmanager.eu", "googletagmanager.com"),
    ("googlctagmanager.com", "googletagmanager.com"),
    ("googletegmanager.com", "googletagmanager.com"),
    ("google--analytics.com", "google-analytics.com"),
    ("googleanalyticb.com", "google-analytics.com"),
    ("googleanalyticc.com", "google-analytics.com"),
    ("googleanalyticq.com", "google-analytics.com"),
    ("googleanalyticr.com", "google-analytics.com"),
    ("g-analytics.com", "google.com"),
    ("xn--gstatc-7va.com", "gstatic.com"),
    ("fb-pixel.com", "facebook.com"),
    ("hsadspixel.com", "hsadspixel.net"),
    ("statcounter.one", "statcounter.com"),
    ("jquery-cdn.top", "jquery.com"),
    ("jquery-code.su", "jquery.com"),
    ("jquerycdnlib.at", "jquery.com"),
    ("fontsawesome.gq", "fontawesome.com"),
    ("typekit.website", "typekit.net"),
    ("newrelicnet.com", "newrelic.com"),
    ("xn--woocommece-26b.com", "woocommerce.com"),
    ("payment-mastercard.com", "mastercard.com"),
    ("migs-mastercard.com", "mastercard.com"),
    ("payment-sagepay.com", "sagepay.com"),
    ("live-sagepay.com", "sagepay.com"),
    ("payment-worldpay.com", "worldpay.com"),
    ("pay-u-biz.com", "payubiz.in"),
    ("my-braintree.com", "braintree.com"),
    ("bralntree.com", "braintree.com"),
    ("authorizecdn.com", "authorize.net"),
    ("magento-analytics.com", "magento.com"),
    ("cdn-shopify.com", "shopify.com"),
    ("cdn-volusion.com", "volusion.com"),
    ("zendesk-cdn.com", "zendesk.com"),
    ("secure.livechatinc.org", "livechatinc.com"),
    ("neweggstats.com", "newegg.com"),
    ("adorebeauty.org", "adorebeauty.com.au"),
    ("closetlondon.org", "closetlondon.com"),
    ("citywlnery.org", "citywinery.com"),
    ("nililotan.org", "nililotan.com"),
    ("exrpesso.org", "expresso.example"),
];

/// Domains of everyday use.
const BENIGN: &str = "
    google.de google.co.uk google.cm stripe.com stripe.network stripe.dev m.stripe.network amazon.co.uk
    amazon.de amazon.com.br paypal.com paypal.de paypalobjects.com paypal.me paypay.ne.jp payplug.com
    payone.com paylocity.com paychex.com stripes.com zebra-stripe.com pinstripe.com shopify.dev
    shopifycdn.com shopware.com shoptet.cz klarna.se klarnacdn.net mastercard.de visa.de visa.co.uk
    googleapis.com googleusercontent.com gstatic.com googleoptimize.com ggpht.com facebook.com
    facebook.net fbcdn.net hotjar.io hotjar.com jquery.com jqueryui.com jqueryscript.net jsdelivr.net
    bootstrapcdn.com getbootstrap.com bootstrap.build fontawesome.com fonts.net typekit.net newrelic.com
    nr-data.net zendesk.com zdassets.com intercom.io intercom.de cloudflare.com cloudflareinsights.com
    cloudflare-dns.com cloudfront.net d222ghijkl9.cloudfront.net akamaihd.net doubleclick.net criteo.net
    bing.com clarity.ms clarity.com linkedin.com snapchat.com yandex.ru mc.yandex.com vimeo.com
    youtube.com youtu.be trustpilot.com trustedshops.at usercentrics.eu cookiebot.com onetrust.com
    adobedtm.com omtrdc.net sentry.io sentry-cdn.com sentry.co segment.io segment.org square.site
    squarespace.com squarecdn.com braintree-api.com braintreegateway.com authorize.net authorized.by
    checkout.com checkout.fi wp.com wordpress.org gravatar.com github.com jquery.github.io.example
    bbc.co.uk theguardian.com nytimes.com wikipedia.org microsoft.com apple.com netflix.com ebay.de
    etsy.com zalando.de otto.de example.org shop.com shop.app analytics.com simpleanalytics.com
    plausible.io matomo.cloud static.com payment.com payments.gov.uk secure.com market.de markets.com
    express.com expressjs.com expressvpn.com newegg.com buchhandel.de cdn.partnerstack.com
    checkout.shop.example gstatic.cn wordpress.tv magento.cloud shopping.de signal.org adyen.com
    localhost 203.0.113.9 2001:db8::1 com co.uk xn--bcher-kva.example xn--wgv71a119e.jp affirm.org
    tracker.example addthisedge.com pinterest.fr reddit.com spotify.com twitch.tv tiktokcdn-us.com hubspotusercontent-na1.net
";

#[test]
fn skimmers_look_like_whom_they_imitate() {
    let lookalikes = lookalikes();
    let found = |host| lookalikes.find(host).map(|likeness| likeness.of);
    let wrong: Vec<_> = SKIMMERS
        .iter()
        .filter(|(host, of)| found(host) != Some(of))
        .map(|(host, of)| format!("{host}: {:?}, not {of}", found(host)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn everyday_domains_look_like_nothing() {
    let lookalikes = lookalikes();
    let wrong: Vec<_> = BENIGN
        .split_ascii_whitespace()
        .filter_map(|host| lookalikes.find(host).map(|likeness| format!("{host} {likeness}")))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn ways_of_being_alike() {
    let lookalikes = lookalikes();
    for (host, how, text) in [
        (
            "newegg.shop",
            LikenessKind::OtherSuffix,
            "has the name of newegg.com under another suffix",
        ),
        ("xn--nwegg-bsa.com", LikenessKind::Confusable, "looks the same as newegg.com"),
        ("rnastercard.com", LikenessKind::Confusable, "looks the same as mastercard.com"),
        ("citywinary.com", LikenessKind::Errors(1), "is one letter away from citywinery.com"),
        (
            "kasse.buchlanden.example",
            LikenessKind::Errors(1),
            "is one letter away from buchladen.example",
        ),
        ("coudfare.com", LikenessKind::Errors(2), "is 2 letters away from cloudflare.com"),
        ("stripe-js.com", LikenessKind::Contains, "has the name of stripe.com in it"),
        (
            "google.top",
            LikenessKind::OtherSuffix,
            "has the name of google.com under another suffix",
        ),
    ] {
        let likeness = lookalikes.find(host).expect(host);
        assert_eq!((likeness.kind, likeness.to_string().as_str()), (how, text), "{host}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(host in "(xn--)?[a-zü0-9.-]{0,90}") {
        let lookalikes = Lookalikes::new([&*host], []);
        proptest::prop_assert!(lookalikes.find(&host).is_none());
        BUILTIN.with(|builtin| builtin.find(&host).is_some());
    }
}

thread_local! {
    static BUILTIN: Lookalikes = Lookalikes::new([], []);
}

#[test]
fn what_is_configured_is_genuine() {
    let before = Lookalikes::new([], []);
    let after = Lookalikes::new(["google-analytics.to"], ["cdn-shopify.com"]);
    for host in ["google-analytics.to", "x.cdn-shopify.com"] {
        assert!(before.find(host).is_some());
        assert_eq!(after.find(host), None);
    }
}

#[test]
fn sites_share_the_built_in_names() {
    let none = Lookalikes::new([], []);
    assert!(none.names.is_empty() && none.genuine.is_empty());
    let shop =
        Lookalikes::new(["www.google-analytics.com", "kasse.buchladen.example"], ["js.stripe.com"]);
    let names: Vec<_> = shop.names.iter().map(|name| &*name.of).collect();
    assert_eq!(names, ["buchladen.example"]);
}
