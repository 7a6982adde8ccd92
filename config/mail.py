"""What mails of all services have in common."""

import re

_CONTROLS = re.compile(" *(?:[\x00-\x1f\x7f-\x9f\u2028\u2029]+ *)+")


def header_text(text: str) -> str:
    """A title on one line and without control characters, as the subject of a mail has to be (RFC 5322)."""
    return _CONTROLS.sub(" ", text).strip()
