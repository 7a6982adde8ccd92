"""A post's HTML as a page shows it: no reader's browser asks anyone but this site, and pictures come in their size."""

import html
import re

from blog.models import Post
from blog.publishing.markdown import RENDERER, is_own, render_again
from blog.services import own_sites

# The column of text, in CSS pixels at the browser's own font size; blog.css has the same.
COLUMN = 704

_IMG = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(src|alt|width|height)="([^"]*)"')
# A rendition of media: its name is the longest side it fits into.
_RENDITION = re.compile(r"(.+/)(320|640|1280)(\.(?:webp|jpg))")


def post_html(post: Post) -> str:
    """The body, ready for a page. What an older renderer made is rendered anew."""
    text: str = post.html if post.renderer == RENDERER else render_again(post.body, post.html, own_sites())
    # nh3 writes every attribute in quotes and escaped, so what is read here is exact.
    return _IMG.sub(lambda found: _picture(found[0]), _scrollable(text))


def _scrollable(text: str) -> str:
    """What may be wider than a phone can be scrolled, by keys too."""
    text = text.replace("<pre", '<pre tabindex="0"').replace("</table>", "</table></div>")
    return text.replace("<table>", '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>')


def _picture(tag: str) -> str:
    values = dict(_ATTRIBUTE.findall(tag))
    source = values.get("src", "")
    if not source:
        return _link("", values.get("alt", ""))
    if not is_own(html.unescape(source), own_sites()):
        return _link(source, values.get("alt", ""))
    return tag.replace("<img ", f"<img {_sizes(source, values)}", 1)


def _link(source: str, alt: str) -> str:
    """A picture elsewhere would tell its owner who reads here: a link lets the reader decide."""
    name = alt or "picture"
    return f'<a href="{source}" rel="nofollow noopener">{name}</a>' if source else name


def _sizes(source: str, values: dict[str, str]) -> str:
    """A srcset for a picture of our own whose width and height the text gives."""
    found = _RENDITION.fullmatch(source)
    width, height = (int(values.get(name) or 0) for name in ("width", "height"))
    if not found or not width or not height:
        return ""
    widths = {round(width * min(1, size / max(width, height))): size for size in (1280, 640, 320)}
    choices = ", ".join(f"{found[1]}{size}{found[3]} {wide}w" for wide, size in sorted(widths.items()))
    return f'srcset="{choices}" sizes="(min-width: {COLUMN + 32}px) {COLUMN}px, 100vw" '
