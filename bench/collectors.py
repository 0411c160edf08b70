"""Three collectors behind nginx: how long until all know what one has seen, and until all follow a decision.

usage: bench/collectors.py PROGRAM [RUNS]

PROGRAM is a release build of cspwatch. Each of RUNS (20) destinations is reported by three networks through nginx (the
shipped deploy/nginx/cspwatch.conf), then approved. Fails where an approval does not silence all within 10 s, or where
what the collectors have counted is not what was sent.
"""

import pathlib
import statistics
import subprocess
import sys
import time

import shops
from services import Services, answers, free_port, scrape, until

COLLECTORS = 3
AROUND = "tests/support/nginx.conf"
SHIPPED = "deploy/nginx/cspwatch.conf"
CLIENTS = 3
SILENT_SECONDS_MAX = 10

PRIVACY = """
[privacy]
client_key_file = "{place}/secret"
"""


class Rig:
    """Three collectors and who stands before them."""

    def __init__(self, services, runs):
        clickhouse, self.balancer = free_port(), free_port()
        services.clickhouse(clickhouse)
        pathlib.Path(f"{services.place}/secret").write_text("one secret of all collectors")
        server = pathlib.Path(SHIPPED).read_text().replace("127.0.0.1:18080", f"127.0.0.1:{self.balancer}")
        self.admins = []
        for number in range(COLLECTORS):
            public, admin = free_port(), free_port()
            # A shop for each run: many new destinations of one site are a flood, and then only those page that stand out.
            config = shops.config(public, admin, clickhouse, f"{services.place}/journal-{number}", runs)
            services.collector(config + PRIVACY.format(place=services.place), admin)
            server = server.replace(f"127.0.0.1:{18081 + number}", f"127.0.0.1:{public}")
            self.admins.append(admin)
        # That of the last one: all have the same ClickHouse.
        self.config = f"{services.place}/cspwatch.toml"
        self.program = services.program
        nginx = pathlib.Path(f"{services.place}/nginx.conf")
        nginx.write_text(pathlib.Path(AROUND).read_text().replace("@PLACE@", services.place).replace("@SERVER@", server))
        services.start("nginx", "-p", services.place, "-e", "stderr", "-c", nginx)
        until("nginx answers", lambda: answers(f"http://127.0.0.1:{self.balancer}/sri.js"))

    def post(self, destination, run):
        """The same violation from networks that reported nothing else."""
        for number in range(CLIENTS):
            shops.post(self.balancer, run, destination, "connect-src", f"10.{run}.{number}.7")

    def clients(self, destination):
        """How many clients each collector knows of, where it raises a page."""
        return [value(admin, "clients", destination) for admin in self.admins]

    def counted(self, destination):
        """Reports of all collectors together."""
        return sum(value(admin, "reports_total", destination) for admin in self.admins)

    def approve(self, destination, run):
        decision = ["destinations", "approve", destination, "--site", shops.shop(run), "--by", "bench", "--why", "bench"]
        subprocess.run([self.program, *decision, "--config", self.config], check=True, stdout=subprocess.DEVNULL)


def value(admin, name, destination):
    start, of = f"cspwatch_unknown_destination_{name}{{", f'destination="{destination}"'
    lines = (line for line in scrape(admin).splitlines() if line.startswith(start))
    return sum(float(line.split()[-1]) for line in lines if of in line and 'severity="page"' in line)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    runs = int(sys.argv[2]) if len(sys.argv) == 3 else 20
    known, silent = [], []
    with Services(sys.argv[1], "collectors") as services:
        rig = Rig(services, runs)
        for run in range(runs):
            destination = f"thief{run + 1:02}.example"
            started = time.monotonic()
            rig.post(destination, run)
            until("all know all witnesses", lambda: rig.clients(destination) == [CLIENTS] * COLLECTORS, 60)
            known.append(time.monotonic() - started)
            if (counted := rig.counted(destination)) != CLIENTS:
                sys.exit(f"bench/collectors.py: {counted} reports counted, {CLIENTS} were sent")
            rig.approve(destination, run)
            started = time.monotonic()
            until("all are silent", lambda: rig.clients(destination) == [0] * COLLECTORS, 60)
            silent.append(time.monotonic() - started)
    print("| seconds until all collectors | median | most |\n| --- | ---: | ---: |")
    for what, seconds in (("know what the three have seen", known), ("follow a decision", silent)):
        print(f"| {what} | {statistics.median(seconds):.1f} | {max(seconds):.1f} |")
    if max(silent) > SILENT_SECONDS_MAX:
        sys.exit(f"bench/collectors.py: a decision took more than {SILENT_SECONDS_MAX} s")


main()
