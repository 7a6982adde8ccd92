"""Subscribers in the admin: found by address, exported, welcomed again, and removed when they ask for it."""

import logging
import time
from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from blog import models
from blog.admin import rows
from blog.api.serializers import MAX_EMAIL
from blog.models import Welcome
from blog.welcome import welcome_again
from dynamo.admin.history.log import Change
from dynamo.admin.options import RowAdmin
from dynamo.admin.query.queryset import RowQuerySet
from dynamo.admin.rows import Row
from rest.text import csv_line

log = logging.getLogger(__name__)

# For so long another welcome is begun: with the one under way that ends before API Gateway does.
TURN_SECONDS = 15
# Why a welcome was not sent again, by what its row says now.
_UNSENT: dict[Welcome | None, str] = {
    Welcome.FAILED: "SES refuses its welcome: see the reason.",
    Welcome.PENDING: "SES did not take its welcome: send it again later.",
    Welcome.SENDING: "its welcome may be on its way: look again in two minutes.",
}


@admin.register(rows.Subscriber)
class SubscriberAdmin(RowAdmin):
    """Nothing of an address outlives its removal: the log keeps neither values nor addresses."""

    history_values = False
    change_list_template = "blog/admin/subscribers.html"
    list_display = ["address", "created_at", "status", "sent_at", "reason"]
    list_filter = ["status", "created_at"]
    search_fields = ["email"]
    actions = ["send_again"]
    exclude = ["attempts", "claim", "claimed_until", "region"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody is subscribed by somebody else."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Any:
        return self.shown()

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """Those whose address is this or begins so, by address. One Query."""
        words = search_term.lower().split()
        if not words:
            return queryset, False
        return queryset.filter(email__startswith=words[0][:MAX_EMAIL]).order_by(), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        extra = {"may_export": self.has_change_permission(request), "export_url": self.url("export")}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def save_item(
        self, request: HttpRequest, row: Row[Any], changes: Mapping[str, Any], expect: int | None, entry: Change
    ) -> None:
        entry.row = _nameless(row)
        super().save_item(request, row, changes, expect, entry)

    def delete_item(self, request: HttpRequest, row: Row[Any], expect: int, entry: Change) -> None:
        entry.row = _nameless(row)
        super().delete_item(request, row, expect, entry)

    @admin.action(description="Send a welcome that failed or waits again", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: RowQuerySet[Any]) -> None:
        """One after the other, while the editor waits; each says what became of it.

        Also one that waits, as the stream gives up in time; its claim keeps two from sending it.
        """
        sent, end = 0, time.monotonic() + TURN_SECONDS
        for row in queryset:
            if row.status in {Welcome.SENT.value, Welcome.CONFIRMED.value}:
                self._left(request, row, f"its welcome is {row.status}.")
            elif time.monotonic() > end:
                self._left(request, row, "SES is slow, and no time was left: send it again.")
            elif row.status != Welcome.FAILED.value or self.update_rows(
                request, [row], status=Welcome.PENDING.value, reason=None
            ):
                if (status := welcome_again(row.pk)) is Welcome.SENT:
                    sent += 1
                else:
                    self._left(request, row, _UNSENT.get(status, "it has confirmed, or gone."))
        self.message_user(request, f"Sent {sent} welcome email{'' if sent == 1 else 's'}.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(require_safe(self.export))
        return [path("export/", export, name="blog_subscriber_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Everybody as CSV, read and sent page by page. Raises PermissionDenied."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        log.info("%s exports the subscribers", request.user.pk)
        answer = StreamingHttpResponse(_lines(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="subscribers.csv"'
        answer["Cache-Control"] = "no-store"
        return answer


def _nameless(row: Row[Any]) -> Row[Any]:
    """What the log may say of a subscriber: the same for the same one, and no address."""
    name = salted_hmac("blog.subscriber", row.pk, algorithm="sha256").hexdigest()[:16]
    shown = rows.Subscriber(email=f"subscriber-{name}", address="a subscriber")
    shown.version = row.version
    return shown


def _lines() -> Iterator[str]:
    yield csv_line(["address", "subscribed", "welcome"])
    for one in models.Subscriber.everybody().all(500):
        subscribed = one.created_at.isoformat(timespec="seconds") if one.created_at else ""
        yield csv_line([one.address, subscribed, one.status])
