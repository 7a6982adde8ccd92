"""A post's HTML as pages and feeds show it: no reader's browser asks anyone but this site.

Pages have each picture in its size, feeds have every address whole, and mails beside that a style on every tag.
"""

import html
import re

from blog.models import Post
from blog.publishing.markdown import RENDERER, absolute, is_own, render_again
from blog.services import own_sites

# The column of text, in CSS pixels at the browser's own font size; blog.css has the same.
COLUMN = 704

_IMG_OR_LINK = re.compile(r"<(?:img|a)\b[^>]*>|</a>")
_ATTRIBUTE = re.compile(r'\b(src|alt|width|height)="([^"]*)"')
# A tag as nh3 writes it.
_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [\w-]+="[^"]*")* ?/?>')
# A rendition of media: its name is the longest side it fits into.
_RENDITION = re.compile(r"(.+/)(320|640|1280)(\.(?:webp|jpg))")


def post_html(post: Post) -> str:
    return _scrollable(_with_own_pictures(post, in_sizes=True))


def feed_html(post: Post, url: str) -> str:
    """The body, ready for a feed: `url`, the post's address, makes every address in it absolute."""
    return absolute(_with_own_pictures(post, in_sizes=False), own_sites(), url)


# Mail clients drop style sheets, or parts of them. What has a colour here has another by dark in blog/letter.html.
_MAIL_STYLES = {
    "p": "margin:0 0 16px",
    # No larger than the post's own title above it.
    **dict.fromkeys(("h1", "h2"), "margin:28px 0 12px;font-size:22px;line-height:1.3"),
    "h3": "margin:24px 0 10px;font-size:19px;line-height:1.3",
    **dict.fromkeys(("h4", "h5", "h6"), "margin:20px 0 8px;font-size:17px"),
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 6px",
    "blockquote": "margin:0 0 16px;padding-left:14px;border-left:3px solid #857d70",
    "pre": "margin:0 0 16px;padding:12px;border:1px solid #857d70;font:14px/1.5 Consolas,Menlo,monospace;"
    "white-space:pre-wrap;word-break:break-word",
    "code": "font-family:Consolas,Menlo,monospace;font-size:0.9em",
    "img": "display:block;width:auto;max-width:100%;height:auto;border:0",
    "table": "margin:0 0 16px;border-collapse:collapse",
    "th": "padding:4px 8px;border:1px solid #857d70",
    "td": "padding:4px 8px;border:1px solid #857d70",
    "a": "color:#9c3a12",
    "hr": "margin:24px 0;border:0;border-top:1px solid #857d70",
}
_MAIL_COLUMN = 576  # CSS pixels


def mail_html(post: Post, url: str) -> str:
    """The body, ready for a mail: as in a feed, with styles, and pictures of our own as JPEG."""
    return _TAG.sub(lambda tag: _styled(tag[0]), feed_html(post, url))


def _styled(tag: str) -> str:
    name = re.split(r"[ />]", tag[1:], maxsplit=1)[0]
    if name == "input":  # of a task list; mail clients drop it
        return "☑" if " checked=" in tag else "☐"
    if name == "img":
        tag = _ATTRIBUTE.sub(_as_jpeg, tag)
    if name == "th" and " align=" not in tag:
        tag = tag.replace("<th", '<th align="left"', 1)  # no style, which would say more than the text's own attribute
    return tag.replace(f"<{name}", f'<{name} style="{_MAIL_STYLES[name]}"', 1) if name in _MAIL_STYLES else tag


def _as_jpeg(found: re.Match[str]) -> str:
    """An attribute of a picture. Its width is the column's at most, and the height follows."""
    name, value = found[1], found[2]
    if name == "src" and (own := _RENDITION.fullmatch(value)):
        value = f"{own[1]}{own[2]}.jpg"
    if name == "height":
        return ""
    return f'{name}="{min(_MAIL_COLUMN, int(value or 0))}"' if name == "width" else f'{name}="{value}"'


def _with_own_pictures(post: Post, *, in_sizes: bool) -> str:
    """The body; what an older renderer made is rendered anew."""
    text: str = post.html if post.renderer == RENDERER else render_again(post.body, post.html, own_sites())
    in_link = False

    # nh3 writes every attribute in quotes and escaped, and no link in a link, so what is read here is exact.
    def shown(found: re.Match[str]) -> str:
        nonlocal in_link
        if found[0].startswith("<img"):
            return _picture(found[0], in_sizes=in_sizes, in_link=in_link)
        in_link = found[0] != "</a>"
        return found[0]

    return _IMG_OR_LINK.sub(shown, text)


def _scrollable(text: str) -> str:
    """What may be wider than a phone can be scrolled, by keys too."""
    text = text.replace("<pre", '<pre tabindex="0"').replace("</table>", "</table></div>")
    return text.replace("<table>", '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>')


def _picture(tag: str, *, in_sizes: bool, in_link: bool) -> str:
    values = dict(_ATTRIBUTE.findall(tag))
    source = values.get("src", "")
    if not source or not is_own(html.unescape(source), own_sites()):
        # In a link it is that link's text: a browser would end it before another.
        return _link("" if in_link else source, values.get("alt", ""))
    return tag.replace("<img ", f"<img {_sizes(source, values)}", 1) if in_sizes else tag


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
