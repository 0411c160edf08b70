"""WebKit: one object a POST for CSP by either channel, `Origin: null`, default ports written out; the other
types as arrays of one."""

from urllib.parse import urlsplit

from wire.events import Hash, Integrity, Violation
from wire.json_text import compact, without_absent, without_fragment

PORTS = {"https": 443, "wss": 443, "http": 80, "ws": 80}
# Reported as the origin alone, without a port.
ORIGIN_ONLY = {"frame-src", "object-src"}


def report_uri(page, policy, violation, disposition, user_agent):
    """Without the disposition, without a sample, with the status 0."""
    has_source = bool(violation.source)
    body = without_absent([
        ("document-uri", page.url),
        ("referrer", page.referrer),
        ("violated-directive", violation.directive),
        ("effective-directive", violation.directive),
        ("original-policy", policy),
        ("blocked-uri", without_fragment(violation.blocked)),
        ("status-code", 0),
        ("source-file", violation.source or None),
        ("line-number", violation.line if has_source else None),
        ("column-number", violation.column if has_source else None),
    ])
    return _csp_headers(page, user_agent), compact(
        {"type": "csp-violation", "url": page.url, "csp-report": body})


def report_to(page, policy, events, disposition, user_agent):
    """One POST for each event."""
    requests = []
    for event, _ in events:
        match event:
            case Violation():
                body = compact({
                    "type": "csp-violation",
                    "url": page.url,
                    "body": _violation(page, policy, event, disposition),
                })
                requests.append((_csp_headers(page, user_agent), body))
            case Hash() | Integrity():
                body = compact([_other(page, event, user_agent)])
                requests.append((_other_headers(page, user_agent), body))
    return requests


def _violation(page, policy, event, disposition):
    has_source = bool(event.source)
    blocked = event.blocked if event.directive in ORIGIN_ONLY else with_port(event.blocked)
    # What the document's own markup did is placed without a column and without a port.
    is_markup = event.source == page.url and event.column == 1
    return {
        "documentURL": page.url,
        "disposition": disposition,
        "referrer": page.referrer,
        "effectiveDirective": event.directive,
        "blockedURL": blocked,
        "originalPolicy": policy,
        "statusCode": page.status,
        "sample": event.sample,
        "sourceFile": with_port(event.source) if has_source and not is_markup else page.url,
        "lineNumber": event.line if has_source else 0,
        "columnNumber": event.column if has_source else 1,
    }


def _other(page, event, user_agent):
    envelope = {"user_agent": user_agent, "age": 0, "attempts": 0, "url": page.url}
    if isinstance(event, Hash):
        body = {
            "documentURL": page.url,
            "subresourceURL": event.url,
            "hash": event.hash,
            "type": "subresource",
            "destination": "script",
        }
        order = ("body", "type", "user_agent", "age", "attempts", "url")
        report = envelope | {"body": body, "type": "csp-hash"}
    else:
        body = {
            "documentURL": page.url,
            "blockedURL": event.url,
            "destination": "script",
            "reportOnly": event.report_only,
        }
        order = ("body", "user_agent", "destination", "type", "age", "attempts", "url")
        report = envelope | {"body": body, "type": "integrity-violation", "destination": "integrity-endpoint"}
    return {key: report[key] for key in order}


def with_port(url):
    """WebKit writes the default port of a hierarchical URL out; after it the host once more where the URL had
    a fragment, which no engine reports."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.netloc or ":" in parts.netloc:
        return url
    again = parts.netloc if parts.fragment else ""
    port = f"{parts.netloc}:{PORTS[parts.scheme]}{again}"
    return parts._replace(netloc=port, fragment="").geturl()


def _csp_headers(page, user_agent):
    return {
        "content-type": "application/csp-report",
        "origin": "null",
        "user-agent": user_agent,
        "referer": page.origin + "/",
        "accept": "*/*",
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "no-cors",
        "sec-fetch-site": "cross-site",
    }


def _other_headers(page, user_agent):
    return {
        "content-type": "application/reports+json",
        "referer": page.origin + "/",
        "accept": "*/*",
        "origin": page.origin,
        "user-agent": user_agent,
        "sec-fetch-dest": "report",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "cross-site",
    }
