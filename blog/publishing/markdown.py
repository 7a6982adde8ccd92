"""Markdown to HTML that is safe to put into a page. Pure: text in, text out.

CommonMark with tables, strikethrough, task lists, bare addresses as links, footnotes, ids on headings and coloured
code; HTML in the text is allowed as far as the list below. Whatever the renderer makes of the text passes nh3, which
keeps only what is listed.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast
from urllib.parse import quote, unquote

from blog.publishing.autolinks import link_addresses
from blog.publishing.highlighting import Highlighter
from blog.publishing.markdown_limits import TooComplex, check_html, check_markdown
from blog.publishing.markdown_warnings import dropped

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.parser_inline import RuleFuncInlineType
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict, OptionsType

# Stored beside rendered HTML. Raise it when this module's output changes: what older code rendered is rendered anew.
RENDERER = 6

WORDS_PER_MINUTE = 220

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "mark",
    "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "ul", "var",
}  # fmt: skip
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_ATTRIBUTES: dict[str, set[str]] = {
    "a": {"href", "title", "id", "class", "aria-label"},
    "abbr": {"title"},
    "code": {"class"},
    "div": {"class"},
    "hr": {"class"},
    "img": {"src", "alt", "title", "width", "height"},
    "input": {"aria-label", "checked", "disabled"},
    "li": {"id", "class"},
    "ol": {"start", "class"},
    "pre": {"class"},
    "section": {"class"},
    "span": {"class"},
    "sup": {"class"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ul": {"class"},
    **{heading: {"id"} for heading in _HEADINGS},
}
# Only the classes and ids this module makes: a text must not dress up as a part of the page around it.
_CLASS = re.compile(r"highlight|footnotes?(-[a-z]{3,8}){0,2}|contains-task-list|task-list-item|language-[\w+#.-]{1,30}")
# An id of one word could take the name of something a script of the page around it looks up; the page's own ids have
# no hyphen.
_ID = re.compile(r"(?=.{3,100}\Z)\w+(-\w+)+|fn(ref)?\d{1,4}(:\d{1,4})?")
SCHEMES = {"http", "https", "mailto", "tel"}
# What a screen reader says of the box of a task, and of the arrow behind a footnote.
_TASK, _BACK = "Done", "Back to the text"
_NUMBER = re.compile(r"\d{1,5}")
# A page leaves these out, and then "java\x01script:" is a scheme: no address has one.
_NOT_IN_URLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_REL = "nofollow noopener"
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
# The title of a picture that says its size, as the editor writes it: ![A field](address "1280x960").
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_MARKUP = re.compile(r"<[^>]*>")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# What stands between them and the next word may be no space: Chinese, Japanese and Korean.
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
# Thai, Lao, Burmese and Khmer.
_THAI = re.compile(r"[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff]")
_WORD = re.compile(r"\w+(?:[\u2019'-]+\w+)*")


class Rendered(NamedTuple):
    """Safe HTML, how many words a reader has before them, and sentences on what was left out."""

    html: str
    words: int
    warnings: tuple[str, ...] = ()


def render(text: str, own: tuple[str, ...] = ()) -> Rendered:
    """Markdown as safe HTML. `own` are the site's own addresses, each up to its path, as in "https://example.com".

    A link elsewhere gets rel="nofollow noopener"; a picture is https or the site's own, else it loses its source.
    Raises TooComplex for a text that would take long.
    """
    parser, env = _parser(), dict[str, Any]()
    tokens = parser.parse(text, env)
    options = type(parser.options)(cast("OptionsType", {**parser.options, "highlight": Highlighter().highlight}))
    dirty: str = parser.renderer.render(tokens, options, env)
    check_html(dirty)
    html = _clean(dirty, own)
    lost = dropped(dirty, _TAGS, lambda source: _keeps_picture(source, own), SCHEMES)
    return Rendered(html, count_words(unescape(_MARKUP.sub(" ", html))), tuple(lost))


def render_again(text: str, html: str, own: tuple[str, ...]) -> str:
    """The HTML of a text that older code rendered as `html`, which stays if the text is refused by now."""
    try:
        return render(text, own).html
    except TooComplex:
        return html


def count_words(text: str) -> int:
    """Words; two characters of Chinese or Japanese, which has no spaces, count as one, or four of Thai and its like."""
    letters = _without_marks(text)
    unspaced = len(_CJK.findall(letters)) // 2 + len(_THAI.findall(letters)) // 4
    return unspaced + len(_WORD.findall(_THAI.sub(" ", _CJK.sub(" ", letters))))


def _without_marks(text: str) -> str:
    """Without accents and vowels that are signs of their own, which Python's \\w does not count among letters."""
    return text if text.isascii() else "".join(one for one in text if unicodedata.category(one)[0] != "M")


def reading_minutes(words: int) -> int:
    """Whole minutes, at least one."""
    return max(1, -(-words // WORDS_PER_MINUTE))


def absolute(html: str, own: tuple[str, ...], url: str) -> str:
    """Rendered HTML with every address whole, as it is from the page at `url`."""
    return _clean(html, own, ("rewrite_with_base", url))


def _clean(
    dirty: str, own: tuple[str, ...], url_relative: tuple[Literal["rewrite_with_base"], str] | None = None
) -> str:
    import nh3

    return nh3.clean(
        dirty,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "textarea", "iframe", "noscript", "template"},
        attributes=_ATTRIBUTES,
        attribute_filter=_AttributeFilter(own),
        url_schemes=SCHEMES,
        link_rel=_REL,
        set_tag_attribute_values={"img": {"loading": "lazy"}, "input": {"type": "checkbox"}},
        url_relative=url_relative,
    )


class _AttributeFilter:
    """What nh3 asks of each attribute. It asks about a link's `rel`, which it sets itself, after its `href`."""

    def __init__(self, own: tuple[str, ...]) -> None:
        self._own, self._stays_here = own, False

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "rel":
            stays, self._stays_here = self._stays_here, False
            return None if stays else value
        kept = _keep(tag, name, value, self._own)
        if name == "href":
            self._stays_here = kept is not None and stays_here(kept, self._own)
        return kept


def _keep(tag: str, name: str, value: str, own: tuple[str, ...]) -> str | None:
    """The value an attribute keeps, or None to drop it."""
    if name in {"href", "src"} and _NOT_IN_URLS.search(value):
        return None
    match name:
        case "class":
            is_made_here = _token_classes().__contains__ if tag == "span" else _CLASS.fullmatch
            return " ".join(filter(is_made_here, value.split())) or None
        case "aria-label":
            return value if value in {_TASK, _BACK} else None
        case "id":
            return value if _ID.fullmatch(_without_marks(value)) else None
        case "src":
            return value if _keeps_picture(value, own) else None
        case "start" | "width" | "height" | "colspan" | "rowspan":
            return value if _NUMBER.fullmatch(value) else None
    return value


def _keeps_picture(source: str, own: tuple[str, ...]) -> bool:
    return source.startswith("https://") or is_own(source, own)


@cache
def _token_classes() -> frozenset[str]:
    from pygments.token import STANDARD_TYPES

    return frozenset(STANDARD_TYPES.values()) - {""}


def is_own(url: str, own: tuple[str, ...]) -> bool:
    """Whether a URL stays on the site. Browsers read "/\\host" as "//host", which leaves it."""
    if url.startswith(("/", "#")):
        return not url.startswith(("//", "/\\")) and not any(ord(character) <= 0x20 for character in url)
    return any(url.startswith(f"{site}/") for site in own if site)


def stays_here(url: str, own: tuple[str, ...]) -> bool:
    """Whether a link leads to this site: to its address, or by a path, a relative one too."""
    elsewhere = _SCHEME.match(url) or url.startswith(("//", "/\\", "\\")) or any(ord(one) <= 0x20 for one in url)
    return is_own(url, own) or not elsewhere


@cache
def _parser() -> "MarkdownIt":
    # Only writing renders: a reader's cold start does not pay for these.
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import emphasis, strikethrough
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"tasklists": True}).enable(["table", "strikethrough"])
    parser.inline.ruler.at("emphasis", _without_spaces(emphasis.tokenize))
    parser.inline.ruler.at("strikethrough", _without_spaces(strikethrough.tokenize))
    parser.core.ruler.after("block", "check_blocks", _check_blocks)
    parser.add_render_rule("list_item_open", _render_item)
    parser.core.ruler.push("align_cells", _align_cells)
    parser.core.ruler.push("size_pictures", _size_pictures)
    parser.core.ruler.push("link_addresses", link_addresses)
    parser.core.ruler.push("name_headings", _name_headings)
    parser.use(footnote_plugin).add_render_rule("footnote_anchor", _render_way_back)
    return parser


def _without_spaces(tokenize: "RuleFuncInlineType") -> "RuleFuncInlineType":
    """A rule for marks such as **, which CommonMark takes for no marks between a letter and a bracket or full stop.

    Where words have no spaces between them, writers of **「引用」**です mean what they write.
    """

    def rule(state: "StateInline", silent: bool) -> bool:
        start, known = state.pos, len(state.delimiters)
        is_mark = tokenize(state, silent)
        before = state.src[max(0, start - 1) : start]
        after = state.src[state.pos : min(state.pos + 1, state.posMax)]
        for one in state.delimiters[known:] if state.src[start] != "_" else ():
            one.open = one.open or bool(_EAST_ASIAN.match(before) and after.strip())
            one.close = one.close or bool(_EAST_ASIAN.match(after) and before.strip())
        return is_mark

    return rule


def _render_item(
    self: "RendererHTML", tokens: Sequence["Token"], index: int, options: "OptionsDict", env: "EnvType"
) -> str:
    """A task begins with its box, which has a name for those who don't see it."""
    opened, box = str(self.renderToken(tokens, index, options, env)), tokens[index].meta
    if "checked" not in box:
        return opened
    checked = ' checked=""' if box["checked"] else ""
    return f'{opened}<input type="checkbox" aria-label="{_TASK}" disabled=""{checked}> '


def _render_way_back(
    self: "RendererHTML", tokens: Sequence["Token"], index: int, options: "OptionsDict", env: "EnvType"
) -> str:
    """The arrow from a footnote to where it belongs."""
    from mdit_py_plugins.footnote.index import render_footnote_anchor

    made = render_footnote_anchor(self, tokens, index, options, env)
    return made.replace(" class=", f' aria-label="{_BACK}" class=', 1)


def _align_cells(state: "StateCore") -> None:
    """The alignment of table cells as an attribute: a page's Content-Security-Policy may forbid inline styles."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"} and "style" in token.attrs:
            token.attrs["align"] = str(token.attrs.pop("style")).partition(":")[2]


def _size_pictures(state: "StateCore") -> None:
    for token in _inline(state):
        size = _SIZE.fullmatch(str(token.attrs.get("title", ""))) if token.type == "image" else None
        if size:
            del token.attrs["title"]
            token.attrs.update(width=size[1], height=size[2])


def _inline(state: "StateCore") -> Iterator["Token"]:
    for block in state.tokens:
        yield from block.children or ()


def _check_blocks(state: "StateCore") -> None:
    brackets = sum(token.content.count("[") for token in state.tokens if token.type == "inline")
    # What is deeper the parser leaves out without a word.
    deepest = state.md.options["maxNesting"] - 1
    is_cut = any(one.level >= deepest and one.nesting > 0 > other.nesting for one, other in pairwise(state.tokens))
    check_markdown(len(state.tokens), brackets, is_cut=is_cut)


def _name_headings(state: "StateCore") -> None:
    """An id for each heading, and links that name a heading lead to it.

    The anchors plugin of mdit-py-plugins counts from 1 again for each heading of the same title.
    """
    taken: dict[str, str] = {}
    ids: set[str] = set()
    numbers: dict[str, int] = {}
    for heading, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type != "heading_open":
            continue
        parts = [each.content for each in inline.children or () if each.type in {"text", "code_inline"}]
        base = name = _slug("".join(parts))
        while name in taken or _id_of(name) in ids:
            numbers[base] = numbers.get(base, 0) + 1
            name = f"{base}-{numbers[base]}"
        taken[name] = _id_of(name)
        ids.add(taken[name])
        heading.attrSet("id", taken[name])
    for link in _inline(state):
        target = str(link.attrs.get("href", "")) if link.type == "link_open" else ""
        if target.startswith("#") and (found := taken.get(_slug(unquote(target)))):
            link.attrs["href"] = f"#{quote(found)}"


def _id_of(name: str) -> str:
    return name if "-" in name else f"h-{name}"


def _slug(title: str) -> str:
    # No name needs more of it, and a long row of marks takes time by its square.
    plain = unicodedata.normalize("NFKC", title[:1000]).lower()
    words = "".join(one if one.isalnum() or one == "_" or not _without_marks(one) else "-" for one in plain)
    return re.sub("-+", "-", words).strip("-")[:80]
