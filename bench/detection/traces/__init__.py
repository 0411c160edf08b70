"""All traces. A trace is a function: it fills a `Trace` and returns the `Answer`."""

TRACES = {}
# Those of the second design, which run by themselves.
KINDS = {}


def trace(kind, into=TRACES):
    """Registers a trace under its function's name: `skimmer`, `not` or `attack`."""
    def register(function):
        into[function.__name__.replace("_", "-")] = (kind, function)
        return function
    return register


from traces import allowed, breaches, exfiltration, loaders, nameless, narrow, silence  # noqa: E402,F401
from traces import bugs, changes, networks, noise, tools  # noqa: E402,F401
from traces import disguise, forgeries  # noqa: E402,F401
from traces import chaff, decoys, hidden, imitation, innocent, places, prevalence, removed  # noqa: E402,F401
