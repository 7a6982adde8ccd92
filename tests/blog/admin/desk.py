"""Where editors work: a client signed in to the admin through Cognito, with eyes for what a page shows."""

import re
from html import unescape
from typing import Any

from django.test import Client

from dynamo.admin.forms import _as_posted
from tests import live
from tests.accounts.editor import Editor
from tests.personas import Persona, sign_up

POSTS = "/admin/blog/post/"


class Desk(Client):
    """Someone's browser, without a network between it and the admin: what it costs can be counted."""

    def __init__(self, *groups: str, person: Persona | None = None) -> None:
        self.person = person or sign_up("edith", *groups)
        editor = Editor(live.server.url)
        editor.sign_in(self.person)
        super().__init__()
        self.cookies["staff"] = editor.key or ""

    def form(self, url: str) -> dict[str, Any]:
        """What a browser would send of a form nobody touched."""
        return values(self.get(url))

    def write(self, url: str = f"{POSTS}add/", **fields: str) -> Any:
        """Fill in a form and save it."""
        return self.post(url, {**self.form(url), **fields})

    def act(self, action: str, *slugs: str, **fields: str) -> Any:
        """Choose an action for posts on the list as it is now, and go."""
        page = self.get(POSTS)
        sent = {"action": action, "_selected_action": list(slugs), **versions(page), **fields}
        return self.post(POSTS, sent, follow=True)


def values(response: Any) -> dict[str, Any]:
    """What a browser would send of the form on this page."""
    form = response.context["adminform"].form
    sent: dict[str, Any] = {}
    for name in form.fields:
        bound = form[name]
        if form.is_bound:
            names = [f"{name}{suffix}" for suffix in getattr(bound.field.widget, "widgets_names", [""])]
            sent |= {name: form.data[name] for name in names if name in form.data}
        else:
            sent |= {key: part for key, part in _as_posted(bound, bound.value()).items() if part is not None}
    return sent


def versions(page: Any) -> dict[str, str]:
    """What the list remembers of each row."""
    return dict(re.findall(r'name="(version:[^"]+)" value="([^"]+)"', text(page)))


def errors(response: Any) -> dict[str, list[str]]:
    """What is wrong with a form, by field."""
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return found


def slugs(response: Any) -> list[str]:
    """The posts of a list, in order."""
    return [unescape(key) for key in re.findall(r'name="_selected_action" value="([^"]+)"', text(response))]


def notes(response: Any) -> str:
    """The messages a page shows."""
    return " | ".join(
        unescape(one) for one in re.findall(r'<li class="(?:success|error|warning)">([^<]+)</li>', text(response))
    )


def text(response: Any) -> str:
    return str(response.content.decode())
