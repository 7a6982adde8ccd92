"""Posts that are not public yet, as readers will see them: behind a secret link, and in the editor's preview."""

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from blog.models import Post
from blog.pages.responses import WebPage, answering, private
from blog.pages.structured_data import about_post
from blog.post_html import post_html
from blog.services import find_post, made_mark
from dynamo.models import now
from rest.problems import Gone, NotFound

# How long a secret link works.
SECRET_FOR = timedelta(days=7)
_SALT = "blog.draft"


def secret_path(slug: str, created_at: datetime) -> str:
    """A link that shows a draft to whoever has it, for a week from now, under whatever name by then; no other post."""
    return reverse("blog-draft", args=[signing.dumps([slug, made_mark(created_at)], salt=_SALT)])


@require_safe
@answering
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """What a secret link leads to; once the post is public, its own page. Kept and listed by nobody."""
    post = _linked(token)
    if post.is_public(now()):
        answer: HttpResponse = HttpResponseRedirect(reverse("blog-post", args=[post.slug]))
        answer["Cache-Control"] = "no-store"
    else:
        answer = private(WebPage("blog/draft.html", {**as_read(post), "days": SECRET_FOR.days}))
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # The address bar holds the token.
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _linked(token: str) -> Post:
    """The post a secret link was made for. Raises Gone, NotFound, and DoesNotExist if it was deleted."""
    try:
        slug, made = signing.loads(token, salt=_SALT, max_age=SECRET_FOR)
    except signing.SignatureExpired:
        raise Gone("This link was good for a week. Ask whoever sent it for a new one.") from None
    except signing.BadSignature:
        raise NotFound from None
    return find_post(slug, lambda post: made_mark(post.created_at) == made)


def as_read(post: Post) -> dict[str, Any]:
    """What blog/post.html shows of a post that has no place among the others yet; a draft's date is today."""
    shown = post.copy()
    shown.published_at = post.published_at or now()
    return {"post": shown, "html": post_html(shown), "data": about_post(shown)}
