"""A trace under construction: requests, and who of their senders is a victim."""

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from random import Random

from world.people import network

DAY = 86400.0
HOUR = 3600.0
MINUTE = 60.0


def moment(text):
    """Seconds since 1970 of "2026-12-02T09:00" in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


def text_of(at):
    whole = datetime.fromtimestamp(round(at * 1000) // 1000, timezone.utc)
    return whole.strftime("%Y-%m-%dT%H:%M:%S") + f".{round(at * 1000) % 1000:03d}Z"


@dataclass
class Victim:
    """Whose card was on its way, and when the first report of it arrived."""

    address: str
    at: float
    browser: str

    @property
    def network(self):
        return network(self.address)


class Trace:
    """Deterministic: all chance comes out of `random`, which is seeded by the trace's name. `config`: the file
    that the trace runs with."""

    config = "shop.toml"

    def __init__(self, name, seed):
        self.name = name
        self.random = Random(f"{seed} {name}")
        self._requests = []
        self._victims = {}

    def post(self, at, address, headers, body, victim_of=None, browser=""):
        """A request of a client. `victim_of`: the theft that it tells of."""
        self._requests.append((round(at * 1000), len(self._requests), address, headers, body))
        if victim_of is not None:
            victims = self._victims.setdefault(victim_of, {})
            if address not in victims or at < victims[address].at:
                victims[address] = Victim(address, at, browser)

    def victims(self, theft):
        """In the order of their first reports."""
        return sorted(self._victims.get(theft, {}).values(), key=lambda victim: victim.at)

    def first_with(self, text):
        """When the first request with this text in its body arrives."""
        return min(at for at, _, _, _, body in self._requests if text in body) / 1000

    def second_network_with(self, text):
        """When it has come from two networks."""
        found = sorted((at, network(address)) for at, _, address, _, body in self._requests if text in body)
        return next(at for at, name in found if name != found[0][1]) / 1000

    def lines(self):
        """The requests in time order, one JSON object a line."""
        for at, _, address, headers, body in sorted(self._requests, key=lambda request: request[:2]):
            request = {
                "at": text_of(at / 1000), "client": address, "site": "shop", "tag": "",
                "headers": headers, "body": body,
            }
            yield json.dumps(request, ensure_ascii=False, separators=(",", ":"))

    def __len__(self):
        return len(self._requests)

    @property
    def days(self):
        """How long it lasts."""
        times = [request[0] for request in self._requests]
        return (max(times) - min(times)) / 1000 / DAY if times else 0.0
