"""What happens on a page, before an engine writes it down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A loaded document. One without a URL of its own (`about`, `blob`) has the origin of the page around it."""

    url: str
    referrer: str = ""
    status: int = 200
    origin_around: str = ""

    @property
    def origin(self):
        return self.origin_around or "/".join(self.url.split("/", 3)[:3])


@dataclass(frozen=True)
class Violation:
    """Something that the page's policy does not allow.

    `source` is the script that did it; empty: the page's own markup, of which the engines tell differently
    much. `blocked` is a URL, a scheme or a keyword as CSP3 has it. `redirected`: the policy allows `blocked`,
    which led on to where it does not; browsers name the URL before redirects.
    """

    directive: str
    blocked: str
    source: str = ""
    line: int = 0
    column: int = 0
    sample: str = ""
    redirected: bool = False


@dataclass(frozen=True)
class Hash:
    """A script that was loaded, by `'report-sha256'`. Empty hash: it was not fetched by CORS."""

    url: str
    hash: str


@dataclass(frozen=True)
class Integrity:
    """A script without usable integrity metadata, by `Integrity-Policy`."""

    url: str
    report_only: bool = True
