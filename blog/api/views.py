"""The API of MyBlog: anyone reads, editors write, publishers decide what is public."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import CognitoAuthentication
from accounts.permissions import IsEditor, May
from accounts.users import User
from blog import services
from blog.api.examples import LISTED_POST, NEW_POST, POST, SLUG, TAG
from blog.api.responses import CACHE_CONTROL, answer_post, cache_control, list_posts
from blog.api.serializers import (
    DraftQuery,
    DraftQuestion,
    ListedPostSerializer,
    PostInput,
    PostQuery,
    PostQuestion,
    PostSerializer,
    TagSerializer,
    WrittenPostSerializer,
    lister,
    show_tag,
)
from blog.caching import LISTS
from blog.models import MAX_TAGS_LISTED, Post, Status, TagCount, TagPost, is_public
from blog.services import MAX_SLUG, PostValues
from blog.uploads import MediaUploads
from dynamo import dax
from dynamo.errors import AlreadyExists
from dynamo.models import now
from dynamo.queries import Query
from dynamo.reading import ItemView
from rest.etags import precondition
from rest.lazy_schema import extend_schema, location
from rest.paging import page_answer
from rest.problems import Conflict, FieldError, NotFound
from rest.views import PRIVATE, READING, ApiView, PublicView, label

OPEN = READING | {"OPTIONS"}

LISTED = OpenApiResponse(ListedPostSerializer(many=True), examples=[OpenApiExample("A post", LISTED_POST)])
SHOWN = OpenApiResponse(PostSerializer, examples=[OpenApiExample("A post", POST)])
WRITTEN = OpenApiResponse(WrittenPostSerializer, examples=[OpenApiExample("A post", {**POST, "warnings": []})])
SLUG_PARAMETER = OpenApiParameter(
    "slug",
    {"type": "string", "pattern": r"^[a-z0-9]+(?:-[a-z0-9]+)*$", "maxLength": MAX_SLUG, "example": SLUG},
    OpenApiParameter.PATH,
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

    cache_control = CACHE_CONTROL

    def get_authenticators(self) -> list[Any]:
        # drf-spectacular asks before there is a request.
        request: Any = self.request
        return [] if request is None or request.method in OPEN else [CognitoAuthentication()]

    def get_permissions(self) -> list[Any]:
        if self.request.method in OPEN:
            return [AllowAny()]
        return [MayDelete()] if self.request.method == "DELETE" else [IsEditor()]

    @property
    def may_publish(self) -> bool:
        """Whether the writer decides what is public, and when."""
        user: Any = self.request.user
        return bool(user.may("blog.publish_post"))

    @property
    def uploads(self) -> MediaUploads:
        """Media, asked in the writer's name."""
        return MediaUploads(str(self.request.META["HTTP_AUTHORIZATION"]))


class PostList(BlogView):
    """Public posts."""

    query_methods = READING

    @extend_schema(
        operation_id="blog_posts_list",
        summary="Posts, newest first",
        description="Without their bodies, a page at a time: follow the `next` link.",
        parameters=[PostQuery],
        responses={200: LISTED},
    )
    def get(self, request: Request) -> HttpResponse:
        query: PostQuestion = self.query(PostQuery)
        return label(list_posts(request, _listing(query), query), [LISTS])

    @extend_schema(
        operation_id="blog_posts_create",
        summary="Write a post",
        description="For editors. `published_at` makes it a draft (null), published (a time that has come) or "
        "scheduled (a later one); the latter two are for publishers.",
        request=PostInput,
        parameters=[location("The new post.")],
        responses={201: WRITTEN},
        examples=INPUT_EXAMPLES,
        extensions={"x-conflict": True},
    )
    def post(self, request: Request) -> HttpResponse:
        values: PostValues = self.body(PostInput)
        rendered = services.render_body(values["body"])
        with _naming_the_slug():
            post = services.create_post(
                author=self.sub, values=values, uploads=self.uploads, may_publish=self.may_publish, rendered=rendered
            )
        place = {"Location": _url(request, post.slug)}
        return answer_post(
            request, ItemView(Post, post.serialize()), warnings=rendered.warnings, status=201, headers=place
        )


class PostDetail(BlogView):
    """One post."""

    versioned = True

    def get_authenticators(self) -> list[Any]:
        return [CognitoAuthentication()]

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        # Editors read here what isn't public: what a token opened is kept by nobody, and asked for apart from the rest.
        answer["Vary"] = "Authorization"
        if "HTTP_AUTHORIZATION" in request.META:
            answer["Cache-Control"] = PRIVATE
        return answer

    @extend_schema(
        operation_id="blog_posts_read",
        summary="One post",
        description="With an editor's token drafts and scheduled posts, too. A renamed post's former addresses lead "
        "to its present one.",
        parameters=[SLUG_PARAMETER, location("Where the post is now.", 308)],
        responses={200: SHOWN, 308: OpenApiResponse(description="The post has been renamed.")},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        read = Post.fetch_raw if self._is_editor else partial(dax.fetch_raw, Post)
        post, at = ItemView(Post, read((slug,))), now()
        if not (self._is_editor or is_public(post.position, at)):
            raise NotFound
        if post.moved_to:
            return label(Response(status=308, headers={"Location": _url(request, post.moved_to)}), [f"page-{slug}"])
        answer = answer_post(request, post, at)
        answer["Cache-Control"] = cache_control(post, at)
        return label(answer, [f"page-{slug}"])

    @extend_schema(
        operation_id="blog_posts_replace",
        summary="Replace a post",
        description="For editors. What is left out is emptied: without `published_at` the post becomes a draft. Only "
        "its slug stays. Another `published_at` than the present one is for publishers.",
        request=PostInput,
        parameters=[SLUG_PARAMETER],
        responses={200: WRITTEN},
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
        responses={200: WRITTEN},
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
        wanted = precondition(request)
        services.delete_post(slug=slug, expect=wanted.version, made=wanted.made)
        return Response(status=204)

    def _edit(self, request: Request, slug: str, values: PostValues) -> HttpResponse:
        rendered = services.render_body(values["body"]) if "body" in values else None
        wanted = precondition(request)
        with _naming_the_slug():
            post = services.edit_post(
                slug=slug,
                values=values,
                rendered=rendered,
                expect=wanted.version,
                made=wanted.made,
                editor=self.sub,
                uploads=self.uploads,
                may_publish=self.may_publish,
            )
        warnings = rendered.warnings if rendered else ()
        return answer_post(request, ItemView(Post, post.serialize()), warnings=warnings)

    @property
    def _is_editor(self) -> bool:
        user: Any = self.request.user
        return isinstance(user, User) and user.is_editor


class DraftList(ApiView):
    """What readers don't see yet."""

    permission_classes = [IsEditor]
    query_methods = READING

    @extend_schema(
        operation_id="blog_drafts_list",
        summary="Drafts, or scheduled posts",
        description="For editors. To read one of them, ask for the post with your token.",
        parameters=[DraftQuery],
        responses={200: LISTED},
    )
    def get(self, request: Request) -> HttpResponse:
        query: DraftQuestion = self.query(DraftQuery)
        listing = Post.scheduled() if query["status"] == Status.SCHEDULED else Post.drafts()
        return page_answer(request, listing, query, lister(request, listing.model, now()))


class TagList(PublicView):
    """Tags of public posts."""

    cache_control = CACHE_CONTROL

    @extend_schema(
        operation_id="blog_tags_list",
        summary="Tags, by name",
        description=f"Those of at least one public post, the first {MAX_TAGS_LISTED:,} of them.",
        responses={200: OpenApiResponse(TagSerializer(many=True), examples=[OpenApiExample("A tag", TAG)])},
    )
    def get(self, request: Request) -> HttpResponse:
        at = now()
        tags = TagCount.all().page(MAX_TAGS_LISTED).items
        return label(Response([show_tag(tag, request, at) for tag in tags if tag.visible(at)]), [LISTS])


@contextmanager
def _naming_the_slug() -> Iterator[None]:
    """409 names the slug in `errors` where it is taken."""
    try:
        yield
    except AlreadyExists as taken:
        error = FieldError("Another post is at this slug, or was: choose another.", pointer="/slug", code="taken")
        raise Conflict(errors=[error]) from taken


def _url(request: HttpRequest | Request, slug: str) -> str:
    return request.build_absolute_uri(reverse("post", args=[slug]))


def _listing(query: PostQuestion) -> Query[Any]:
    """One Query for any question; for both an author and a tag, one that passes over the author's other posts."""
    if "author" in query:
        listing = Post.published_by(query["author"])
        return replace(listing, filter=Post.tags.contains(query["tag"])) if "tag" in query else listing
    return TagPost.published(query["tag"]) if "tag" in query else Post.published()
