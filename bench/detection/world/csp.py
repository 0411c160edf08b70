"""Whether a policy allows a URL (CSP3, section 6.7), as far as the bench's policies go."""

from urllib.parse import urlsplit

# What stands in for a directive that the policy does not have.
FALLBACKS = {
    "script-src-elem": ("script-src", "default-src"),
    "script-src-attr": ("script-src", "default-src"),
    "style-src-elem": ("style-src", "default-src"),
    "style-src-attr": ("style-src", "default-src"),
    "worker-src": ("child-src", "script-src", "default-src"),
    "frame-src": ("child-src", "default-src"),
    # default-src covers none of these.
    "form-action": (), "base-uri": (), "frame-ancestors": (),
}
SECURE = {"http": "https", "ws": "wss"}


def parse(policy):
    directives = (part.split() for part in policy.split(";"))
    return {words[0]: words[1:] for words in directives if words}


def allows(policy, directive, blocked, document):
    """True also where nothing governs the directive."""
    directives = parse(policy)
    for name in (directive, *FALLBACKS.get(directive, ("default-src",))):
        if name in directives:
            return any(_matches(source, blocked, document) for source in directives[name])
    return True


def _matches(source, blocked, document):
    if blocked in ("inline", "eval"):
        return source == f"'unsafe-{blocked}'"
    if "://" not in blocked:
        return source == f"{blocked}:"
    url = urlsplit(blocked)
    if source == "'self'":
        own = urlsplit(document)
        return (url.scheme, url.netloc) == (own.scheme, own.netloc)
    if source.endswith(":"):
        return url.scheme == source[:-1]
    if "://" not in source:
        return False
    allowed = urlsplit(source)
    has_scheme = url.scheme in (allowed.scheme, SECURE.get(allowed.scheme)) or (
        (allowed.scheme, url.scheme) == ("https", "wss"))
    return has_scheme and _has_host(allowed.netloc, url.netloc) and url.path.startswith(allowed.path)


def _has_host(pattern, host):
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
