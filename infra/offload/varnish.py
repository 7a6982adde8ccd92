"""The same rules for Varnish, to try them on this machine: `python -m infra.offload varnish` prints its configuration.

It does what CloudFront does by its documentation: keeps files as long as the rules say, asks the origin for a file once
however many wait for it, serves ranges out of the whole file, and serves expired files while the origin is away.
"""

import re
from pathlib import Path
from string import Template

from infra.offload.rules import Rule

_TEMPLATE = Path(__file__).with_suffix(".vcl.in")


def configuration(rules: tuple[Rule, ...], *, host: str, port: int, secret: str) -> str:
    """The rules as VCL 4.1 in front of an origin that speaks HTTP."""
    choices = [
        f'    {"if" if number == 0 else "elsif"} (req.url ~ "{_expression(rule.pattern)}") '
        f'{{ set req.http.X-Seconds = "{rule.seconds}"; }}'
        for number, rule in enumerate(rules)
    ]
    values = {"host": host, "port": port, "secret": secret, "choices": "\n".join(choices)}
    return Template(_TEMPLATE.read_text()).substitute(values)


def _expression(pattern: str) -> str:
    """A regular expression for a path of this pattern and any query. Every other character is one of a path."""
    wildcards = {"*": "[^?]*", "?": "[^?]"}
    return "^" + "".join(wildcards.get(each) or re.escape(each) for each in pattern) + "([?]|$)"
