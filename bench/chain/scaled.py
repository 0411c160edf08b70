"""The shipped rules and routes with all their durations divided by a scale, so that a day takes minutes."""

import json
import re
import subprocess
import sys

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"\b(\d+)(ms|[smhd])\b")
# The seconds that expressions compare ages with.
AGES = re.compile(r"(?<![\w.])(86400|3600|900|300|120|60)(?![\w.])")


def milliseconds(seconds):
    return f"{max(1, round(1000 * seconds))}ms"


def duration(text, scale):
    return DURATION.sub(lambda found: milliseconds(int(found[1]) * SECONDS[found[2]] / scale), text)


def expression(text, scale):
    text = re.sub(r"\[[^\]]*\]", lambda found: duration(found[0], scale), text)
    return AGES.sub(lambda found: f"({found[1]} / {scale})", text)


def read(path):
    """A YAML file. PyYAML is no part of Python: the one of the tests has it."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)"
    found = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    if found.returncode:
        sys.exit(f"bench/chain: {path} cannot be read: {found.stderr.splitlines()[-1]}; install PyYAML")
    return json.loads(found.stdout)


def rules(path, scale):
    """The rules of a file. Prometheus reads JSON, too."""
    shipped = read(path)
    for group in shipped["groups"]:
        group.pop("interval", None)
        for rule in group["rules"]:
            rule["expr"] = expression(rule["expr"], scale)
            for key in ("for", "keep_firing_for"):
                if key in rule:
                    rule[key] = duration(rule[key], scale)
    return shipped


def routes(path, scale, receiver):
    """The configuration of Alertmanager, with one receiver for each name, which hears its name in the path."""
    shipped = read(path)

    def scale_route(route):
        for key in ("group_wait", "group_interval", "repeat_interval"):
            if key in route:
                route[key] = duration(route[key], scale)
        for inner in route.get("routes", []):
            scale_route(inner)

    scale_route(shipped["route"])
    for one in shipped["receivers"]:
        name = one["name"]
        hook = {"url": f"http://127.0.0.1:{receiver}/{name}", "send_resolved": True}
        one.clear()
        one |= {"name": name, "webhook_configs": [hook]}
    shipped.pop("templates", None)
    return shipped
