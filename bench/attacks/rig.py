"""What is attacked: a fresh collector with a database of its own, on a ClickHouse that all attacks share."""

import subprocess
from dataclasses import dataclass

from services import Services, free_port, query

SITES = """
[[site]]
name = "shop"
hosts = ["shop.example"]
known = ["cdn.example"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*", "/cart/pay*"]
  payment = true
[[site]]
name = "news"
hosts = ["news.example"]
[[site]]
name = "bank"
hosts = ["bank.example"]
"""

# All limits are the defaults. X-Forwarded-For names the client, so that clients can be of any network.
CONFIG = """
[listen]
public = "127.0.0.1:{http}"
public_tls = "127.0.0.1:{https}"
admin = "127.0.0.1:{admin}"
tls_cert = "{place}/cert.pem"
tls_key = "{place}/key.pem"
trusted_proxies = ["127.0.0.0/8"]
[clickhouse]
url = "http://127.0.0.1:{clickhouse}"
database = "{database}"
[journal]
dir = "{place}/journal-{database}"
{sites}
"""


@dataclass
class Target:
    """Where a collector listens, and on which of its ports the attack is."""

    http: int
    https: int
    admin: int
    over_tls: bool


class Rig(Services):
    """A ClickHouse and a certificate for all attacks; a collector for each."""

    def __enter__(self):
        self.clickhouse_port = free_port()
        self.clickhouse(self.clickhouse_port)
        make_certificate(self.place)
        return self

    def collector_for(self, name, sites, over_tls):
        target = Target(free_port(), free_port(), free_port(), over_tls)
        config = CONFIG.format(
            http=target.http,
            https=target.https,
            admin=target.admin,
            place=self.place,
            clickhouse=self.clickhouse_port,
            database=name,
            sites=sites,
        )
        return target, self.collector(config, target.admin)

    def forget(self, database):
        query(self.clickhouse_port, f"DROP DATABASE IF EXISTS {database} SYNC")


def make_certificate(place):
    names = ["-subj", "/CN=c", "-addext", "subjectAltName=DNS:c"]
    files = ["-keyout", f"{place}/key.pem", "-out", f"{place}/cert.pem"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = ["openssl", "req", "-x509", "-days", "2", *key, *names, *files]
    subprocess.run(command, check=True, capture_output=True)
