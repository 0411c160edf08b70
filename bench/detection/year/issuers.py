"""The buyers' banks, where 3-D Secure is in the payment page: frames and forms of their access control servers."""

from itertools import accumulate

from wire import Violation
from year.lines import Events
from year.names import names

ISSUERS = 300
FALL = 0.9
# Share of the purchases that the bank wants confirmed in the page.
CHALLENGED = 0.06
# Access control servers that serve many banks.
SERVERS = ("secure5.arcot.com", "www.rsa3dsauth.co.uk", "poc.touch.tech")
# Seconds after the moment that the caller chooses.
LATER = 0.1
PAGE = "https://shop.example/checkout/payment"


class Issuers:
    """By rank: the large ones every day, most of them now and then."""

    def __init__(self, random):
        banks = [f"acs.{name}" for name in names(random, ISSUERS - len(SERVERS), "bank")]
        hosts = [*SERVERS, *banks]
        self._kinds = [_challenge(random, host) for host in hosts]
        self._weights = list(accumulate(1 / rank ** FALL for rank in range(1, ISSUERS + 1)))

    def challenge(self, random):
        """What the page of one buyer reports."""
        return random.choices(self._kinds, cum_weights=self._weights)[0]


def _challenge(random, host):
    frame = Violation("frame-src", f"https://{host}/")
    form = Violation("form-action", f"https://{host}/acspage/cap", PAGE, 88, 12)
    return Events.after(LATER, random.choices(((frame,), (frame, form), (form,)), (45, 35, 20))[0])
