"""Bodies full of reports, made beforehand; before a body is sent, its marks are replaced by fresh digits."""

import json
import random

REPORTS_PER_BODY = 100
# Stands wherever a report has to differ from those of all other bodies.
MARK = b"zzzzzzzz"

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
DIRECTIVES = ("connect-src", "form-action", "script-src-elem", "img-src", "frame-src")
KINDS = (
    "coep",
    "coop",
    "crash",
    "csp-hash",
    "deprecation",
    "document-policy-violation",
    "integrity-violation",
    "intervention",
    "network-error",
    "permissions-policy-violation",
)
WORDS = ("garden", "winter", "shoes", "summer", "kitchen", "letter", "window", "flower")
PAGES = ("/checkout", "/", "/cart/pay", "/catalogue")


def violation(document, blocked, directive, policy="default-src 'self'; report-to csp"):
    """A report as Chromium sends it."""
    body = {
        "documentURL": document,
        "referrer": "",
        "effectiveDirective": directive,
        "originalPolicy": policy,
        "disposition": "enforce",
        "blockedURL": blocked,
        "lineNumber": 7,
        "columnNumber": 9,
        "sourceFile": document,
        "statusCode": 200,
        "sample": "",
    }
    return {"type": "csp-violation", "age": 0, "url": document, "user_agent": AGENT, "body": body}


def body_of(reports):
    return json.dumps(reports, separators=(",", ":")).encode()


def forged(host, number):
    """A report of a destination and under a policy that no other report has."""
    chance = random.Random(number)
    document = f"https://{host}{chance.choice(PAGES)}"
    blocked = f"https://f{number}-zzzzzzzz.example/{chance.randbytes(4).hex()}"
    policy = f"default-src 'self' https://p{number}-zzzzzzzz.example; report-to csp"
    return violation(document, blocked, chance.choice(DIRECTIVES), policy)


def heavy(number):
    """A report of which as much is kept as of any."""
    words = "/".join(random.Random(number).choices(WORDS, k=150))
    page = f"https://shop.example/{words}"
    report = violation(page, f"https://h{number}-zzzzzzzz.example/{words}", "connect-src")
    report["body"]["sample"] = words[:250]
    return report


def heavy_body(first):
    return body_of([heavy(number) for number in range(first, first + REPORTS_PER_BODY)])


def of_kind(kind, host):
    document = f"https://{host}/"
    body = {"documentURL": document, "blockedURL": f"https://{host}/a-zzzzzzzz.js", "id": "a", "message": "b"}
    return {"type": kind, "age": 0, "url": document, "user_agent": AGENT, "body": body}


def forged_bodies(hosts, bodies=64):
    """Full bodies of forged reports on pages of these hosts, in turn."""
    numbers = range(bodies * REPORTS_PER_BODY)
    reports = [forged(hosts[number % len(hosts)], number) for number in numbers]
    return [body_of(reports[first : first + REPORTS_PER_BODY]) for first in numbers[::REPORTS_PER_BODY]]


def kinds_bodies(hosts):
    """Bodies with a report of each kind for each of these hosts."""
    reports = [of_kind(kind, host) for host in hosts for kind in KINDS]
    firsts = range(0, len(reports), REPORTS_PER_BODY)
    return [body_of(reports[first : first + REPORTS_PER_BODY]) for first in firsts]


def fresh(body):
    """The body, different from all before."""
    return body.replace(MARK, random.randbytes(4).hex().encode())
