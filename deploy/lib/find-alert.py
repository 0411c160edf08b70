"""Looks for a firing alert in the file that alert-receiver.py writes, and prints it.

usage: find-alert.py FILE ALERTNAME DESTINATION SINCE

SINCE is the time of the first report in seconds since 1970. Exit code 0 = found, 1 = not yet.
"""

import json
import sys


def find(path, alertname, destination):
    try:
        lines = open(path, encoding="utf-8").read().splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        try:
            webhook = json.loads(line)
        except ValueError:
            continue  # The last line, still being written.
        for alert in webhook.get("alerts", []):
            labels = alert.get("labels", {})
            wanted = (labels.get("alertname"), labels.get("destination"))
            if alert.get("status") == "firing" and wanted == (alertname, destination):
                return webhook, alert
    return None


def show(webhook, alert, since):
    print(f"  received      {webhook['receivedAt'] - since:.1f} s after the first report")
    print(f"  receiver      {webhook.get('receiver', '')}")
    for title in ("labels", "annotations"):
        print(f"  {title}")
        for name, value in sorted(alert.get(title, {}).items()):
            print(f"    {name:<13} {value}")


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    path, alertname, destination, since = sys.argv[1:]
    found = find(path, alertname, destination)
    if found is None:
        sys.exit(1)
    show(*found, float(since))


main()
