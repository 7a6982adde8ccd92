"""Pages as answers: rendered, labelled for caches, under a policy that lets a browser run and fetch nothing else."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache, wraps
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.template.loader import render_to_string
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from rest_framework.exceptions import Throttled

from blog import caching
from dynamo.errors import DynamoError
from rest import csp
from rest.errors import to_problem
from rest.problems import NotFound, Problem
from rest.views import PRIVATE, label

HTML = "text/html; charset=utf-8"
# Control characters, which a title may hold and HTML may not.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


class WebPage(NamedTuple):
    """What a view shows, and how long it is true: until `until`, or until one of its `labels` is cleared."""

    template: str
    context: Mapping[str, Any] = {}
    labels: Sequence[str] = ()
    until: datetime | None = None
    modified: datetime | None = None
    status: int = 200
    content_type: str = HTML
    seconds: int = caching.SHARED_SECONDS


View = Callable[..., WebPage | HttpResponse]


def page(view: View) -> Callable[..., HttpResponse]:
    """A view that anyone may read and any cache may keep."""
    return require_safe(answering(view))


def answering(view: View) -> Callable[..., HttpResponse]:
    """A view whose errors are pages, too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            shown = view(request, *args, **kwargs)
        except (DynamoError, Problem, Throttled) as error:
            return sorry(to_problem(error) or Problem())
        return shown if isinstance(shown, HttpResponse) else public(shown)

    return answer


def public(shown: WebPage) -> HttpResponse:
    """The same for everybody: nothing in it depends on the reader."""
    answer = _render(shown)
    answer["Cache-Control"] = caching.cache_control(shown.until, seconds=shown.seconds)
    label(answer, shown.labels)
    if shown.modified:
        answer["Last-Modified"] = http_date(shown.modified.timestamp())
    return answer


def private(shown: WebPage) -> HttpResponse:
    """For the one who asked, and kept by nobody."""
    answer = _render(shown)
    answer["Cache-Control"] = PRIVATE
    return answer


def moved(path: str, labels: Sequence[str], until: datetime | None = None) -> HttpResponse:
    """To where it is now: for good, but a cache forgets it with the labels, or at `until`."""
    answer = HttpResponsePermanentRedirect(path)
    answer["Cache-Control"] = caching.cache_control(until)
    return label(answer, labels)


def missing(labels: Sequence[str] = (), until: datetime | None = None) -> WebPage:
    """404: a short memory is enough for what is not there, or not yet."""
    context = {"heading": "Page not found"}
    return WebPage("blog/missing.html", context, labels, until, status=404, seconds=caching.MISSING_SECONDS)


def sorry(problem: Problem) -> HttpResponse:
    """An error as a page, for people; kept by nobody."""
    if isinstance(problem, NotFound):
        return public(missing())
    heading = HTTPStatus(problem.status).phrase if problem.status < 500 else "Something is broken here"
    answer = private(WebPage("blog/sorry.html", {"heading": heading, "problem": problem}, status=problem.status))
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


def _render(shown: WebPage) -> HttpResponse:
    text = _NOT_TEXT.sub("", render_to_string(shown.template, dict(shown.context)))
    answer = HttpResponse(text, status=shown.status, content_type=shown.content_type)
    answer["Content-Security-Policy"] = _policy()
    return answer


@cache
def _policy() -> str:
    """No scripts, no frames, no fonts; styles and pictures from this site's own places."""
    static = [csp.SELF, csp.origin(settings.STATIC_URL)]
    # Nothing here asks for anything; Chromium's tools read robots.txt in the page's name.
    return csp.policy(style_src=static, img_src=[*static, csp.origin(settings.THUMBNAILS_URL)], connect_src=[csp.SELF])
