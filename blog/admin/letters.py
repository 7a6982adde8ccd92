"""The letter of a post in the admin: preview, a test to oneself, sending, and how far it is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from blog import welcome
from blog.admin.renames import RenamesAdmin
from blog.letters import control, mail
from blog.models import Post, Subscriber
from blog.models.letters import Delivery, Letter, Outcome
from dynamo.admin.writing import expect
from dynamo.errors import DynamoError, VersionConflict
from dynamo.models import now
from rest import csp
from serverless.errors import DomainError

_TURNS = {"pause": control.pause, "go_on": control.go_on, "cancel": control.cancel}
_NAMES = {
    Outcome.SENT: "Sent",
    Outcome.FAILED: "Failed",
    Outcome.BOUNCED: "Bounced",
    Outcome.COMPLAINED: "Called spam",
    Outcome.LEFT: "Unsubscribed before",
    Outcome.ASKED: "Asked to confirm first",
    Outcome.SENDING: "On its way",
    Outcome.PENDING: "Still to be sent",
}


# A post with an earlier date than that is no news.
DATED_BACK = timedelta(days=1)


def is_news(published_at: datetime | None) -> bool:
    """Whether a post of this date is or will be public, and is not dated back: then it may be sent by itself."""
    return published_at is not None and published_at >= now() - DATED_BACK


class LettersAdmin(RenamesAdmin):
    def get_urls(self) -> list[URLPattern]:
        letter = require_http_methods(["GET", "HEAD", "POST"])(self.letter)
        own = [
            path("<path:object_id>/letter/", self.admin_site.admin_view(letter), name="blog_post_letter"),
            path(
                "<path:object_id>/letter/preview/",
                self.admin_site.admin_view(require_safe(self.letter_preview)),
                name="blog_post_letter_preview",
            ),
        ]
        return [*own, *super().get_urls()]

    def has_publish_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return bool(user.has_perm("blog.publish_post"))

    def letter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        post = self._post(request, object_id)
        if request.method == "POST":
            self._act(request, post)
            return HttpResponseRedirect(request.path)
        letter = control.find(post)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Letter",
            "post": post,
            "version": self.model.from_item(post).shown_version,
            "letter": letter,
            **(_report(letter) if letter else {"recipients": Subscriber.confirmed().count()}),
            "is_public": post.is_public(now()),
        }
        return TemplateResponse(request, "blog/admin/letter.html", context)

    def letter_preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The mail's HTML, whose styles are inlined; nothing in it runs."""
        message = mail.make(self._post(request, object_id)).to(request.user.get_username())
        answer = HttpResponse(message["Body"]["Html"]["Data"])
        images = [csp.SELF, csp.origin(settings.THUMBNAILS_URL)]
        policy = csp.policy(style_src=["'unsafe-inline'"], img_src=images)
        answer["Content-Security-Policy"] = f"{policy}; sandbox"
        return answer

    def send_letter(self, request: HttpRequest, post: Post, *, is_there: bool) -> None:
        """Send a post that has just been published or scheduled, unless it is dated back.

        `is_there` says that its letter waits, and only has to begin.
        """
        if not is_news(post.published_at):
            text = "It is dated back, so it was not sent to subscribers: its letter's page does that."
            self.message_user(request, text, messages.WARNING)
            return
        with self._saying(request):
            if is_there:
                control.begin(post)
            else:
                control.send(post, by=str(request.user.pk))
            recipients = Subscriber.confirmed().count()
            when = "now" if post.is_public(now()) else "when it becomes public"
            text = f"It is sent to {recipients} subscriber{'' if recipients == 1 else 's'} {when}."
            self.message_user(request, text, messages.SUCCESS)

    @contextmanager
    def _saying(self, request: HttpRequest) -> Iterator[None]:
        try:
            yield
        except VersionConflict:
            text = "It was changed meanwhile, so it was not sent: look at it again."
            self.message_user(request, text, messages.ERROR)
        except DomainError as error:
            self.message_user(request, error.detail, messages.ERROR)
        except (welcome.MailRefused, DynamoError, ClientError, BotoCoreError) as error:
            text = f"That did not work ({type(error).__name__}). A letter that was begun goes on within a minute."
            self.message_user(request, text, messages.ERROR)

    def _post(self, request: HttpRequest, object_id: str) -> Post:
        if not self.has_publish_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        post: Post = row.item
        return post

    def _act(self, request: HttpRequest, post: Post) -> None:
        action, who = request.POST.get("action", ""), request.user.get_username()
        with self._saying(request):
            if action == "test":
                welcome.send_mail(who, mail.make(post).to(who))
                self.message_user(request, f"Sent a test to {who}.", messages.SUCCESS)
            elif action == "send":
                expect(self.model.from_item(post), request.POST.get("version"))
                control.send(post, by=str(request.user.pk))
            elif action in _TURNS:
                _TURNS[action](post)


def _report(letter: Letter) -> dict[str, Any]:
    """How far it is and what became of it; once the ledger is forgotten, as it was at its end."""
    counts = Delivery.outcomes(letter.letter) or Counter({(kind, why): n for kind, why, n in letter.outcomes or ()})
    order = list(_NAMES)
    lines = sorted(counts.items(), key=lambda item: (order.index(Outcome(item[0][0])), -item[1]))
    unfinished = sum(n for (kind, _), n in counts.items() if kind in {Outcome.PENDING.value, Outcome.SENDING.value})
    return {
        "outcomes": [(_NAMES[Outcome(kind)], why, number) for (kind, why), number in lines],
        "unfinished": unfinished,
        "done": counts.total() - unfinished,
    }
