"""Posts under other names: a former address leads to the present one, and the history goes on from name to name."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from blog import services
from blog.admin import rows
from blog.admin.editor import EditorAdmin
from blog.api.serializers import SLUG_RULE
from blog.models import Post
from dynamo.admin.forms import SEEN, Seen
from dynamo.admin.history import log
from dynamo.admin.history.admin import HISTORY_PAGE, HistoryPage, HistoryPaginator
from dynamo.admin.rows import Row
from dynamo.errors import DoesNotExist
from dynamo.queries import Query, dump_cursor, load_cursor

# Between a former name and the time of an entry that stands under it; no slug holds it.
_UNDER = "@"
# After every time there is, as text.
END_OF_TIME = "~"


class RenamesAdmin(EditorAdmin):
    """The pages of a post, also at the addresses it had."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The post, or the one that has left this address; that costs a few requests more."""
        row = super().get_object(request, object_id, from_field)
        # What a form shows may have left its address to another post.
        made = (Seen.load(request.POST.get(SEEN)).version or "").partition("@")[2]
        is_another = row is not None and made not in ("", row.created_at.isoformat())
        if is_another or (row is None and _is_slug(object_id)):
            with suppress(DoesNotExist):
                wanted = services.find_post(object_id, lambda post: made in ("", post.created_at.isoformat()))
                row = self.model.from_item(wanted)
        vars(request)["post_read"] = row
        return row

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row[Any] | None = None,
    ) -> HttpResponse:
        """From a former address to the present one; what was sent there is shown, and goes on to the present one."""
        if obj is not None and obj.item is not None:
            # A name that was typed and not saved is the form's alone.
            slug = obj.slug = obj.item.slug
            if _asked(request) != slug:
                form_url = self.url("change", quote(slug))
                self.message_user(request, f"This post has another address now: {slug}", messages.INFO)
                if request.method == "GET":
                    return HttpResponseRedirect(form_url)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def response_change(self, request: HttpRequest, obj: Row[Any]) -> HttpResponse:
        """Django leads back to where the form was sent: a post that was renamed is no longer there."""
        request.path = self.url("change", quote(obj.pk))
        return super().response_change(request, obj)

    def history_paginator(self, request: HttpRequest, object_id: str) -> HistoryPaginator:
        row = vars(request).get("post_read")
        if row is None:
            return super().history_paginator(request, object_id)
        return PostHistory(row.item, self.shown())

    def _entry(self, name: str, at: str) -> log.Entry:
        slug, under, moment = at.partition(_UNDER)
        if not under:
            return super()._entry(name, at)
        if not _is_slug(slug):
            raise Http404
        return super()._entry(_object(slug), moment)


def _asked(request: HttpRequest) -> str:
    match = request.resolver_match
    return unquote(match.kwargs["object_id"]) if match else ""


def _is_slug(text: str) -> bool:
    try:
        SLUG_RULE(text)
    except ValidationError:
        return False
    return len(text) <= services.MAX_SLUG


def _object(slug: str) -> str:
    return f"{rows.Post._meta.label_lower}#{slug}"


class PostHistory(HistoryPaginator):
    """The entries under all names of one post, newest first. One Query for each name a page holds entries of."""

    def __init__(self, post: Post, names: list[str]) -> None:
        super().__init__(rows.Post, post.slug, names)
        self.post = post

    def get_page(self, number: int) -> HistoryPage:
        cursor = str(number) if number not in (1, "1", None) else None
        before = load_cursor(cursor, self._scope)["at"]["S"] if cursor else END_OF_TIME
        found = list(islice(self._entries(before), HISTORY_PAGE + 1))
        more, found = len(found) > HISTORY_PAGE, found[:HISTORY_PAGE]
        older = dump_cursor({"at": {"S": found[-1].at}}, self._scope) if more else None
        return PostHistoryPage(self, log.Entries(found, older), cursor)

    @property
    def _scope(self) -> str:
        return f"history:{self.object}"

    def _entries(self, before: str) -> Iterator[log.Entry]:
        """Without those of another post that stood at the address while this one was deleted."""
        made = self.post.serialize()["created_at"]
        for slug, since, until in _ages(self.post):
            if since < before:
                span = log.Entry.at.between(since, min(until, before))
                under = Query(model=log.Entry, hash_key=_object(slug), range=span, forward=False, consistent=True)
                for one in under.all(HISTORY_PAGE + 1):
                    is_own = log.unpack(one.after).get("created_at", made) == made
                    if is_own and one.at < before and not one.is_expired():
                        yield one


class PostHistoryPage(HistoryPage):
    """Entries under former names say so to the button that restores them."""

    def _row(self, entry: log.Entry) -> Any:
        row = super()._row(entry)
        if entry.object != self.paginator.object:
            row.at = f"{entry.pk}{_UNDER}{entry.at}"
        return row


def _ages(post: Post) -> Iterator[tuple[str, str, str]]:
    """Each name, since when and until when the post had it, as entries' times are written. The present one first.

    Before the post was created, its first name was another's.
    """
    until = END_OF_TIME
    for number in range(len(post.renames), -1, -1):
        since = _text(post.renames[number - 1].until if number else post.created_at)
        if since < until:
            yield post.renames[number].slug if number < len(post.renames) else post.slug, since, until
        until = since


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
