"""What of a writer's text readers will not see, in words for the writer. Pure, and linear in the text."""

import html
import re
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from blog.publishing.markdown_limits import TAG

# A text that drops a thousand things is told of the first.
MAX_WARNINGS = 20
_ATTRIBUTE = re.compile(r"""\s([a-zA-Z_:][\w:.-]*)\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+)""")


def dropped(
    dirty: str, tags: Collection[str], keeps_picture: Callable[[str], bool], schemes: Collection[str]
) -> list[str]:
    """Sentences on what cleaning will take out of rendered HTML, each once, in the text's order."""
    found = (warning for tag in TAG.finditer(dirty) for warning in _of(tag, tags, keeps_picture, schemes))
    return list(islice(dict.fromkeys(found), MAX_WARNINGS))


def _of(
    tag: re.Match[str], tags: Collection[str], keeps_picture: Callable[[str], bool], schemes: Collection[str]
) -> Iterator[str]:
    name = (tag[2] or "").lower()
    if not name or tag[1]:
        return
    values = {key.lower(): html.unescape(value.strip("\"'")) for key, value in _ATTRIBUTE.findall(tag[0])}
    if name not in tags:
        yield f"HTML's <{name}> is left out."
    elif name == "img" and not keeps_picture(source := values.get("src", "")):
        shown = values.get("alt") or source[:80]
        yield f"The picture “{shown}” is left out: its address has to begin with https:// or be of this site."
    elif name == "a" and ":" in (target := values.get("href", "")):
        scheme = target.partition(":")[0].strip().lower()
        if re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) and scheme not in schemes:
            yield f"A link to “{target[:80]}” loses its address: links lead to {', '.join(sorted(schemes))}."
    handlers = [key for key in values if key.startswith("on") or key == "style"]
    yield from (f"The attribute {key} is left out." for key in handlers)
