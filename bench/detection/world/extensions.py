"""What is installed beside the visitors' browsers and reaches into pages: extensions, antivirus programs, web
views, adware.

The destinations, sources and samples are those of the published collections that src/config/noise/builtin.toml cites;
the shares are guesses whose order is theirs. `unlisted` are destinations that anybody could use and that no
rule names: fonts, CDNs and image hosts that extensions load from.
"""

from dataclasses import dataclass

from wire import Violation

DESKTOP = ("chrome", "safari", "firefox")


@dataclass(frozen=True)
class Extension:
    """`share` of visitors with one of `browsers` have it; it acts on `odds` of their pages."""

    name: str
    share: float
    browsers: tuple
    events: tuple
    odds: float = 1.0
    only: str = ""

    def __call__(self, view):
        if self.only not in ("", view.group) or view.random.random() > self.odds:
            return []
        return list(self.events)


def act(directive, blocked, source="", sample="", line=1, column=17):
    if not source:
        line = column = 0
    return Violation(directive, blocked, source, line, column, sample)


CHROME, FIREFOX = "chrome-extension", "moz-extension"
KASPERSKY = "https://{}.kis.v2.scr.kaspersky-labs.com/1B74BD89-2A22-4B93-B451-1C9E1052A0EC/main.js"
MONETIZUS = "https://s3.amazonaws.com/js-static/171ad33fdf3bb91.js"

LISTED = (
    Extension("inline-chrome", .030, ("chrome",), (
        act("script-src-elem", "inline", CHROME, "window.__m=1/*main world inline*/", 1, 243),)),
    Extension("eval-chrome", .012, ("chrome",), (act("script-src", "eval", CHROME, "2+2", 1, 95),)),
    Extension("font-chrome", .020, ("chrome",), (act("font-src", "chrome-extension"),)),
    Extension("inline-firefox", .060, ("firefox",), (
        act("script-src-elem", "inline", FIREFOX, "window.__noise=1; /* injected inline by …", 2, 134),)),
    Extension("api-firefox", .020, ("firefox",), (
        act("connect-src", "https://api.noise-ext.example/main", FIREFOX),)),
    Extension("safari", .015, ("safari", "safari-mobile"), (
        act("img-src", "safari-web-extension://6A2F6D3C-5A3B-4C5E-9C1D-0B6E5A1F7A11/icon.png"),)),
    Extension("honey", .020, ("chrome",), (
        act("font-src", "https://cdn.joinhoney.com/fonts/icons/honey-icons.ttf?vbeftd"),)),
    Extension("coupons", .010, ("chrome",), (
        act("connect-src", "https://api.couponfox.example/v2/codes", CHROME),), only="payment"),
    Extension("grammarly", .008, DESKTOP, (act("style-src-elem", "https://assets.grammarly.com/e.css"),)),
    Extension("kaspersky", .010, ("chrome",), (act("script-src-elem", KASPERSKY.format("gc")),)),
    Extension("kaspersky-firefox", .010, ("firefox",), (act("script-src-elem", KASPERSKY.format("ff")),)),
    Extension("translate", .012, ("chrome", "chrome-mobile"), (
        act("script-src-elem", "https://translate.googleapis.com/translate_a/element.js"),
        act("img-src", "https://www.gstatic.com/images/branding/product/2x/translate_24dp.png"))),
    Extension("google-app", .020, ("safari-mobile",), (act("default-src", "gsa://onpageload"),), .4),
    Extension("in-app-browser", .012, ("chrome-mobile",), (
        act("script-src-elem", "inline", "iabjs://inject", "", 1, 1),)),
    Extension("monetizus", .004, ("chrome",), (
        act("script-src-elem", "https://netanalytics.xyz/optout/get?jsonp=__twb_cb_77&key=171ad3", MONETIZUS),
        act("img-src", "https://butstrap.space/metric/?mid=&wid=49377&sid=&tid=590&rid=LOADED"))),
    Extension("shopping-toolbar", .004, ("chrome",), (
        act("script-src-elem", "https://istatic.eshopcomp.com/fo/ec/tor.js"),)),
    Extension("mac-adware", .010, ("safari",), (
        act("script-src-elem", "http://loadingpages.me/jo/is?id=F701A4D7-A60A-58B0-AD9F-E41CAE3E15B2"),)),
)
UNLISTED = (
    Extension("google-fonts", .015, ("chrome", "firefox"), (
        act("font-src", "https://fonts.gstatic.com/s/opensans/v13/PRmiXeptR36kaC0GEAetxko2lTMeW.woff2"),
        act("style-src-elem", "https://fonts.googleapis.com/css?family=Open+Sans"))),
    Extension("old-fonts", .003, ("chrome",), (
        act("font-src", "http://themes.googleusercontent.com/static/fonts/inconsolata/v5/BjAYBl.woff"),)),
    Extension("paypal-button", .003, ("chrome",), (
        act("img-src", "https://www.paypalobjects.com/webstatic/icon/pp32.png"),)),
    Extension("office-fonts", .003, ("chrome",), (
        act("font-src", "https://css.zohostatic.com/projects/f0/fonts/ProximaNova-Sbold-webfont.woff"),)),
    Extension("cloudfront", .003, ("chrome",), (
        act("script-src-elem", "https://d3ijcis4e2ziok.cloudfront.net/inject.js", CHROME),)),
    Extension("yandex", .002, DESKTOP, (act("img-src", "https://mc.yandex.ru/watch/44443582"),)),
    Extension("stackoverflow", .001, ("chrome",), (
        act("img-src", "https://www.stackoverflow.com/favicon.ico"),)),
)


def installed(random, person, kinds=LISTED):
    """What this visitor happens to have."""
    return [kind for kind in kinds if person.browser in kind.browsers and random.random() < kind.share]
