"""Chromium: report-uri is one object a POST; the Reporting API sends arrays with sorted keys and without any
Sec-Fetch header."""

from wire.events import Hash, Integrity, Violation
from wire.json_text import compact, without_absent, without_fragment

# Elements whose violation Chromium places at the parser's position in the document.
PARSER_PLACED = {"img-src", "frame-src", "media-src", "font-src", "form-action"}


def report_uri(page, policy, violation, disposition, user_agent):
    place = _place(page, violation)
    body = without_absent([
        ("document-uri", page.url),
        ("referrer", page.referrer),
        ("violated-directive", violation.directive),
        ("effective-directive", violation.directive),
        ("original-policy", policy),
        ("disposition", disposition),
        ("blocked-uri", without_fragment(violation.blocked)),
        ("line-number", place.get("lineNumber")),
        ("column-number", place.get("columnNumber")),
        ("source-file", place.get("sourceFile")),
        ("status-code", page.status),
        ("script-sample", violation.sample),
    ])
    headers = {
        "user-agent": user_agent,
        "content-type": "application/csp-report",
        "accept": "*/*",
        "origin": page.origin,
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "no-cors",
        "sec-fetch-dest": "report",
        "referer": page.origin + "/",
    }
    return headers, compact({"csp-report": body})


def report_to(page, policy, events, disposition, user_agent):
    """One POST with all events, each with its age in milliseconds."""
    reports = []
    for event, age in events:
        kind, body = _body(page, policy, event, disposition)
        body = {key: body[key] for key in sorted(body)}
        report = {"age": age, "body": body, "type": kind, "url": page.url, "user_agent": user_agent}
        reports.append(report)
    headers = {
        "content-type": "application/reports+json",
        "origin": page.origin,
        "user-agent": user_agent,
    }
    return [(headers, compact(reports))]


def _body(page, policy, event, disposition):
    match event:
        case Violation():
            return "csp-violation", {
                "documentURL": page.url,
                "referrer": page.referrer,
                "blockedURL": without_fragment(event.blocked),
                "effectiveDirective": event.directive,
                "originalPolicy": policy,
                "disposition": disposition,
                "statusCode": page.status,
                "sample": event.sample,
            } | _place(page, event)
        case Hash():
            return "csp-hash", {
                "documentURL": page.url,
                "subresourceURL": event.url,
                "hash": event.hash,
                "type": "subresource",
                "destination": "script",
            }
        case Integrity():
            return "integrity-violation", {
                "documentURL": page.url,
                "blockedURL": event.url,
                "destination": "script",
                "reportOnly": event.report_only,
            }


def _place(page, violation):
    if violation.source:
        source = violation.source.split("?")[0].split("#")[0]
    elif violation.line and violation.directive in PARSER_PLACED:
        source = page.url.split("?")[0]
    else:
        return {}
    return {"sourceFile": source, "lineNumber": violation.line, "columnNumber": violation.column}
