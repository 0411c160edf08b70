"""A collector of many shops, each with a payment page: one for each run of a measurement."""

import http.client
import sys

from attacks import reports

# All limits are the defaults. X-Forwarded-For names the client.
CONFIG = """
[listen]
public = "127.0.0.1:{public}"
admin = "127.0.0.1:{admin}"
trusted_proxies = ["127.0.0.0/8"]
[clickhouse]
url = "http://127.0.0.1:{clickhouse}"
[journal]
dir = "{journal}"
"""

SITE = """
[[site]]
name = "{name}"
hosts = ["{name}.example"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
  payment = true
"""


def config(public, admin, clickhouse, journal, count):
    """A collector's configuration with so many shops. The first three are ports."""
    head = CONFIG.format(public=public, admin=admin, clickhouse=clickhouse, journal=journal)
    return head + "".join(SITE.format(name=shop(number)) for number in range(count))


def shop(number):
    return f"shop{number + 1:02}"


def post(port, number, destination, directive, client):
    """A violation on a shop's payment page, over a connection of its own."""
    name = shop(number)
    report = reports.violation(f"https://{name}.example/checkout", f"https://{destination}/", directive)
    headers = {"Content-Type": "application/reports+json", "X-Forwarded-For": client}
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", f"/report/{name}", reports.body_of([report]), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 204:
        sys.exit(f"{sys.argv[0]}: the report was answered {answer.status}")
