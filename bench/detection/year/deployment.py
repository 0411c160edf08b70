"""How the shop uses the collector: which pages carry the policy, whether they ask for hashes or count page views, where 3-D
Secure is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deployment:
    """`on_all_pages`: else on the payment pages only. `with_hashes`: the policy asks for `'report-sha256'`.
    `census`: the client script counts one of so many views of the payment pages; 0: none.
    `three_d_secure`: the buyers' banks are framed by the payment page, and its form posts to them."""

    name: str
    on_all_pages: bool
    with_hashes: bool
    three_d_secure: bool = False
    is_small: bool = False
    census: int = 0


DEPLOYMENTS = (
    Deployment("all pages, csp-hash", True, True),
    Deployment("all pages", True, False),
    Deployment("payment pages, csp-hash", False, True),
    Deployment("payment pages", False, False),
    Deployment("payment pages, census", False, False, census=1),
    Deployment("payment pages, census of one in ten", False, False, census=10),
    Deployment("all pages, csp-hash, 3-D Secure", True, True, three_d_secure=True),
    Deployment("all pages, 3-D Secure", True, False, three_d_secure=True),
    Deployment("small shop, csp-hash", True, True, is_small=True),
    Deployment("small shop, csp-hash, 3-D Secure", True, True, three_d_secure=True, is_small=True),
)
