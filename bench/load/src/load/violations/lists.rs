//! What violations are made of.

/// Destinations that no configuration names.
pub const UNKNOWN: &[&str] = &[
    "cdn.tagsync-eu.com",
    "px.adhive-media.net",
    "collect.metricsflow.io",
    "api.chatpilot.app",
    "static.reviewbadge.co",
    "t.retargetly.biz",
    "assets.popupmaker.site",
    "e.eventrelay.dev",
    "i.pixelgrid.me",
    "s.shopinsight.cloud",
    "cdn.fontsource-mirror.net",
    "w.wishloop.io",
    "v.videotiles.tv",
    "data.heatlens.com",
    "sdk.pushcourier.net",
    "js.couponfinder.deals",
    "stats.cartwatch.org",
    "img.bannerfarm.click",
    "edge.abswitch.run",
    "n.newsgrabber.info",
    "api.addresscheck.eu",
    "c.clickledger.co.uk",
    "m.mailcatch.online",
    "q.quizwidget.fun",
    "l.loyaltybox.store",
    "p.pricehawk.xyz",
    "r.returnsdesk.de",
    "h.helpbubble.fr",
    "g.geoguess-ip.net",
    "z.zoomtrace.jp",
];

/// Hosts of `site.hosts` and `site.known` of the bench's configuration that no policy allows.
pub const EXPECTED: &[&str] = &[
    "media.shop.example",
    "search.shop.example",
    "blog.shop.example",
    "assets.shop.example",
    "widget.criteo.com",
    "static.criteo.net",
    "script.hotjar.com",
    "www.clarity.ms",
];

/// A directive, and what was to be fetched of some host.
pub const FETCHES: &[(&str, &str)] = &[
    ("script-src-elem", "/js/NAME.js"),
    (
        "connect-src",
        "/v2/collect/NAME?v=2&tid=G-7QK2L9M4XV&cid=1843027755.1763800812&dl=https%3A%2F%2Fshop.example%2F&sr=1920x1080",
    ),
    (
        "img-src",
        "/pixel/NAME.gif?ev=PageView&dl=https%3A%2F%2Fshop.example&rl=&if=false&ts=1763800812345&sw=412&sh=915",
    ),
    ("style-src-elem", "/css/NAME.css?v=18.4.2"),
    ("font-src", "/fonts/NAME.woff2"),
    ("frame-src", "/embed/NAME?lang=en&theme=light"),
];

/// A directive, what was blocked, and its beginning.
pub const CODE: &[(&str, &str, &str)] = &[
    ("script-src-elem", "inline", "window.dataLayer = window.dataLayer || "),
    ("script-src-attr", "inline", "return validateForm(this)"),
    ("style-src-attr", "inline", "display: none"),
    ("style-src-elem", "inline", ".modal-open{overflow:hidden}@media(max-w"),
    ("script-src", "eval", "function anonymous(obj\n) {\nlet __t,__p=''"),
    ("script-src", "wasm-eval", ""),
];

/// A directive, and what no host stands in.
pub const OTHER: &[(&str, &str)] = &[
    ("font-src", "data"),
    ("worker-src", "blob"),
    ("media-src", "data"),
    ("frame-src", "about"),
    ("script-src-elem", "trusted-types-sink"),
];
