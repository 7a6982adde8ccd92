"""What a post looks like from outside: input checked field by field, output as plain dictionaries."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from api.json import timestamp
from api.paging import PageQuery
from api.serializers import CharField, DateTimeField, StrictSerializer
from blog.markdown import RENDERER, reading_minutes, render
from blog.models import MAX_TAGS, Hero, Link, Post, Status, TagCount, TagPost, status_of
from blog.services import MAX_SLUG, own_sites

MAX_TITLE, MAX_SUMMARY, MAX_NAME, MAX_ALT, MAX_TAG, MAX_EMAIL = 200, 500, 100, 300, 40, 254
# In characters and in bytes: with its HTML, deflated, a post has to fit into the 400 KB of an item.
MAX_BODY = 200_000

_SLUG = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
SLUG_RULE = RegexValidator(r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Small letters, digits and single hyphens between them.")
NO_NUL = RegexValidator(r"\A[^\x00]*\Z", "NUL is not allowed.")
VISIBLE = RegexValidator(r"\A[^\x00]*[^\x00-\x20\x7f-\xa0\u200b-\u200f\u3000\ufeff][^\x00]*\Z", "Write something.")
UUID_RULE = RegexValidator(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", "This is not a UUID.")

Show = Callable[[Any], dict[str, Any]]


def _text(max_length: int, **kwargs: Any) -> CharField:
    """A string kept as it was sent, so that its limits mean what they say."""
    return CharField(max_length=max_length, trim_whitespace=False, **kwargs)


def _line(max_length: int, **kwargs: Any) -> CharField:
    """A string with something to see in it."""
    return _text(max_length, validators=[VISIBLE], **kwargs)


# --- Input --------------------------------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.UUID)
class _UploadId(CharField):
    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


class HeroInput(StrictSerializer):
    """A photo of yours: upload it to /api/media/ with visibility public. It may still be processing."""

    upload = _UploadId(trim_whitespace=False, validators=[UUID_RULE], help_text="The upload's id.")
    alt = _line(MAX_ALT, help_text="What the photo shows, for those who can't see it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A PATCH of a post relaxes nested fields, too; half a photo is none.
        missing = {name: ["This field is required."] for name in ("upload", "alt") if name not in attrs}
        if missing:
            raise ValidationError(missing, code="required")
        return attrs


class PostInput(StrictSerializer):
    """What writers send."""

    title = _line(MAX_TITLE)
    body = _text(
        MAX_BODY, allow_blank=True, validators=[NO_NUL], help_text="CommonMark; at most 200,000 bytes of UTF-8."
    )
    slug = _text(MAX_SLUG, required=False, validators=[SLUG_RULE], help_text="Made from the title of a new post.")
    summary = _text(MAX_SUMMARY, default="", allow_blank=True, validators=[NO_NUL])
    author_name = _text(
        MAX_NAME, default="", allow_blank=True, validators=[NO_NUL], help_text="As readers shall see it."
    )
    tags = serializers.ListField(
        child=_text(MAX_TAG, validators=[SLUG_RULE]), max_length=MAX_TAGS, default=list, help_text="In your order."
    )
    hero = HeroInput(allow_null=True, default=None)
    published_at = DateTimeField(
        allow_null=True,
        default=None,
        help_text="null: a draft. A time that has come: published. Later: scheduled.",
    )

    def validate_body(self, value: str) -> str:
        if len(value.encode()) > MAX_BODY:
            raise ValidationError(f"A body can have {MAX_BODY:,} bytes of UTF-8.", code="max_length")
        return value

    def validate_tags(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class PostQuery(PageQuery):
    """Which posts."""

    tag = serializers.RegexField(_SLUG, required=False, max_length=MAX_TAG, help_text="Posts with this tag.")
    author = serializers.RegexField(
        r"^[\w-]+$", required=False, max_length=128, help_text="Posts of this author: `author.id` of a post."
    )


class DraftQuery(PageQuery):
    """Which of the posts that are not public."""

    status = serializers.ChoiceField(
        choices=[Status.DRAFT.value, Status.SCHEDULED.value],
        default=Status.DRAFT.value,
        help_text="`draft`: the last changed first; `scheduled`: the next to appear first.",
    )


@extend_schema_field({"type": "string", "format": "email", "maxLength": MAX_EMAIL})
class _Email(CharField):
    pass


class SubscriberInput(StrictSerializer):
    """Who wants mail."""

    email = _Email(max_length=MAX_EMAIL, trim_whitespace=False)

    def validate_email(self, value: str) -> str:
        address = normal_address(value)
        if address is None:
            raise ValidationError("This address can't be written to.", code="invalid")
        return address


_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])")
_MAX_LOCAL = 64


def normal_address(text: str) -> str | None:
    """An address as SES takes it, its domain in lower case and in ASCII (Punycode); None for what is none.

    The part before the @ is ASCII: SES has no SMTPUTF8. Quoted ones (RFC 5321) are refused: nobody has them.
    """
    local, _, domain = text.rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        return None
    fits = len(local) <= _MAX_LOCAL and len(local) + 1 + len(domain) <= MAX_EMAIL
    return f"{local}@{domain}" if fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


# --- Output -------------------------------------------------------------------------------------------------------


class AuthorSerializer(serializers.Serializer[Any]):
    """Who wrote it."""

    id = serializers.CharField()
    name = serializers.CharField(help_text="Empty if the author gave none.")


@extend_schema_serializer(component_name="PhotoRendition")
class RenditionSerializer(serializers.Serializer[Any]):
    """The photo, small enough for a screen of this size."""

    size = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    webp = serializers.URLField()
    jpeg = serializers.URLField()


class HeroSerializer(serializers.Serializer[Any]):
    """The photo of a post."""

    upload = serializers.UUIDField()
    alt = serializers.CharField()
    status = serializers.ChoiceField(choices=["waiting", "processing", "ready", "failed", "deleted"])
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    renditions = RenditionSerializer(many=True, help_text="Largest first; empty unless the photo is ready.")


class ListedPostSerializer(serializers.Serializer[Any]):
    """A post in a list: everything but its text."""

    slug = serializers.CharField()
    url = serializers.URLField()
    title = serializers.CharField()
    summary = serializers.CharField()
    status = serializers.ChoiceField(choices=[one.value for one in Status])
    author = AuthorSerializer()
    tags = serializers.ListField(child=serializers.CharField())
    hero = HeroSerializer(allow_null=True)
    words = serializers.IntegerField()
    reading_minutes = serializers.IntegerField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class NeighbourSerializer(serializers.Serializer[Any]):
    """The post beside this one."""

    slug = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()


class PostSerializer(ListedPostSerializer):
    """A whole post."""

    body = serializers.CharField(help_text="Markdown, as it was written.")
    html = serializers.CharField(help_text="The body as safe HTML: put it into a page as it is.")
    previous = NeighbourSerializer(allow_null=True, help_text="The next older public post.")
    next = NeighbourSerializer(allow_null=True, help_text="The next newer public post.")


class TagSerializer(serializers.Serializer[Any]):
    """A tag of public posts."""

    tag = serializers.CharField()
    count = serializers.IntegerField(min_value=1, help_text="Public posts with it.")
    url = serializers.URLField(help_text="The list of these posts.")


class AcceptedSerializer(serializers.Serializer[Any]):
    """The same for everybody, so that nobody learns who is subscribed."""

    detail = serializers.CharField()


def lister(request: HttpRequest, at: datetime) -> Show:
    """How to show listed posts; it knows their addresses."""
    base = _base(request)
    return lambda post: show_listed(post, base, at)


def show_listed(post: Post | TagPost, base: str, at: datetime) -> dict[str, Any]:
    """ListedPostSerializer's fields, by hand: DRF's own takes thirty times as long for a page."""
    return {
        "slug": post.slug,
        "url": f"{base}{post.slug}/",
        "title": post.title,
        "summary": post.summary,
        "status": status_of(post.published_at, at).value,
        "author": {"id": post.author, "name": post.author_name},
        "tags": list(post.tags or ()),
        "hero": show_hero(post.hero) if post.hero else None,
        "words": post.words,
        "reading_minutes": reading_minutes(int(post.words)),
        "published_at": timestamp(post.published_at),
        "created_at": timestamp(post.created_at),
        "updated_at": timestamp(post.updated_at),
        "version": post.version,
    }


def show_post(post: Post, request: HttpRequest, at: datetime) -> dict[str, Any]:
    """PostSerializer's fields. HTML made by older code is made anew."""
    base = _base(request)
    newer = post.newer if post.newer and post.newer.published_at <= at else None
    return {
        **show_listed(post, base, at),
        "body": post.body,
        "html": post.html if post.renderer == RENDERER else render(post.body, own_sites()).html,
        "previous": _show_link(post.older, base),
        "next": _show_link(newer, base),
    }


def show_hero(hero: Hero) -> dict[str, Any]:
    """HeroSerializer's fields."""
    ready = hero.status == "ready"
    return {
        "upload": hero.upload,
        "alt": hero.alt,
        "status": hero.status,
        "width": hero.width if ready else None,
        "height": hero.height if ready else None,
        "renditions": [_show_rendition(rendition.attribute_values) for rendition in hero.renditions if ready],
    }


def _show_rendition(rendition: Mapping[str, Any]) -> dict[str, Any]:
    links = {kind: f"{settings.THUMBNAILS_URL}/{rendition[kind]}" for kind in ("webp", "jpeg")}
    return {"size": rendition["size"], "width": rendition["width"], "height": rendition["height"], **links}


def _show_link(link: Link | None, base: str) -> dict[str, Any] | None:
    return {"slug": link.slug, "title": link.title, "url": f"{base}{link.slug}/"} if link else None


def show_tag(tag: TagCount, request: HttpRequest, at: datetime) -> dict[str, Any]:
    """TagSerializer's fields."""
    return {"tag": tag.tag, "count": tag.visible(at), "url": f"{_base(request)}?tag={tag.tag}"}


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("posts"))
