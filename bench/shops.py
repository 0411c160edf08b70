"""Sites with a payment page, one for each run of a measurement."""

import http.client
import sys

from attacks import reports

SITE = """
[[site]]
name = "{name}"
hosts = ["{name}.example"]
  [[site.page_group]]
  name = "payment"
  paths = ["/checkout*"]
  payment = true
"""


def configured(count):
    """So many, for the end of a configuration file."""
    return "".join(SITE.format(name=shop(number)) for number in range(count))


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
