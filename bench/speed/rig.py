"""What is measured: a collector that stores in a real ClickHouse, and the floors, each alone on its core; the load
and ClickHouse on others."""

import os
import sys
import time

from attacks.rig import CONFIG, make_certificate
from services import PENDING, Services, answers, free_port, memory, metric, query, until

# What follows the section `journal`, and the rest of that.
MORE = """durability = "{durability}"
seal_every = "{seal_every}"
[limits]
per_client = "{quota}"
[[site]]
name = "shop"
hosts = ["shop.example", "*.shop.example"]
known = ["*.stripe.com", "*.paypal.com", "*.criteo.com", "*.criteo.net", "*.hotjar.com", "*.clarity.ms"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
  payment = true
"""


class Server:
    """A process that takes reports."""

    def __init__(self, process, url, admin=None):
        self.process, self.url, self.admin = process, url, admin

    def cpu(self):
        """Seconds of CPU of all its threads so far, by the process's own clock (clock_getcpuclockid)."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def rss(self):
        return memory(self.process, "VmRSS")

    def peak(self):
        return memory(self.process, "VmHWM")

    def rest(self):
        """Waits until what came is in ClickHouse, so that its sending is on the bill of who took it."""
        if self.admin is None:
            return
        # Seldom: to show the metrics is work, too.
        while metric(self.admin, PENDING) != 0:
            time.sleep(0.5)


class Rig(Services):
    """A ClickHouse for all; collectors and floors as they are wanted."""

    def __init__(self, program, tools):
        super().__init__(program, "speed")
        self.tools = tools
        self.cores = sorted(os.sched_getaffinity(0))
        self.use(threads=1)

    def use(self, threads):
        """So many cores are the server's, the others the load's."""
        if len(self.cores) <= threads:
            sys.exit(f"bench/run speed: {threads} for the server and one for the load are more cores than there are")
        self.threads = threads
        self.measured_cores = self.cores[:threads]
        self.server_cores = on(self.cores[:threads])
        self.load_cores = on(self.cores[threads:])

    def __enter__(self):
        make_certificate(self.place)
        self.clickhouse_port = free_port()
        # It has a core only while the load has nothing to do: it would be on another machine, and its INSERTs must not delay
        # requests on their way to the collector.
        self.clickhouse(self.clickhouse_port, ("chrt", "--idle", "0", *on(self.cores[-1:])))
        return self

    def config(self, database, durability="disk", seal_every="5s", quota="0"):
        """A configuration, and where it listens."""
        ports = {"http": free_port(), "https": free_port(), "admin": free_port()}
        text = CONFIG.format(
            **ports,
            place=self.place,
            clickhouse=self.clickhouse_port,
            database=database,
            sites=MORE.format(durability=durability, seal_every=seal_every, quota=quota),
        )
        return text, ports

    def collector_for(self, name, scenario):
        text, ports = self.config(name.replace("-", "_"), scenario.durability, quota=scenario.quota)
        process = self.collector(text, ports["admin"], self.server_cores)
        until("the tables are there", lambda: answers(f"http://127.0.0.1:{ports['admin']}/readyz"))
        return Server(process, url(ports, scenario.over_tls), ports["admin"])

    def floor(self, mode, over_tls, under=()):
        ports = {"http": free_port()}
        ports["https"] = ports["http"]
        command = [f"{self.tools}/floor", "--mode", mode, "--listen", f"127.0.0.1:{ports['http']}"]
        command += ["--threads", str(self.threads)]
        if over_tls:
            command += ["--tls", f"{self.place}/cert.pem", f"{self.place}/key.pem"]
        process = self.start(*(under or self.server_cores), *command)
        until("the floor listens", lambda: listens(ports["http"]))
        return Server(process, url(ports, over_tls))

    def forget(self, name):
        database = name.replace("-", "_")
        query(self.clickhouse_port, f"DROP DATABASE IF EXISTS {database} SYNC")


def core_seconds(cores):
    """Seconds that processes used of these cores so far, without what interrupts took."""
    ticks = 0
    with open("/proc/stat") as stat:
        for line in stat:
            name, *fields = line.split()
            if name in (f"cpu{core}" for core in cores):
                ticks += sum(map(int, fields[:3]))
    return ticks / os.sysconf("SC_CLK_TCK")


def on(cores):
    return ("taskset", "-c", ",".join(map(str, cores)))


def url(ports, over_tls):
    scheme = "https" if over_tls else "http"
    return f"{scheme}://127.0.0.1:{ports[scheme]}/report/shop"


def listens(port):
    with open("/proc/net/tcp") as table:
        # State 0A is LISTEN.
        return any(f":{port:04X} 00000000:0000 0A" in line for line in table)
