"""The pages people read. Each is made of a Query or two, is the same for everybody, and is kept by caches."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from rest_framework.request import Request

from blog import search as words
from blog.api.serializers import normal_address
from blog.api.subscriptions import SubscriberList
from blog.caching import shown
from blog.models import CONFIRM, MAX_TAGS_LISTED, Post, Subscriber, TagCount, TagPost, moment_of, tag_label
from blog.pages.posts import author_name, author_slug, in_year, years
from blog.pages.responses import View, WebPage, answering, missing, moved, page, private, public, sorry
from blog.pages.structured_data import about_blog, about_post
from blog.post_html import post_html
from dynamo.batches import fetch_many
from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.queries import Query
from rest import errors
from rest.problems import Forbidden, Problem

HOME_POSTS, LISTED_POSTS, FOUND_POSTS = 12, 20, 30
MAX_LOOKED_AT = 100  # of those the index of words knows
MAX_QUESTION = 100


def next_change() -> datetime | None:
    """When the next scheduled post appears.

    A view asks before it reads what it shows: of a post whose time comes in between, the page is out of date at once,
    where it would be kept without the post for an hour.
    """
    upcoming = Post.scheduled().page(1).items
    return upcoming[0].published_at if upcoming else None


@page
def home(request: HttpRequest) -> WebPage:
    until, found = next_change(), Post.published().page(HOME_POSTS)
    context = {"posts": found.items, "more": found.next_key is not None, "data": about_blog(), "path": request.path}
    return WebPage("blog/home.html", context, ["all", *shown(found.items)], until)


@page
def post(request: HttpRequest, slug: str) -> WebPage | HttpResponse:
    """One post; from a former slug to the present one."""
    at, labels = now(), [f"page-{slug}"]
    found = Post.fetch_or_none((slug,))
    if found is None or not found.is_public(at):
        return missing(labels, moment_of(found.position) if found and found.position else None)
    if found.moved_to:
        return moved(reverse("blog-post", args=[found.moved_to]), labels)
    newer = found.newer if found.newer and found.newer.published_at <= at else None
    context = {
        "post": found, "html": post_html(found), "older": found.older, "newer": newer, "data": about_post(found),
        "path": request.path,
    }  # fmt: skip
    upcoming = found.newer.published_at if found.newer and not newer else None
    dates = (found.updated_at, found.published_at, found.linked_at, newer and newer.published_at)
    modified = max(date for date in dates if date and date <= at)
    return WebPage("blog/post.html", context, labels, upcoming, modified)


# --- Lists --------------------------------------------------------------------------------------------------------


def _newest(label: str, listing: Query[Any], template: str, **context: object) -> WebPage:
    """The newest posts of a list and, where it goes on, its years; without posts there is no such list."""
    until, found = next_change(), listing.page(LISTED_POSTS)
    if not found.items:
        return missing([label], until)
    older = list(years(listing)) if found.next_key else []
    return WebPage(template, {**context, "posts": found.items, "years": older}, [label, *shown(found.items)], until)


def _year(label: str, listing: Query[Any], year: int, template: str, **context: object) -> WebPage:
    until = next_change() if year >= now().year else None
    posts, labels = list(in_year(listing, year).all()), [f"{label}-{year:04}"]
    if not posts:
        return missing(labels, until)
    return WebPage(template, {**context, "posts": posts, "year": f"{year:04}"}, labels, until)


@page
def posts(request: HttpRequest) -> HttpResponse:
    """Where whoever cuts the address of a post short is led."""
    return moved(reverse("blog-archive"), [])


@page
def tag(request: HttpRequest, tag: str) -> WebPage:
    return _newest(tag_label(tag), TagPost.published(tag), "blog/tag.html", tag=tag, path=request.path)


@page
def tag_year(request: HttpRequest, tag: str, year: int) -> WebPage:
    return _year(tag_label(tag), TagPost.published(tag), year, "blog/tag.html", tag=tag, path=request.path)


@page
def author(request: HttpRequest, name: str, author: str, year: int | None = None) -> WebPage | HttpResponse:
    """An author's posts, the newest or those of a year. The id finds them; the name is for people."""
    label, listing = f"author-{author}", Post.published_by(author)
    given = {"author": author, "path": request.path}
    found = (
        _newest(label, listing, "blog/author.html", **given)
        if year is None
        else _year(label, listing, year, "blog/author.html", **given)
    )
    if found.status == 200:
        written = author_name(found.context["posts"][0])
        if name != author_slug(written):
            route, rest = ("blog-author", []) if year is None else ("blog-author-year", [year])
            # Kept beyond that, two names would lead to each other once a post comes that is signed with this one.
            return moved(reverse(route, args=[author_slug(written), author, *rest]), found.labels, found.until)
    return found


@page
def archive(request: HttpRequest) -> WebPage:
    """All years, the latest with its posts."""
    until, found = next_change(), list(years(Post.published()))
    latest = list(in_year(Post.published(), found[0]).all()) if found else []
    labels = ["all", *(f"all-{year:04}" for year in found[:1])]
    context = {"posts": latest, "years": found, "year": found[0] if found else None, "path": request.path}
    return WebPage("blog/archive.html", context, labels, until)


@page
def archive_year(request: HttpRequest, year: int) -> WebPage:
    return _year("all", Post.published(), year, "blog/archive.html", path=request.path)


@page
def tags(request: HttpRequest) -> WebPage:
    until, at = next_change(), now()
    rows = TagCount.all().page(MAX_TAGS_LISTED).items
    counts = [(row.tag, count) for row in rows if (count := row.visible(at))]
    return WebPage("blog/tags.html", {"tags": counts, "path": request.path}, ["tags"], until)


@page
def search(request: HttpRequest) -> WebPage:
    """Posts that have every word asked for: in their title, summary, tags or author first, then those in their text."""
    until, question = next_change(), " ".join(request.GET.get("q", "")[:MAX_QUESTION].split())
    context: dict[str, Any] = {"question": question, "path": request.path}
    if question:
        found = replace(Post.published(), keep=_matcher(question)).page(FOUND_POSTS)
        # Fewer may have a next page, too: then there are posts that were not looked at.
        is_full = len(found.items) == FOUND_POSTS
        posts = [*found.items, *([] if is_full else _by_words(question, found.items))]
        more = len(posts) > FOUND_POSTS or (is_full and found.next_key is not None)
        context |= {"posts": posts[:FOUND_POSTS], "more": more}
    return WebPage("blog/search.html", context, ["search"], until, seconds=300)


def _by_words(question: str, known: Sequence[Post]) -> list[Post]:
    """Other public posts, by the index of words: whole words in any order, the best first.

    At most four Queries and four BatchGetItems; of the best MAX_LOOKED_AT, drafts too, those count that are public.
    """
    seen, at, found = {post.slug for post in known}, now(), words.find(question)
    slugs = [slug for slug in found.slugs if slug not in seen][:MAX_LOOKED_AT]
    shown: list[Post] = []
    # Each is read with all its text, so only as many as it takes to know that there are more than a page shows.
    while slugs and len(known) + len(shown) <= FOUND_POSTS:
        some, slugs = slugs[: FOUND_POSTS + 1], slugs[FOUND_POSTS + 1 :]
        posts = {post.slug: post for post in fetch_many(Post, [(slug,) for slug in some])}
        public = (posts[slug] for slug in some if slug in posts and posts[slug].shelf and posts[slug].is_public(at))
        shown += [post for post in public if found.has_rest(post)]
    return shown


def _matcher(question: str) -> Callable[[Post], bool]:
    asked = words.plain(question).split()

    def matches(post: Post) -> bool:
        text = words.plain(" ".join((post.title, post.summary, post.author_name, *(post.tags or ()))))
        return bool(asked) and all(word in text for word in asked)  # a lone accent is no word

    return matches


@page
def about(request: HttpRequest) -> WebPage:
    return WebPage("blog/about.html", {"path": request.path})


# --- Subscribing --------------------------------------------------------------------------------------------------


def form(view: View) -> Callable[..., HttpResponse]:
    """A page with a form that is sent to itself; no cookie stands for its sender, so it needs no CSRF token."""
    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(answering(view)))


@form
def subscribe(request: HttpRequest) -> WebPage | HttpResponse:
    """The form, and what it sends.

    A request forged on another site carries no right that its maker does not have already. Browsers that say a form
    came from elsewhere are refused all the same.
    """
    if request.method != "POST":
        return WebPage("blog/subscribe.html", {"path": request.path})
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("Subscribe on this site's own page.")
    given = request.POST.get("email", "").strip()
    address = normal_address(given)
    if address is None:
        return private(WebPage("blog/subscribe.html", {"given": given[:254], "wrong": True}, status=400))
    _count(request)
    Subscriber.subscribe(address)
    # See Other: reloading the next page sends nothing again.
    return HttpResponseRedirect(reverse("blog-subscribed"), status=303, headers={"Cache-Control": "no-store"})


def _count(request: HttpRequest) -> None:
    """As often as the API allows, counted together with it. Raises Throttled."""
    view = SubscriberList()
    view.request = Request(request)
    view.check_throttles(view.request)


@page
def subscribed(request: HttpRequest) -> WebPage:
    """Where the form leads; the same for a known and an unknown address."""
    return WebPage("blog/subscribed.html", {"path": request.path})


@form
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in every email, for people. The token is what a forged request would have to know."""
    email = Subscriber.read_token(token)
    if request.method == "POST":
        Subscriber.unsubscribe(email)
    return _secret(WebPage("blog/unsubscribe.html", {"email": email, "done": request.method == "POST"}))


@form
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a welcome. Reading it changes nothing, as scanners of mail follow links; its button confirms."""
    status, email = 200, Subscriber.read_token(token, CONFIRM)
    if request.method == "POST":
        try:
            Subscriber.confirm(email, request.META.get("REMOTE_ADDR", ""))
        except DoesNotExist:
            status = HTTPStatus.GONE
    context = {"email": email, "done": request.method == "POST", "gone": status != HTTPStatus.OK}
    return _secret(WebPage("blog/confirm.html", context, status=status))


def _secret(shown: WebPage) -> HttpResponse:
    """A page whose address holds a token."""
    answer = private(shown)
    answer["Referrer-Policy"] = "no-referrer"
    return answer


# --- Errors -------------------------------------------------------------------------------------------------------


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: problem details under /api/, else a page."""
    if request.path_info.startswith("/api/"):
        return errors.page_not_found(request, exception)
    return public(missing())


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: the log has the traceback under the request's id."""
    return errors.server_error(request) if request.path_info.startswith("/api/") else sorry(Problem())
