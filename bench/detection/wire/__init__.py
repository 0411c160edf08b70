"""What each engine puts on the wire for an event on a page, byte for byte as recorded in tests/corpus."""

from wire import chromium, firefox, webkit
from wire.events import Hash, Integrity, Page, Violation

ENGINES = {"chromium": chromium, "firefox": firefox, "webkit": webkit}

__all__ = ["ENGINES", "Hash", "Integrity", "Page", "Violation"]
