"""Firefox: report-uri with sorted keys, the Reporting API with an indentation of its own and `null`."""

import json

from wire.events import Integrity, Violation
from wire.json_text import compact, without_absent, without_fragment

# Loads that Firefox checks when there is no response yet, so that it has no status.
WITHOUT_STATUS = {"frame-src", "object-src", "frame-ancestors", "worker-src"}


def report_uri(page, policy, violation, disposition, user_agent):
    has_source = bool(violation.source)
    body = without_absent([
        ("blocked-uri", without_fragment(violation.blocked)),
        ("column-number", violation.column if has_source else 1),
        ("disposition", disposition),
        ("document-uri", page.url),
        ("effective-directive", violation.directive),
        ("line-number", violation.line or None),
        ("original-policy", policy),
        ("referrer", page.referrer),
        ("script-sample", violation.sample or None),
        ("source-file", violation.source or None),
        ("status-code", _status(page, violation)),
        ("violated-directive", violation.directive),
    ])
    headers = {
        "user-agent": user_agent,
        "accept": "*/*",
        "content-type": "application/csp-report",
        "origin": page.origin,
        "sec-fetch-dest": "report",
        "sec-fetch-mode": "no-cors",
        "sec-fetch-site": "cross-site",
    }
    return headers, compact({"csp-report": body})


def report_to(page, policy, events, disposition, user_agent):
    """One POST with all events. Firefox knows no csp-hash."""
    reports = []
    for event, age in events:
        match event:
            case Violation():
                kind, body = "csp-violation", _violation(page, policy, event, disposition)
            case Integrity():
                kind, body = "integrity-violation", _integrity(page, event)
            case _:
                continue
        reports.append(_report(age, kind, page.url, user_agent, body))
    headers = {
        "user-agent": user_agent,
        "accept": "*/*",
        "referer": page.origin + "/",
        "content-type": "application/reports+json",
        "origin": page.origin,
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "cross-site",
    }
    return [(headers, "[\n" + ",\n".join(reports) + "\n]")] if reports else []


def _violation(page, policy, event, disposition):
    has_source = bool(event.source)
    return {
        "documentURL": page.url,
        "blockedURL": without_fragment(event.blocked),
        "referrer": page.referrer or None,
        "effectiveDirective": event.directive,
        "originalPolicy": policy,
        "sourceFile": event.source or None,
        "sample": event.sample or None,
        "disposition": disposition,
        "statusCode": _status(page, event),
        "lineNumber": event.line if has_source else None,
        "columnNumber": event.column if has_source else None,
    }


def _integrity(page, event):
    return {
        "documentURL": page.url,
        "blockedURL": event.url,
        "destination": "script",
        "reportOnly": event.report_only,
    }


def _status(page, violation):
    return 0 if violation.directive in WITHOUT_STATUS else page.status


def _report(age, kind, url, user_agent, body):
    lines = [f'  "{key}": {_text(value)}' for key, value in [
        ("age", age), ("type", kind), ("url", url), ("user_agent", user_agent)]]
    inner = ",\n".join(f' "{key}": {_text(value)}' for key, value in body.items())
    return " {\n" + ",\n".join(lines) + ',\n  "body": {\n' + inner + "\n}\n\n }"


def _text(value):
    return json.dumps(value, ensure_ascii=False)
