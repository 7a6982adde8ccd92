"""Bare addresses as links, nearly as GitHub's Markdown has them (GFM 6.9): http://, https://, www. and mail.

mdit-py-plugins has a plugin for it that takes the square of a paragraph's length; this is linear.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

# An address ends before the punctuation of Chinese and Japanese, which has no space behind it, and before quotes.
_ENDS = "\u3001\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\u201c-\u201e\xab\xbb"
# Each alternative begins where the one before it can't go on, so no letter is looked at twice.
_ADDRESS = re.compile(
    rf"(?<![^\s*_~(])(?P<url>(?:https?://|www\.)[^\s<{_ENDS}]+)"
    r"|(?<![\w.+-])(?P<mail>[a-zA-Z0-9._+-]{1,64}@[a-zA-Z0-9_-]+(?:\.[a-zA-Z0-9_-]+)+)"
)
_MAY_BE = re.compile(r"@|://|www\.")
_HOST = re.compile(r"(?:https?://|www\.)([^/?#:]*)")
_ENTITY = re.compile(r"&[a-zA-Z0-9]+;\Z")


def link_addresses(state: "StateCore") -> None:
    """A core rule: text that is an address becomes a link, outside of links and code."""
    for block in state.tokens:
        if block.type == "inline" and block.children and _MAY_BE.search(block.content):
            block.children = list(_linked(block.children, state))


def _linked(tokens: list["Token"], state: "StateCore") -> Iterator["Token"]:
    depth = 0
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            depth += token.nesting
        elif token.type == "html_inline" and re.match(r"</?a[\s>]", token.content, re.IGNORECASE):
            depth += -1 if token.content.startswith("</") else 1
        if token.type == "text" and depth <= 0:
            yield from _split(token, state)
        else:
            yield token


def _split(token: "Token", state: "StateCore") -> Iterator["Token"]:
    from markdown_it.token import Token

    text, end = token.content, 0
    for found in _ADDRESS.finditer(text):
        address = _trimmed(found["url"]) if found["url"] else found["mail"].rstrip(".")
        target = _target(address, is_mail=bool(found["mail"]))
        if not target or not state.md.validateLink(target):
            continue
        yield Token("text", "", 0, content=text[end : found.start()], level=token.level)
        yield Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(target)}, markup="autolink", info="auto")
        yield Token("text", "", 0, content=address, level=token.level + 1)
        yield Token("link_close", "a", -1, markup="autolink", info="auto")
        end = found.start() + len(address)
    token.content = text[end:]
    yield token


def _target(address: str, *, is_mail: bool) -> str:
    """Where an address leads; empty for what only looks like one."""
    if is_mail:
        return "" if address[-1] in "-_" else f"mailto:{address}"
    host = _HOST.match(address)
    labels = host[1].split(".") if host else [""]
    if not labels[0] or any("_" in label for label in labels[-2:]):
        return ""
    return f"http://{address}" if address.startswith("www.") else address


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence around it; a closing parenthesis belongs to it if it was opened in it."""
    surplus, end = url.count(")") - url.count("("), len(url)
    while end:
        last = url[end - 1]
        if last == ")" and surplus > 0:
            surplus -= 1
        elif last == ";" and (entity := _ENTITY.search(url[max(0, end - 40) : end])):
            end -= len(entity[0]) - 1
        elif last not in "?!.,:;*_~'\"":
            break
        end -= 1
    return url[:end]
