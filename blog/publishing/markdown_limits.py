"""Which texts would take more time to render than their length is worth. Pure, and linear in the text.

A parser of HTML keeps what is open: it looks through it at each tag, and repeats in each new block the formatting that
is still open (the HTML standard's "reconstruct the active formatting elements"). 200 KB of `<p><b id=1><p><b id=2>`
become a gigabyte, and of `<div>` take seconds. Nobody writes so by chance, and what is near it is refused.
"""

import re

# Brackets in prose, each of which may begin a link or a footnote; those in code count for nothing.
MAX_BRACKETS = 10_000
# Paragraphs, items, cells and the like, twice or three times each.
MAX_BLOCKS = 100_000
MAX_DEPTH = 500
# How many tags of formatting stay open over others, times the number of all tags.
MAX_REPEATED = 500_000

_FORMATTING = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
# What changes nothing about the formatting around it; of links only one can be open.
_PHRASING = {
    "a", "abbr", "br", "cite", "del", "img", "ins", "kbd", "mark", "q", "samp", "span", "sub", "sup", "var", "wbr",
}  # fmt: skip
# Tags that have no end, or need none: another of the kind ends them.
_SHALLOW = {"br", "dd", "dt", "hr", "img", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr"}
# CommonMark's tags (6.6), with no "<" in a value; or what a browser may take for the beginning of one.
_SPACE = r"[ \t\n\r\f]"
_VALUE = r"""(?:[^"'=<>` \t\n\r\f]+|'[^'<]*'|"[^"<]*")"""
_ATTRIBUTE = rf"{_SPACE}+[a-zA-Z_:][a-zA-Z0-9_.:-]*(?:{_SPACE}*={_SPACE}*{_VALUE})?"
TAG = re.compile(rf"<(?:(/?)([a-zA-Z][a-zA-Z0-9-]*)(?:{_ATTRIBUTE})*{_SPACE}*/?>|(?=[a-zA-Z/!?]))")


class TooComplex(ValueError):
    """The text is not fit to be rendered; the message says what there is too much of."""


def check_markdown(blocks: int, brackets: int, *, is_cut: bool) -> None:
    """Raise TooComplex for too many blocks or brackets in prose, or where the parser left out what is too deep."""
    if blocks > MAX_BLOCKS:
        raise TooComplex("The text has too many paragraphs, list items or table cells.")
    if brackets > MAX_BRACKETS:
        raise TooComplex(f"The text has more than {MAX_BRACKETS:,} opening brackets outside of code.")
    if is_cut:
        raise TooComplex(
            "The text's lists and quotes are nested too deeply: 9 lists, or 19 quotes, in each other at most."
        )


def check_html(html: str) -> None:
    """Raise TooComplex for HTML that is nested too deeply, or leaves too much formatting open."""
    tags = _Tags()
    for found in TAG.finditer(html):
        tags.take((found[2] or "").lower(), is_end=bool(found[1]))
    tags.leave_open()
    if tags.loose * tags.started > MAX_REPEATED:
        raise TooComplex("The text's HTML opens too much formatting, such as <b>, and does not close it.")


class _Tags:
    """What is open, by no more than tags in their order."""

    def __init__(self) -> None:
        self.started = self.loose = self._depth = 0
        self._formatting: list[str] = []
        self._nested: dict[str, int] = {}

    def take(self, name: str, *, is_end: bool) -> None:
        """The next tag; without a name one that only a browser knows what to make of."""
        self.started += not is_end
        if name in _FORMATTING:
            self._format(name, is_end=is_end)
        elif name not in _PHRASING:
            self.leave_open()
            self.loose += not name
        if name not in _SHALLOW and name not in _FORMATTING:
            self._nest(name, -1 if is_end else 1)

    def leave_open(self) -> None:
        """Formatting goes on beyond here, for all that can be known."""
        self.loose += len(self._formatting)
        self._formatting.clear()

    def _format(self, name: str, *, is_end: bool) -> None:
        if not is_end:
            self._formatting.append(name)
        elif self._formatting and self._formatting[-1] == name:
            self._formatting.pop()
        else:
            self.leave_open()

    def _nest(self, name: str, step: int) -> None:
        now = self._nested.get(name, 0) + step
        if now >= 0:
            self._nested[name] = now
            self._depth += step
        if self._depth > MAX_DEPTH:
            raise TooComplex(f"The text's HTML is nested more than {MAX_DEPTH} deep, or its tags are not closed.")
