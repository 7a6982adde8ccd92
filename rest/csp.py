"""Content-Security-Policy (CSP level 3): what a page may load, run and send, as one header."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

SELF, NONE, DATA = "'self'", "'none'", "data:"
# The policy of every page that sets none: its own site alone, in no frame, and no other base address.
STRICT: Mapping[str, Iterable[str]] = {
    "default-src": [NONE],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}


def policy(**sources: Iterable[str]) -> str:
    """The header's value: `policy(script_src=[SELF])`, on top of STRICT. Sources that are empty are left out."""
    named = {name.replace("_", "-"): values for name, values in sources.items()}
    return "; ".join(f"{name} {' '.join(sorted(filter(None, values)))}" for name, values in {**STRICT, **named}.items())


def origin(url: str) -> str:
    """Scheme and host of an address; nothing of a path on this site, which `SELF` covers."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
