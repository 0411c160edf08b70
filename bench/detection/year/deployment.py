"""How the shop uses the collector: which pages carry the policy, whether they ask for hashes, where 3-D Secure is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deployment:
    """`on_all_pages`: else on the payment pages only. `with_hashes`: the policy asks for `'report-sha256'`.
    `three_d_secure`: the buyers' banks are framed by the payment page, and its form posts to them."""

    name: str
    on_all_pages: bool
    with_hashes: bool
    three_d_secure: bool = False
    is_small: bool = False


DEPLOYMENTS = (
    Deployment("all pages, csp-hash", True, True),
    Deployment("all pages", True, False),
    Deployment("payment pages, csp-hash", False, True),
    Deployment("payment pages", False, False),
    Deployment("all pages, csp-hash, 3-D Secure", True, True, three_d_secure=True),
    Deployment("all pages, 3-D Secure", True, False, three_d_secure=True),
    Deployment("small shop, csp-hash", True, True, is_small=True),
    Deployment("small shop, csp-hash, 3-D Secure", True, True, three_d_secure=True, is_small=True),
)
