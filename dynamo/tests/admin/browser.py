"""A browser that is signed in, and articles to look at."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from dynamo.admin.forms import _as_posted
from dynamo.tests.sample.models import Article, Picture
from dynamo.tests.sample.people import person

LIST = "/admin/sample/article/"
START = datetime(2026, 1, 1, tzinfo=UTC)


class Browser(Client):
    """A browser of someone, with eyes for what a page shows."""

    def __init__(self, name: str | None, **options: Any) -> None:
        super().__init__(**options)
        if name:
            self.force_login(person(name))

    def keys(self, response: Any) -> list[str]:
        """The rows of a list, in order."""
        return [unescape(key) for key in re.findall(r'name="_selected_action" value="([^"]+)"', text(response))]

    def link(self, response: Any, words: str) -> str | None:
        """Where a link leads."""
        found = re.search(rf'<a href="([^"]+)"[^>]*>[^<]*{words}', text(response))
        return unescape(found.group(1)) if found else None

    def form(self, url: str) -> dict[str, Any]:
        """What the browser would send of a form nobody touched."""
        return self.values(self.get(url))

    def values(self, response: Any) -> dict[str, Any]:
        """What the browser would send of the form on this page."""
        form = response.context["adminform"].form
        sent: dict[str, Any] = {}
        for name in form.fields:
            bound = form[name]
            value = bound.value()
            if form.is_bound:
                names = [f"{name}{suffix}" for suffix in getattr(bound.field.widget, "widgets_names", [""])]
                sent |= {name: form.data[name] for name in names if name in form.data}
                continue
            sent |= {key: part for key, part in _as_posted(bound, value).items() if part is not None}
        return sent

    def notes(self, response: Any) -> str:
        """The messages a page shows."""
        return " | ".join(str(message) for message in get_messages(response.wsgi_request))


def text(response: Any) -> str:
    return str(response.content.decode())


def make(number: int = 1, **values: Any) -> Article:
    """One article, as old as its number is small."""
    at = START + timedelta(minutes=number)
    slug = values.pop("slug", f"a{number:05}")
    given = {"title": f"Title {number:05}", "body": "One two three", "views": 7, "created_at": at, "updated_at": at}
    return Article(slug, **{**given, **values}).create()


def fill(count: int, **values: Any) -> None:
    """Many articles: every third is published."""
    with Article.batch_write() as batch:
        for number in range(count):
            at, third = START + timedelta(minutes=number), number % 3 == 0
            batch.save(
                Article(
                    f"a{number:05}",
                    title=f"Title {number:05}",
                    status="published" if third else "draft",
                    published_at=at if third else None,
                    author="Ann" if number % 2 else "Ben",
                    write_id=uuid.uuid4().hex,
                    created_at=at,
                    updated_at=at,
                    **values,
                )
            )


def picture(**values: Any) -> Any:
    """A photo."""
    return Picture(**values)  # type: ignore[no-untyped-call]  # PynamoDB leaves its constructor untyped
