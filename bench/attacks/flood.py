"""Floods: requests one after the other, as fast as they are answered, in the name of clients all over."""

import random

from attacks import reports, wire
from attacks.exhaustion import Hold, crowd

# Attackers at the same time. Each waits for one answer, which has to wait for the disk.
POSTERS = 8

FORGED = 5_000_000
# Enough to fill every table of a collector that has no sites configured.
DISCOVERING = 1_000_000

SITES = ("shop", "news", "bank")
HOSTS = [f"{site}.example" for site in SITES]
PATHS = ("/report", *(f"/report/{site}" for site in SITES))


def one_network():
    """A client of 65,536, all of one provider's customer."""
    return f"2001:db8:6:{random.getrandbits(16):x}::1"


def anywhere():
    """A client whose network hardly any other has."""
    return f"2{random.getrandbits(8):03x}:{random.getrandbits(16):x}:{random.getrandbits(16):x}::1"


def post_forged(tally, target, number, bodies, paths, client, goal):
    """Posts fresh forged reports to these paths, now and then to one that is not there."""
    link = wire.Link(tally, target.http, number)
    sent = 0
    while not tally.is_over and sent < goal:
        path = random.choice(paths if random.random() < 0.98 else ("/report/nobody",))
        body = reports.fresh(bodies[sent // reports.REPORTS_PER_BODY % len(bodies)])
        status = link.ask(wire.post(body, path, wire.forwarded_for(client())))
        tally.count_answer(status, reports.REPORTS_PER_BODY)
        sent += reports.REPORTS_PER_BODY if status == 204 else 0


def post_again(tally, target, number, requests):
    """Posts the same few requests again and again."""
    link = wire.Link(tally, target.http, number)
    position = 0
    while not tally.is_over:
        tally.count_answer(link.ask(requests[position % len(requests)]), 1)
        position += 1


def duplicates(attackers, target):
    report = reports.violation("https://shop.example/checkout", "https://repeated.example/", "connect-src")
    request = wire.post(reports.body_of([report]), headers=wire.forwarded_for("203.0.113.9"))
    attackers.add(post_again, target, POSTERS, [request])


def forge(attackers, target, bodies, client, goal, paths=PATHS):
    for number in range(POSTERS):
        share = bodies[number % len(bodies) :] + bodies[: number % len(bodies)]
        attackers.add(post_forged, target, number, share, paths, client, goal // POSTERS, until_done=True)


def forged(attackers, target):
    forge(attackers, target, reports.forged_bodies(HOSTS + ["shop.example"]), one_network, FORGED)
    duplicates(attackers, target)


def forged_spread(attackers, target):
    forge(attackers, target, reports.forged_bodies(HOSTS), anywhere, FORGED)


def zero_config(attackers, target):
    """Sites, kinds and destinations without end: some hosts come again and again, others never."""
    again = [f"site{number}.example" for number in range(400)]
    never = [f"site{number}-zzzzzzzz.example" for number in range(50)]
    bodies = reports.kinds_bodies(again) + reports.forged_bodies(again, 192)
    bodies += reports.forged_bodies(never, 64)
    forge(attackers, target, bodies, anywhere, DISCOVERING, paths=["/report"])


class Heavy(Hold):
    """A full body of the largest reports, in the name of a client that has its quota to itself."""

    bodies = [reports.heavy_body(first) for first in range(0, 800, reports.REPORTS_PER_BODY)]
    is_over_when_answered = True

    def __init__(self):
        body = reports.fresh(random.choice(self.bodies))
        self.opening = wire.post(body, headers=wire.forwarded_for(anywhere()))


def heavy_reports(attackers, target):
    """As many at once as all bodies in flight may have."""
    crowd(attackers, target.http, Heavy, 800)


def bombs():
    """Bodies just below the limit that are hard to read or hard to clean."""
    room = 1_000_000
    names = (f'"k{number}":{{}}' for number in range(room // 14))
    escapes = r"\u0041\ud83d\ude00\n" * (room // 24)
    # Every beginning of a token, and nothing that ends one.
    address = "https://evil.example/" + "eyJ" * 21_800
    long = reports.violation("https://shop.example/", address, "connect-src")
    sample = reports.violation("https://shop.example/", "inline", "script-src-elem")
    with_escapes = reports.body_of([sample]).replace(b'"sample":""', b'"sample":"%s"' % escapes.encode())
    address = "https://evil.example/" + "4111" * 16_000
    digits = reports.violation("https://shop.example/", address, "connect-src")
    bodies = [
        b"[" * room,
        b'{"a":' * (room // 5),
        ("{" + ",".join(names) + "}").encode(),
        b"[" + b"{}," * (room // 3) + b"{}]",
        b'{"csp-report":' * (room // 14),
        with_escapes,
        reports.body_of([long] * 15),
        reports.body_of([digits] * 15),
        b'"' + b"\\" * room,
    ]
    return [wire.post(body, headers=wire.forwarded_for("203.0.113.9")) for body in bodies]


def json_bombs(attackers, target):
    for number in range(POSTERS):
        requests = bombs()
        attackers.add(post_again, target, number, requests[number:] + requests[:number])


def xff(attackers, target):
    """Lists of addresses as long as a head may be, longer ones, and what is no list at all."""
    report = reports.violation("https://shop.example/checkout", "https://repeated.example/", "connect-src")
    body = reports.body_of([report])
    hops = ", ".join(f"127.0.{number % 256}.1" for number in range(1_200))
    lists = [
        wire.forwarded_for(hops),
        wire.forwarded_for(hops * 4),
        wire.forwarded_for("," * 15_000),
        wire.forwarded_for("198.51.100.7, " * 1_000 + "203.0.113.9"),
        "".join(wire.forwarded_for("::ffff:127.0.0.1, " * 12) for _ in range(50)),
        "".join(wire.forwarded_for("127.0.0.1") for _ in range(200)),
        "Forwarded: " + 'for="[::1;]:x";by==;' * 700 + "\r\n",
        "Forwarded: " + "for=\"\xff\xfe\x01[" * 300 + "\r\n",
        "Forwarded: " + "for=127.0.0.1," * 1_000 + "for=_hidden\r\n",
    ]
    requests = [wire.post(body, headers=headers) for headers in lists]
    for number in range(POSTERS):
        attackers.add(post_again, target, number, requests[number:] + requests[:number])
