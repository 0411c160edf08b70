"""Each body that the bench writes is the one that the real engine wrote for the same event."""

import json
import unittest
from pathlib import Path

from wire import ENGINES, Hash, Integrity, Page, Violation

CORPUS = Path(__file__).parents[3] / "tests" / "corpus"
RECORDINGS = {"chromium": "chromium", "firefox": "firefox", "webkit": "webkitgtk"}
FEWEST = {"chromium": 110, "firefox": 110, "webkit": 130}
# What the bench does not write: frames and collectors of other origins, two policies in one body, cut emoji.
LEFT_OUT = {
    "frame-ancestors-same", "frame-ancestors-ro", "multi-report-uri", "relative-report-uri", "two-enforced", "x-ref-policy", "z-straddle",
}


def recorded(name):
    with open(CORPUS / f"{name}.ndjson", encoding="utf-8") as lines:
        for line in lines:
            request = json.loads(line)
            if request["method"] == "POST" and "body" in request and request["case"] not in LEFT_OUT:
                yield request


def again(engine, request):
    """Reads a recorded request and writes it as the bench would; None: of a kind that it does not write."""
    headers, parsed = request["headers"], json.loads(request["body"])
    if isinstance(parsed, dict) and "csp-report" in parsed:
        report = parsed["csp-report"]
        around = "" if "://" in report["document-uri"] else "https://shop.example"
        page = Page(report["document-uri"], report["referrer"], report["status-code"], around)
        return ENGINES[engine].report_uri(
            page, report["original-policy"], from_uri(report), report.get("disposition"), headers["user-agent"])
    reports = parsed if isinstance(parsed, list) else [parsed]
    bodies = [report["body"] for report in reports]
    events = [from_to(engine, report["type"], report["body"]) for report in reports]
    if None in events or len({body["documentURL"] for body in bodies}) > 1:
        return None
    first = bodies[0]
    page = Page(first["documentURL"], first.get("referrer") or "", first.get("statusCode", 200))
    ages = [report.get("age", 0) for report in reports]
    return ENGINES[engine].report_to(
        page, first.get("originalPolicy"), list(zip(events, ages)), first.get("disposition"),
        headers["user-agent"])[0]


def from_uri(report):
    return Violation(
        report["effective-directive"], report["blocked-uri"], report.get("source-file", ""),
        report.get("line-number", 0), report.get("column-number", 0), report.get("script-sample", ""))


def from_to(engine, kind, body):
    if kind == "csp-violation" and "blockedURL" in body:
        source = body.get("sourceFile") or ""
        if engine == "webkit" and body["lineNumber"] == 0:
            source = ""  # so WebKit says that it does not know
        return Violation(
            body["effectiveDirective"], body["blockedURL"], source, body.get("lineNumber") or 0,
            body.get("columnNumber") or 0, body.get("sample") or "")
    if kind == "csp-hash":
        return Hash(body["subresourceURL"], body["hash"])
    if kind == "integrity-violation":
        return Integrity(body["blockedURL"], body["reportOnly"])
    return None


class RecordedBodies(unittest.TestCase):
    maxDiff = None

    def check(self, engine):
        written = 0
        for request in recorded(RECORDINGS[engine]):
            found = again(engine, request)
            if found is None:
                continue
            headers, body = found
            expected = {name: value for name, value in request["headers"].items() if name != "content-length"}
            self.assertEqual(body, request["body"], request["case"])
            self.assertEqual(headers, expected, request["case"])
            written += 1
        self.assertGreaterEqual(written, FEWEST[engine])

    def test_chromium(self):
        self.check("chromium")

    def test_firefox(self):
        self.check("firefox")

    def test_webkit(self):
        self.check("webkit")


if __name__ == "__main__":
    unittest.main()
