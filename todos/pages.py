"""MyTodoList's page: one HTML document for everyone, its manifest, and the worker that makes it work offline.

Nothing here knows who asks: the page signs its user in with Cognito and talks to the public API alone, so any cache may
keep all three.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.views.decorators.http import require_safe

from config.aws import bucket_url
from rest import csp
from rest.csp import SELF

FOLDER = Path(__file__).parent / "static"
STYLES = ["shared/tokens.css", "todos/todos.css"]
# Runs before anything is drawn, and the module that begins everything.
EARLY, ENTRY = "todos/early.js", "todos/app.js"

# A shared cache keeps them a minute and may serve them for a day while it fetches anew; browsers ask each time.
CACHE_CONTROL = "public, max-age=0, s-maxage=60, stale-while-revalidate=86400, stale-if-error=86400"

View = Callable[[HttpRequest], HttpResponse]


def public(view: View) -> View:
    """A view whose answer is the same for everyone."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response["Cache-Control"] = CACHE_CONTROL
        return response

    return require_safe(answer)


@public
def page(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    response = HttpResponse(_document())
    response["Content-Security-Policy"] = policy()
    # Pictures come from S3 with a signed address, which no other site needs to see.
    response["Referrer-Policy"] = "same-origin"
    return response


def _document() -> str:
    prefix = get_script_prefix().rstrip("/")
    media, live = (settings.PUBLIC_URLS.get(name, "") or prefix for name in ("media", "live"))
    context = {
        "uploads": f"{media}/api/media/uploads/",
        "reminders": _api_of("reminders"),
        "mydata": _api_of("mydata"),
        "live": f"{live}/api/live/tickets/" if settings.LIVE_API else "",
        "site": settings.SITE_URL,
        "signs_up_here": settings.LOCAL,
        "modules": [name for name in modules() if name != ENTRY],
        "styles": STYLES,
    }
    return render_to_string("todos/page.html", context)


def _api_of(service: str) -> str:
    """The address of a service's API; empty without that service."""
    if service not in settings.PUBLIC_URLS:
        return ""
    return f"{settings.PUBLIC_URLS[service] or get_script_prefix().rstrip('/')}/api/{service}/"


@public
def manifest(request: HttpRequest) -> HttpResponse:
    """What makes the page an app that can be installed (W3C Web Application Manifest)."""
    document = render_to_string("todos/manifest.webmanifest")
    return HttpResponse(document, content_type="application/manifest+json")


@public
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, from an address beneath the page's so that it is in charge of that page and nothing else.

    It names every file the page needs, and its version is made of them and the page: a change in any is a new worker.
    """
    addresses = [reverse("todos-manifest"), *(static(name) for name in [*STYLES, EARLY, *modules(), "todos/icon.svg"])]
    context = {
        "page": reverse("todos-page"),
        "session": reverse("todos-session"),
        "todos": reverse("todos"),
        "reminders": _api_of("reminders"),
        "icon": static("todos/icon-192.png"),
        "assets": json.dumps(addresses, indent=2),
        "version": _version(addresses),
    }
    script = render_to_string("todos/service-worker.js", context)
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Content-Security-Policy"] = policy()
    return response


def modules() -> list[str]:
    """The page's modules: a deployed package has their names in the list of hashed files, but not the files."""
    known = getattr(staticfiles_storage, "hashed_files", None)
    names = known or (path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("todos/**/*.js"))
    return sorted(name for name in names if name.startswith("todos/") and name.endswith(".js") and name != EARLY)


def policy() -> str:
    """The page may run its own scripts, show its own pictures and ask this site, Cognito and the buckets: no one else.

    Trusted Types close every sink that makes markup or scripts of text, save for the worker's address.
    """
    static_files, cognito = csp.origin(settings.STATIC_URL), csp.origin(settings.COGNITO["api_url"])
    buckets = {csp.origin(bucket_url(bucket)) for bucket in (settings.UPLOADS_BUCKET, settings.THUMBNAILS_BUCKET)}
    buckets.add(csp.origin(settings.UPLOADS_URL))
    services = {csp.origin(settings.PUBLIC_URLS.get(name, "")) for name in ("media", "live", "reminders", "mydata")}
    # Behind CloudFront the WebSocket is at the site's own address.
    socket = "" if settings.EDGE_ONLY else settings.LIVE_URL
    return csp.policy(
        script_src=[SELF, static_files],
        style_src=[SELF, static_files],
        img_src={SELF, "blob:", static_files, *buckets},
        connect_src={SELF, static_files, *buckets, cognito, *services, socket},
        manifest_src=[SELF],
        worker_src=[SELF],
        require_trusted_types_for=["'script'"],
        trusted_types=["worker"],
    )


def _version(addresses: list[str]) -> str:
    """Changes with the page and any of its files: by hashed name, or where names have no hash by when it was saved."""
    saved = [path.stat().st_mtime_ns for path in sorted(FOLDER.glob("todos/**/*"))] if settings.LOCAL else []
    return hashlib.blake2b(repr((addresses, saved, _document())).encode(), digest_size=8).hexdigest()
