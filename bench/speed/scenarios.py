"""What is sent to the collector and to the floors."""

from dataclasses import dataclass, field

# As fast as the collector goes, but for so much that a moment's disturbance does not make a queue for good.
NEARLY_ALL = 0.9


@dataclass
class Scenario:
    """A way to send reports, and the share of the collector's saturation that is driven."""

    name: str
    options: list = field(default_factory=list)
    over_tls: bool = False
    durability: str = "disk"
    share: float = NEARLY_ALL
    # `limits.per_client`; "0" is none.
    quota: str = "0"
    # Threads of the server, each on a core of its own.
    threads: int = 1
    # Instead of what is usual; then there is one round.
    seconds: int = None
    # Whether it is driven only when it is named.
    only_named: bool = False
    # The most memory that it may take, in MiB.
    peak_max: int = None


def load(connections, repetitions=0.95, *others):
    return ["--connections", str(connections), "--repetitions", str(repetitions), *others]


SCENARIOS = {
    "repeated": Scenario("95 % repetitions, 64 connections", load(64)),
    "repeated512": Scenario("95 % repetitions, 512 connections", load(512)),
    "distinct": Scenario("all distinct, 64 connections", load(64, 0)),
    "distinct512": Scenario("all distinct, 512 connections", load(512, 0)),
    "new": Scenario("a new connection for each", load(64, 0.95, "--new-connections")),
    "tls": Scenario("TLS, kept connections", load(64), over_tls=True),
    "resumed": Scenario("TLS, new and resumed", load(64, 0.95, "--new-connections"), over_tls=True),
    "full": Scenario(
        "TLS, new and not resumed", load(64, 0.95, "--new-connections", "--no-resumption"), over_tls=True
    ),
    "h2": Scenario("HTTP/2, 16 connections of 4 streams", load(16, 0.95, "--h2"), over_tls=True),
    "half": Scenario("half of saturation", load(64), share=0.5),
    "half-os": Scenario("half of saturation, `os`", load(64), durability="os", share=0.5),
    "threads": Scenario("two threads", load(64), threads=2, only_named=True),
    # Long enough at 7,000 requests a second; hardly a client comes twice, and each is remembered with its quota.
    "million": Scenario(
        "a million clients and violations",
        load(64, 0, "--clients", "10000000"),
        quota="1000000/min",
        seconds=150,
        only_named=True,
        peak_max=256,
    ),
}
