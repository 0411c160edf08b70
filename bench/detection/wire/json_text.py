"""JSON as browsers write it."""

import json


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def without_absent(pairs):
    """An object of the keys that are there: `None` stands for a key that the engine leaves out."""
    return {key: value for key, value in pairs if value is not None}


def without_fragment(url):
    """No engine reports one."""
    return url.split("#")[0]
