"""What the editor of a post asks the server for while one writes: a preview, and doors for pictures."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.staff.session import access_token
from blog.admin.forms import TagsWidget
from blog.api.serializers import MAX_BODY, MAX_SUMMARY, MAX_TAG, MAX_TITLE
from blog.models import MAX_TAGS, Hero, Post, Status, tag_of
from blog.pages.drafts import as_read
from blog.publishing.markdown import RENDERER, reading_minutes
from blog.services import render_body
from blog.uploads import rendition
from dynamo.admin.options import RowAdmin
from dynamo.errors import DynamoError
from dynamo.models import now
from rest import client
from rest.errors import problem_response, to_problem
from rest.paging import MAX_LIMIT
from rest.problems import Invalid, Problem
from serverless.errors import DomainError

UPLOADS = "/api/media/uploads/"
View = Callable[..., HttpResponse]


class EditorAdmin(RowAdmin):
    """Views beside the form, for those who may write."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Who saves what was deleted meanwhile is led to where it is brought back; the browser keeps what was typed."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        is_gone = object_id is not None and response.get("Location") == reverse("admin:index")
        if request.method == "POST" and is_gone and self.has_add_permission(request):
            self.message_user(request, "Bring it back: then your browser offers what you wrote.", messages.WARNING)
            return HttpResponseRedirect(self.url("deleted"))
        return response

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("editor/preview/", self._for_writers(require_POST(preview)), name="blog_post_preview"),
            path(
                "editor/uploads/",
                self._for_writers(require_http_methods(["GET", "POST"])(uploads)),
                name="blog_post_uploads",
            ),
            path("editor/uploads/<uuid:upload>/", self._for_writers(require_GET(show_upload)), name="blog_post_upload"),
        ]
        return [*own, *super().get_urls()]

    def _for_writers(self, view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
            if not (self.has_add_permission(request) or self.has_change_permission(request)):
                raise PermissionDenied
            try:
                return view(request, **kwargs)
            except (Problem, DynamoError, DomainError) as error:
                return problem_response(to_problem(error) or Problem())

        # The site itself says that nothing of it is to be kept.
        return self.admin_site.admin_view(answer)


def preview(request: HttpRequest) -> HttpResponse:
    """{"html": a whole page as readers will see it, "words", "minutes", "warnings"}.

    Asks DynamoDB for nothing but the session. Raises Invalid for a body that is too long.
    """
    body = request.POST.get("body", "").replace("\r\n", "\n")
    if len(body.encode()) > MAX_BODY:
        raise Invalid.field("body", f"A post can have {MAX_BODY:,} bytes.")
    made = render_body(body)
    post = Post(
        "preview",
        author=str(request.user.pk),
        author_name=request.POST.get("author_name", "")[:MAX_TITLE],
        title=request.POST.get("title", "")[:MAX_TITLE] or "Untitled",
        summary=request.POST.get("summary", "")[:MAX_SUMMARY],
        html=made.html,
        renderer=RENDERER,
        words=made.words,
        tags=_tags(TagsWidget().value_from_datadict(request.POST, request.FILES, "tags") or ""),
        hero=_picture(request.POST.get("picture", ""), request.POST.get("alt", "")),
        published_at=_date(request.POST),
        updated_at=now(),
    )
    page = render_to_string("blog/preview.html", as_read(post))
    about = {"words": made.words, "minutes": reading_minutes(made.words), "warnings": made.warnings}
    return JsonResponse({"html": page, **about})


def _tags(text: str) -> list[str]:
    """The tags the form has; what is none yet is left out."""
    tags = dict.fromkeys(map(tag_of, text.split(",")))
    return [tag for tag in tags if 0 < len(tag) <= MAX_TAG][:MAX_TAGS]


def _date(sent: QueryDict) -> datetime | None:
    """The date the form has, None for a draft's; a form that is not right yet has none either."""
    if sent.get("published_at_0", Status.DRAFT) == Status.DRAFT:
        return None
    try:
        found = parse_datetime(sent.get("published_at_1", ""))
    except ValueError:
        return None
    return found and found.replace(tzinfo=UTC)


def _picture(text: str, alt: str) -> Hero | None:
    try:
        renditions = [rendition(one) for one in json.loads(text or "[]")]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Invalid.field("picture", "This is not a list of renditions.") from None
    if not renditions:
        return None
    return Hero(upload="", owner="", alt=alt, status="ready", renditions=renditions)  # type: ignore[no-untyped-call]


def uploads(request: HttpRequest) -> HttpResponse:
    """A door for one more picture, or those there are."""
    return ask_for_upload(request) if request.method == "POST" else list_uploads(request)


def list_uploads(request: HttpRequest) -> HttpResponse:
    """{"uploads": one's own pictures that are public and ready, "next": a cursor or ""}. A page may be empty."""
    cursor = request.GET.get("cursor", "")
    page = client.get_page("media", UPLOADS, _authorization(request), limit=MAX_LIMIT, cursor=cursor)
    shown = [
        one for one in page.items if one["visibility"] == "public" and one["status"] == "ready" and one["renditions"]
    ]
    return JsonResponse({"uploads": shown, "next": page.next})


def ask_for_upload(request: HttpRequest) -> HttpResponse:
    """A presigned upload of one public picture: media decides, asked with the editor's own token."""
    size = request.POST.get("size", "")
    wanted = {
        "name": request.POST.get("name", ""),
        "content_type": request.POST.get("content_type", ""),
        "size": int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
        "visibility": "public",
    }
    asked = client.post("media", UPLOADS, _authorization(request), wanted, address=request.META.get("REMOTE_ADDR", ""))
    return JsonResponse(asked, status=201)


def show_upload(request: HttpRequest, upload: UUID) -> HttpResponse:
    return JsonResponse(client.get("media", f"{UPLOADS}{upload}/", _authorization(request)))


def _authorization(request: HttpRequest) -> str:
    return f"Bearer {access_token(request)}"
