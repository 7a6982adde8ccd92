"""Code in colours (Pygments' short classes), for as long as that takes little.

Most of Pygments' 600 lexers take the square of a text's length for some text. Those listed here find the next token in
a time that grows with the length alone, whatever the text; between two tokens the deadline is looked at. What comes
after it stays as it was written.
"""

from collections.abc import Iterator
from functools import cache
from io import StringIO
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

# By the first of their aliases; tests/blog/test_highlighting.py has the texts they were measured with.
LANGUAGES = frozenset({
    "bash", "css", "diff", "docker", "go", "graphql", "html", "java", "javascript", "json", "kotlin", "lua", "nginx",
    "php", "powershell", "python", "rust", "scss", "sql", "toml", "typescript", "xml", "yaml",
})  # fmt: skip
# Colouring is for reading; a listing longer than this is data.
MAX_CHARACTERS = 20_000
# Of the processor, for all listings of one text.
SECONDS = 1.0


class Highlighter:
    """Colours the listings of one text."""

    def __init__(self) -> None:
        self._deadline = thread_time() + SECONDS

    def highlight(self, code: str, language: str, attributes: str) -> str:
        """Safe HTML of a listing; empty, which leaves it plain, without a language that is known or time for it."""
        name = _canonical_names().get(language.lower())
        if name is None or len(code) > MAX_CHARACTERS or thread_time() > self._deadline:
            return ""
        from pygments.formatters.html import HtmlFormatter
        from pygments.lexers import get_lexer_by_name

        tokens = list(self._tokens(get_lexer_by_name(name), code))
        if "".join(text for _, text in tokens) != code:
            return ""
        html = StringIO()
        HtmlFormatter(nowrap=True).format(iter(tokens), html)
        return html.getvalue()

    def _tokens(self, lexer: "Lexer", code: str) -> Iterator[tuple["_TokenType", str]]:
        from pygments.token import Text

        for start, kind, text in lexer.get_tokens_unprocessed(code):
            yield kind, text
            if thread_time() > self._deadline:
                yield Text, code[start + len(text) :]
                return


@cache
def _canonical_names() -> dict[str, str]:
    """Every alias of a listed language -> its first alias, without loading a lexer."""
    from pygments.lexers import get_all_lexers

    known = [aliases for _, aliases, _, _ in get_all_lexers(plugins=False) if aliases and aliases[0] in LANGUAGES]
    return {alias: aliases[0] for aliases in known for alias in aliases}
