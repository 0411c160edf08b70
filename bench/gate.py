"""What `cspwatch gate` finds of planted breakages, and what it says of releases that broke nothing.

usage: bench/gate.py PROGRAM [SEED]

Three shops, with 10, 100 and 1,000 visits a minute to the payment page, each with a week of reports: forty violations that
some visitors always have, and adware that names other hosts for each few of them. In each shop, fifty releases break something,
ten of each kind below, and some break nothing. `gate --for 3m` must name what was broken and nothing else. Fails where it finds
fewer than 95 of 100 breakages that reach visitors at all, or says of more than one of 100 clean releases that it broke something.
"""

import json
import pathlib
import random
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

from services import Services, free_port

SIZES = (10, 100, 1000)
RELEASES, CLEAN = 50, 100
MINUTES = 3
FOUND_MIN, FALSE_MAX = 0.95, 1
# What a release breaks: the name, the directive, the verdict, what is blocked, and which share of the visits reports it.
KINDS = (
    ("a vendor lost from the policy", "connect-src", "known", "https", "lost-{n}.vendor.example", 0.6),
    ("a new script nobody allowed", "script-src-elem", "unknown", "https", "new-{n}.cdn.example", 0.3),
    ("inline code without a nonce", "script-src-elem", "other", "inline", "", 0.4),
    ("one engine only", "style-src-elem", "known", "https", "fonts-{n}.vendor.example", 0.1),
    ("a step that few visitors take", "frame-src", "unknown", "https", "step-{n}.wallet.example", 0.05),
)
# A hundredth of the visits has inline code of extensions that no rule knows.
INLINE = 0.01
TYPES = 40
ADWARE_SHARE, ADWARE_HOSTS = 0.005, 5_000

CONFIG = """
[listen]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
[journal]
dir = "{place}/journal"
[clickhouse]
url = "http://127.0.0.1:{http}"
"""
SITE = """
[[site]]
name = "{name}"
hosts = ["{name}.example"]
"""

REPORTS = """
INSERT INTO cspwatch.reports (batch_id, received_at, first_seen, last_seen, count, clients, site, page_group, kind, disposition,
    directive, channel, verdict, reason, destination, blocked_scheme, blocked_host, document_host, document_path, engine, fingerprint)
SELECT 'bench', at, at, at, visitors, visitors, '{site}', 'payment', 'csp', 'enforce', {directive}, 'send', {verdict}, '', {host},
       {scheme}, {host}, '{site}.example', '/checkout', ['chromium', 'firefox', 'webkit'][1 + rand() % 3],
       reinterpretAsUInt128(sipHash128({host}, {directive})) AS fingerprint
FROM ({rows})
WHERE visitors > 0
"""
SIGHTINGS = """
INSERT INTO cspwatch.sightings (batch_id, received_at, seen_at, site, page_group, destination, directive, disposition, channel,
    verdict, kind, document_path, client, fingerprint)
SELECT 'bench', at, at, '{site}', 'payment', {host}, {directive}, 'enforce', 'send', 'unknown', 'csp', '/checkout', rand64(),
       reinterpretAsUInt128(sipHash128({host}, {directive}))
FROM ({rows}) ARRAY JOIN range(visitors)
"""


def poisson(mean):
    """A number of visitors, from the columns `u` (even in 0 to 1) and `z` (normal). ClickHouse's own takes constant means only."""
    chances = f"arrayMap(k -> exp(k * log({mean}) - {mean} - lgamma(k + 1)), range(60))"
    few = f"arrayCount(c -> u > c, arrayCumSum({chances}))"
    return f"if({mean} > 30, toUInt64(greatest(0, round({mean} + sqrt({mean}) * z))), {few})"


VISITS = "{size} * (1 + 0.8 * sin(2 * pi() * (toHour(at) - 9) / 24)) AS visits, randCanonical() AS u, randNormal(0, 1) AS z"


class Shops:
    def __init__(self, services, seed):
        self.random = random.Random(seed)
        self.http = free_port()
        self.program = services.program
        services.clickhouse(self.http)
        self.config = pathlib.Path(f"{services.place}/cspwatch.toml")
        text = CONFIG.format(place=services.place, http=self.http, public=free_port(), admin=free_port())
        self.config.write_text(text + "".join(SITE.format(name=self.name(size)) for size in SIZES))
        migrated = self.run("migrate")
        if migrated.returncode != 0:
            sys.exit(migrated.stderr)
        self.now = int(self.sql("SELECT toUnixTimestamp(now())"))

    @staticmethod
    def name(size):
        return f"shop{size}"

    def run(self, *arguments):
        command = [self.program, *arguments, "--config", str(self.config)]
        return subprocess.run(command, capture_output=True, text=True)

    def sql(self, text):
        url = f"http://127.0.0.1:{self.http}/?" + urllib.parse.urlencode({"max_partitions_per_insert_block": "0"})
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=text.encode())) as answer:
                return answer.read().decode().strip()
        except urllib.error.HTTPError as error:
            sys.exit(f"{text}\n{error.read().decode(errors='replace')}")

    def insert(self, size, rows, unknown, **what):
        what = {"site": self.name(size), "rows": rows, **what}
        self.sql(REPORTS.format(**what))
        if unknown:
            self.sql(SIGHTINGS.format(**what))

    def week(self, size):
        """What is always reported: visits follow the day."""
        minutes = f"""
            SELECT toDateTime64({self.now} - 60 * (1 + number % 11520), 3, 'UTC') AS at, intDiv(number, 11520) AS type,
                   {VISITS.format(size=size)}
            FROM numbers(11520 * {{types}})"""
        often = poisson(f"(visits * pow(10, -3 + 1.5 * type / {TYPES}))")
        rows = f"SELECT at, type, {often} AS visitors FROM ({minutes.format(types=TYPES)})"
        host = "concat('always-', toString(type), '.vendor.example')"
        self.insert(size, rows, False, directive="'img-src'", verdict="'known'", scheme="'https'", host=host)
        rows = f"SELECT at, {poisson(f'(visits * {INLINE})')} AS visitors FROM ({minutes.format(types=1)})"
        self.insert(size, rows, False, directive="'script-src-elem'", verdict="'other'", scheme="'inline'", host="''")
        # A few hosts are common and most are rare.
        hosts = int(max(1, size * ADWARE_SHARE) * 2)
        rows = f"""
            SELECT at, toUInt32(pow({ADWARE_HOSTS}, rand(type) / 4294967295.0)) AS ad,
                   {poisson(f"(visits * {ADWARE_SHARE} / {hosts})")} AS visitors
            FROM ({minutes.format(types=hosts)})"""
        host = "concat('ad-', toString(ad), '.example')"
        # Each row draws its host once: both tables must have the same.
        self.sql("DROP TABLE IF EXISTS cspwatch.adware")
        self.sql(f"CREATE TABLE cspwatch.adware ENGINE = MergeTree ORDER BY at AS SELECT * FROM ({rows}) WHERE visitors > 0")
        adware = "SELECT at, ad, visitors FROM cspwatch.adware"
        self.insert(size, adware, True, directive="'connect-src'", verdict="'unknown'", scheme="'https'", host=host)

    def gate(self, size, since):
        since = self.sql(f"SELECT formatDateTime(toDateTime({since}, 'UTC'), '%Y-%m-%dT%H:%i:%SZ')")
        ended = self.run("gate", self.name(size), "--since", since, "--for", f"{MINUTES}m", "--json")
        lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
        if not lines:
            sys.exit(f"gate: {ended.stderr}")
        return json.loads(lines[0])["new"]

    def moments(self, count):
        """Times of the last two days, in steps of minutes that do not overlap."""
        steps = self.random.sample(range(2, 2 * 1440 // (2 * MINUTES)), count)
        return [self.now - 60 * 2 * MINUTES * step for step in steps]

    def broken(self, size, number, since):
        """Plants a breakage; returns its kind, what it blocks, and how many visitors it reached."""
        kind = KINDS[number % len(KINDS)]
        name, directive, verdict, scheme, host, share = kind
        host = host.format(n=number)
        rows = f"""
            SELECT at, {poisson(f"(visits * {share})")} AS visitors
            FROM (SELECT toDateTime64({since} + 60 * number, 3, 'UTC') AS at, {VISITS.format(size=size)} FROM numbers({MINUTES}))"""
        self.sql("DROP TABLE IF EXISTS cspwatch.planted")
        self.sql(f"CREATE TABLE cspwatch.planted ENGINE = MergeTree ORDER BY at AS SELECT * FROM ({rows})")
        what = {"directive": f"'{directive}'", "verdict": f"'{verdict}'", "scheme": f"'{scheme}'", "host": f"'{host}'"}
        self.insert(size, "SELECT at, visitors FROM cspwatch.planted", verdict == "unknown", **what)
        return name, host or scheme, int(self.sql("SELECT sum(visitors) FROM cspwatch.planted"))


def main():
    program, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with Services(program, "gate") as services:
        shops = Shops(services, seed)
        found, reached, false, wrong = {}, {}, 0, []
        for size in SIZES:
            shops.week(size)
            moments = shops.moments(RELEASES + CLEAN // len(SIZES) + 1)
            for since in moments[RELEASES:]:
                new = shops.gate(size, since)
                false += bool(new)
                wrong += [f"{size}: {one['blocked']} {one['visitors']} of {one['expected']:.1f}" for one in new]
            for number, since in enumerate(moments[:RELEASES]):
                kind, what, visitors = shops.broken(size, number, since)
                new = {one["blocked"] for one in shops.gate(size, since)}
                key = (kind, size)
                # Three visitors are what a finding takes.
                reached[key] = reached.get(key, 0) + (visitors >= 3)
                found[key] = found.get(key, 0) + (what in new and visitors >= 3)
                wrong += [f"{size}, beside {what}: {other}" for other in new - {what}]
    print("| what a release broke | " + " | ".join(f"{size} visits a minute" for size in SIZES) + " |")
    print("| --- |" + " --- |" * len(SIZES))
    for kind, *_ in KINDS:
        cells = (f"{found[kind, size]} of {reached[kind, size]}" for size in SIZES)
        print(f"| {kind} | " + " | ".join(cells) + " |")
    share = sum(found.values()) / sum(reached.values())
    clean = len(SIZES) * (CLEAN // len(SIZES) + 1)
    print(f"\nfound within {MINUTES} minutes: {100 * share:.1f} % of those that reached three visitors")
    print(f"clean releases that were said to break something: {false} of {clean}")
    for line in wrong:
        print(f"wrong: {line}")
    if share < FOUND_MIN or false > FALSE_MAX:
        sys.exit("a goal is missed")


main()
