"""The API of MyBlog: anyone reads, editors write, publishers decide what is public."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import CognitoAuthentication
from accounts.permissions import IsEditor, May
from accounts.users import User
from blog import services
from blog.examples import LISTED_POST, NEW_POST, POST, SLUG, TAG
from blog.markdown import RENDERER
from blog.models import MAX_TAGS_LISTED, Post, Status, Subscriber, TagCount, TagPost, is_public, moment_of
from blog.serializers import (
    AcceptedSerializer,
    DraftQuery,
    ListedPostSerializer,
    PostInput,
    PostQuery,
    PostSerializer,
    SubscriberInput,
    TagSerializer,
    lister,
    show_post,
    show_tag,
)
from blog.services import MAX_SLUG
from dynamo import dax
from dynamo.errors import RawItem
from dynamo.models import now
from dynamo.queries import Query
from dynamo.reading import ItemView
from rest.describing import extend_schema
from rest.etags import etag, http_date, precondition
from rest.json import encode
from rest.paging import page_answer
from rest.problems import NotFound, PreconditionFailed
from rest.serializers import StrictSerializer
from rest.views import PRIVATE, ApiView, JsonResponse, PublicView

READING = {"GET", "HEAD", "OPTIONS"}
# PublicView's minute; a post whose newer neighbour appears sooner is kept until then only.
SHARED_SECONDS = 60

LISTED = OpenApiResponse(ListedPostSerializer(many=True), examples=[OpenApiExample("A post", [LISTED_POST])])
SHOWN = OpenApiResponse(PostSerializer, examples=[OpenApiExample("A post", POST)])
SLUG_PARAMETER = OpenApiParameter(
    "slug",
    {"type": "string", "pattern": r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "maxLength": MAX_SLUG, "example": SLUG},
    OpenApiParameter.PATH,
)
LINKS = OpenApiParameter(
    "Link", OpenApiTypes.STR, OpenApiParameter.HEADER, response=[200], description="RFC 8288: `first` and `next` page."
)
PLACE = OpenApiParameter(
    "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[201], description="The new post."
)
MOVED = OpenApiParameter(
    "Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=[308], description="Where the post is now."
)
INPUT_EXAMPLES = [
    OpenApiExample("Publish", {key: NEW_POST[key] for key in NEW_POST if key != "hero"}, request_only=True),
    OpenApiExample("A draft", {"title": "Why DynamoDB?", "body": "To *do*."}, request_only=True),
    OpenApiExample("With a photo", NEW_POST, request_only=True),
]


class MayDelete(May):
    """Who takes a post from readers for good."""

    what, permission = "Deleting a post", "blog.delete_post"


class BlogView(PublicView):
    """Anyone reads, editors write. A token makes no difference to a reader, so a CDN need not look at it."""

    def get_authenticators(self) -> list[Any]:
        # drf-spectacular asks before there is a request.
        request: Any = self.request
        return [] if request is None or request.method in READING else [CognitoAuthentication()]

    def get_permissions(self) -> list[Any]:
        if self.request.method in READING:
            return [AllowAny()]
        return [MayDelete()] if self.request.method == "DELETE" else [IsEditor()]

    @property
    def may_publish(self) -> bool:
        """Whether the writer decides what is public, and when."""
        user: Any = self.request.user
        return bool(user.may("blog.publish_post"))

    @property
    def authorization(self) -> str:
        """The writer's own header, to ask media in their name."""
        return str(self.request.META["HTTP_AUTHORIZATION"])


class PostList(BlogView):
    """Public posts."""

    @extend_schema(
        operation_id="blog_posts_list",
        summary="Posts, newest first",
        description="Without their bodies, a page at a time: follow the `next` link.",
        parameters=[PostQuery, LINKS],
        responses={200: LISTED},
    )
    def get(self, request: Request) -> HttpResponse:
        query = self.query(PostQuery)
        return list_posts(request, _listing(query), query)

    @extend_schema(
        operation_id="blog_posts_create",
        summary="Write a post",
        description="For editors. `published_at` makes it a draft (null), published (a time that has come) or "
        "scheduled (a later one); the latter two are for publishers.",
        request=PostInput,
        parameters=[PLACE],
        responses={201: SHOWN},
        examples=INPUT_EXAMPLES,
        extensions={"x-conflict": True},
    )
    def post(self, request: Request) -> HttpResponse:
        post = services.create_post(
            author=self.sub,
            values=self.body(PostInput),
            authorization=self.authorization,
            may_publish=self.may_publish,
        )
        return answer_post(
            request, ItemView(Post, post.serialize()), status=201, headers={"Location": _url(request, post.slug)}
        )


class PostDetail(BlogView):
    """One post."""

    versioned = True

    def get_authenticators(self) -> list[Any]:
        return [CognitoAuthentication()]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        # Editors read here what isn't public: what a token opened is kept by nobody, and asked for apart from the rest.
        answer["Vary"] = "Authorization"
        if "Authorization" in request.headers:
            answer["Cache-Control"] = PRIVATE
        return answer

    @extend_schema(
        operation_id="blog_posts_read",
        summary="One post",
        description="With an editor's token drafts and scheduled posts, too. A renamed post's former addresses lead "
        "to its present one.",
        parameters=[SLUG_PARAMETER, MOVED],
        responses={200: SHOWN, 308: OpenApiResponse(description="The post has been renamed.")},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        read = Post.fetch_raw if self._is_editor else partial(dax.fetch_raw, Post)
        post, at = ItemView(Post, read((slug,))), now()
        if not (self._is_editor or is_public(post.position, at)):
            raise NotFound
        if post.moved_to:
            return Response(status=308, headers={"Location": _url(request, post.moved_to)})
        answer = answer_post(request, post, at)
        answer["Cache-Control"] = self.cache_control.replace(
            f"s-maxage={SHARED_SECONDS}", f"s-maxage={shared_seconds(post, at)}"
        )
        return answer

    @extend_schema(
        operation_id="blog_posts_replace",
        summary="Replace a post",
        description="For editors. What is left out is emptied: without `published_at` the post becomes a draft. Only "
        "its slug stays. Another `published_at` than the present one is for publishers.",
        request=PostInput,
        parameters=[SLUG_PARAMETER],
        responses={200: SHOWN},
        examples=INPUT_EXAMPLES,
        extensions={"x-conflict": True},
    )
    def put(self, request: Request, slug: str) -> HttpResponse:
        return self._edit(request, slug, self.body(PostInput))

    @extend_schema(
        operation_id="blog_posts_update",
        summary="Change, publish, schedule, withdraw or rename a post",
        description="For editors. What is left out stays. `published_at` publishes, schedules or (null) withdraws, "
        "which is for publishers; `slug` renames, and the former address of a public post leads to the new one.",
        request=PostInput,
        parameters=[SLUG_PARAMETER],
        responses={200: SHOWN},
        examples=[
            OpenApiExample("Publish", {"published_at": "2026-03-01T09:00:00Z"}, request_only=True),
            OpenApiExample("Withdraw", {"published_at": None}, request_only=True),
            OpenApiExample("Rename", {"slug": "dynamodb-for-blogs"}, request_only=True),
        ],
        extensions={"x-conflict": True},
    )
    def patch(self, request: Request, slug: str) -> HttpResponse:
        return self._edit(request, slug, self.body(PostInput, partial=True))

    @extend_schema(
        operation_id="blog_posts_delete",
        summary="Delete a post",
        description="For publishers. Its former addresses lead nowhere from then on.",
        parameters=[SLUG_PARAMETER],
        responses={204: None},
    )
    def delete(self, request: Request, slug: str) -> HttpResponse:
        services.delete_post(slug=slug, expect=self._expected(request))
        return Response(status=204)

    def _edit(self, request: Request, slug: str, values: dict[str, Any]) -> HttpResponse:
        post = services.edit_post(
            slug=slug,
            values=values,
            expect=self._expected(request),
            editor=self.sub,
            authorization=self.authorization,
            may_publish=self.may_publish,
        )
        return answer_post(request, ItemView(Post, post.serialize()))

    @property
    def _is_editor(self) -> bool:
        user: Any = self.request.user
        return isinstance(user, User) and user.is_editor

    @staticmethod
    def _expected(request: Request) -> int | None:
        wanted = precondition(request)
        if wanted.must_not_exist:
            raise PreconditionFailed
        return wanted.version


class DraftList(ApiView):
    """What readers don't see yet."""

    permission_classes = [IsEditor]

    @extend_schema(
        operation_id="blog_drafts_list",
        summary="Drafts, or scheduled posts",
        description="For editors. To read one of them, ask for the post with your token.",
        parameters=[DraftQuery, LINKS],
        responses={200: LISTED},
    )
    def get(self, request: Request) -> HttpResponse:
        query = self.query(DraftQuery)
        listing = Post.scheduled() if query["status"] == Status.SCHEDULED else Post.drafts()
        return page_answer(request, listing, query, lister(request, listing.model, now()))


class TagList(PublicView):
    """Tags of public posts."""

    @extend_schema(
        operation_id="blog_tags_list",
        summary="Tags, by name",
        description=f"Those of at least one public post, the first {MAX_TAGS_LISTED:,} of them.",
        responses={200: OpenApiResponse(TagSerializer(many=True), examples=[OpenApiExample("A tag", [TAG])])},
    )
    def get(self, request: Request) -> HttpResponse:
        self.query(StrictSerializer)
        at = now()
        tags = TagCount.all().page(MAX_TAGS_LISTED).items
        return Response([show_tag(tag, request, at) for tag in tags if tag.visible(at)])


class SubscriberList(PublicView):
    """Who gets mail. Nobody learns here who that is."""

    throttle_scope = "subscribe"

    @extend_schema(
        operation_id="blog_subscribe",
        summary="Subscribe to new posts",
        description="The answer is the same whether the address was known or not. A new one gets a welcome email, "
        "from which it can unsubscribe with one click.",
        request=SubscriberInput,
        responses={202: AcceptedSerializer},
        examples=[OpenApiExample("An address", {"email": "reader@example.com"}, request_only=True)],
        extensions={"x-throttled": True},
    )
    def post(self, request: Request) -> HttpResponse:
        Subscriber.subscribe(self.body(SubscriberInput)["email"])
        return Response({"detail": "If this address is new here, a welcome email is on its way."}, status=202)


class Unsubscribe(PublicView):
    """The link in every email (RFC 8058): a mail client posts to it, a reader presses the button that does so."""

    cache_control = "private, no-store"

    @extend_schema(
        operation_id="blog_unsubscribe_page",
        summary="A page with a button",
        description="Reading it changes nothing: scanners of mail follow links.",
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        return self._page(request, Subscriber.read_token(token), done=False)

    @extend_schema(
        operation_id="blog_unsubscribe",
        summary="Unsubscribe",
        description="Any body will do; RFC 8058 sends `List-Unsubscribe=One-Click`. Again does no harm.",
        request=None,
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def post(self, request: Request, token: str) -> HttpResponse:
        email = Subscriber.read_token(token)
        Subscriber.unsubscribe(email)
        return self._page(request, email, done=True)

    @staticmethod
    def _page(request: Request, email: str, *, done: bool) -> HttpResponse:
        return render(request._request, "blog/unsubscribe.html", {"email": email, "done": done})


# --- Answers ------------------------------------------------------------------------------------------------------


def _url(request: HttpRequest | Request, slug: str) -> str:
    return request.build_absolute_uri(reverse("post", args=[slug]))


def _listing(query: dict[str, Any]) -> Query[Any]:
    """One Query for any question; for both an author and a tag, one that passes over the author's other posts."""
    if "author" in query:
        listing = Post.published_by(query["author"])
        return replace(listing, filter=Post.tags.contains(query["tag"])) if "tag" in query else listing
    return TagPost.published(query["tag"]) if "tag" in query else Post.published()


def list_posts(request: Request, listing: Query[Any], query: dict[str, Any]) -> HttpResponse:
    """A page of public posts, as new as the newest change in it."""
    # As DynamoDB has them, times sort as text.
    changes = ["1970-01-01T00:00:00.000000+0000"]
    show = lister(request, listing.model, now())

    def show_and_date(raw: RawItem) -> dict[str, Any]:
        changes.append(max(raw["updated_at"]["S"], raw["published_at"]["S"]))
        return show(raw)

    answer = page_answer(request, listing, query, show_and_date)
    answer["Last-Modified"] = http_date(max(changes))
    # A list that lost a post has no later date to show for it: only its ETag tells whether a copy is still good.
    request.META.pop("HTTP_IF_MODIFIED_SINCE", None)
    return answer


def answer_post(request: Request, post: ItemView, at: datetime | None = None, **kwargs: Any) -> JsonResponse:
    """A post with its ETag: the version, which If-Match looks at, and a mark of what changes around it."""
    at = at or now()
    data = show_post(post.raw, request, at)
    around = [data["status"], data["hero"], data["previous"], data["next"], RENDERER]
    answer = JsonResponse(data, **kwargs)
    answer["ETag"] = etag(int(post.version), blake2b(encode(around), digest_size=6).hexdigest())
    answer["Last-Modified"] = http_date(max(_changes(post, at)).isoformat())
    return answer


def _changes(post: ItemView, at: datetime) -> Iterator[datetime]:
    """When the post or what is shown around it changed, up to now."""
    yield post.updated_at
    yield from (moment for moment in (post.published_at, post.linked_at) if moment and moment <= at)
    if (newer := _newer_from(post)) and newer <= at:
        yield newer


def shared_seconds(post: ItemView, at: datetime) -> int:
    """How long a shared cache may keep a post: not beyond the time its newer neighbour appears."""
    newer = _newer_from(post)
    if newer is None or newer <= at:
        return SHARED_SECONDS
    return min(SHARED_SECONDS, int((newer - at).total_seconds()))


def _newer_from(post: ItemView) -> datetime | None:
    """When its newer neighbour is public."""
    return moment_of(post.newer["position"]) if post.newer else None
