"""What a post looks like from outside: input checked field by field, output as plain dictionaries."""

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.validators import RegexValidator
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from blog.models import MAX_TAGS, Listed, Post, Status, TagCount, moment_of, status_of, tag_of
from blog.publishing.markdown import RENDERER, reading_minutes, render_again
from blog.services import MAX_SLUG, own_sites
from dynamo.errors import RawItem
from rest.addresses import address
from rest.output import Context, LinkField, Shown, compiled
from rest.paging import PageQuery, PageValues
from rest.serializers import CharField, ChoiceField, DateTimeField, ListField, StrictSerializer
from rest.text import NO_NUL, VISIBLE, ascii_domain

MAX_TITLE, MAX_SUMMARY, MAX_NAME, MAX_ALT, MAX_TAG, MAX_EMAIL = 200, 500, 100, 300, 40, 254
# In characters and in bytes: with its HTML, deflated, a post has to fit into the 400 KB of an item.
MAX_BODY = 200_000

SLUG_RULE = RegexValidator(r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Small letters, digits and single hyphens between them.")
UUID_RULE = RegexValidator(r"\A[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", "This is not a UUID.")

Show = Callable[[RawItem], dict[str, Any]]
READY = "ready"


def _text(max_length: int, **kwargs: object) -> CharField:
    """A string kept as it was sent, so that its limits mean what they say."""
    return CharField(max_length=max_length, trim_whitespace=False, **kwargs)


def _line(max_length: int, **kwargs: object) -> CharField:
    """A string with something to see in it."""
    return _text(max_length, validators=[VISIBLE], **kwargs)


# --- Input --------------------------------------------------------------------------------------------------------


@extend_schema_field(OpenApiTypes.UUID)
class _UploadId(CharField):
    def to_internal_value(self, data: object) -> str:
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


@extend_schema_field({"type": "string", "format": "tag", "minLength": 1, "maxLength": MAX_TAG})
class TagField(CharField):
    """A tag in the one form it has, so that two spellings are never two tags."""

    def __init__(self, **kwargs: object) -> None:
        rule = "Letters and digits of any script in lower case, with single hyphens between words."
        super().__init__(max_length=MAX_TAG, trim_whitespace=False, **{"help_text": rule, **kwargs})

    def to_internal_value(self, data: object) -> str:
        # Four signs become one at most, so what is cut is too long a tag; a row of marks takes time by its square.
        given = unicodedata.normalize("NFC", super().to_internal_value(data)[: 5 * MAX_TAG])
        if not (tag := tag_of(given)):
            raise ValidationError("A tag has letters or digits.", code="invalid")
        if tag != given:
            raise ValidationError(f"Write this tag as “{tag}”.", code="invalid")
        return given


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
    tags = ListField(child=TagField(), max_length=MAX_TAGS, default=list, help_text="In your order.")
    hero = HeroInput(allow_null=True, default=None)
    published_at = DateTimeField(
        allow_null=True, default=None, help_text="null: a draft. A time that has come: published. Later: scheduled."
    )

    def validate_body(self, value: str) -> str:
        if len(value.encode()) > MAX_BODY:
            raise ValidationError(f"A body can have {MAX_BODY:,} bytes of UTF-8.", code="max_length")
        return value

    def validate_tags(self, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))


class PostQuestion(PageValues, total=False):
    """What PostQuery makes of it."""

    tag: str
    author: str


class PostQuery(PageQuery):
    """Which posts."""

    tag = TagField(required=False, help_text="Posts with this tag.")
    author = serializers.RegexField(
        r"^[\w-]+$", required=False, max_length=128, help_text="Posts of this author: `author.id` of a post."
    )


class DraftQuestion(PageValues):
    """What DraftQuery makes of it."""

    status: str


class DraftQuery(PageQuery):
    """Which of the posts that are not public."""

    status = ChoiceField(
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
    """An address as SES takes it, its domain in lower case and in ASCII (Punycode); None for what is no address.

    The part before the @ is ASCII: SES has no SMTPUTF8. Quoted ones (RFC 5321) are refused: nobody has them.
    """
    if len(text) > MAX_EMAIL:
        return None
    local, _, domain = text.rpartition("@")
    try:
        domain = ascii_domain(domain)
    except ValueError:
        return None
    fits = len(local) <= _MAX_LOCAL and len(local) + 1 + len(domain) <= MAX_EMAIL
    return f"{local}@{domain}" if fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


# --- Output -------------------------------------------------------------------------------------------------------


class AuthorSerializer(serializers.Serializer[Any]):
    """Who wrote it."""

    id = serializers.CharField(source="author")
    name = serializers.CharField(source="author_name", help_text="Empty if the author gave none.")


@extend_schema_serializer(component_name="PhotoRendition")
class RenditionSerializer(serializers.Serializer[Any]):
    """The photo, small enough for a screen of this size."""

    size = serializers.IntegerField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    webp = serializers.URLField()
    jpeg = serializers.URLField()


class Pixels(Shown, serializers.IntegerField):
    """A width or height, once the photo is ready."""

    def show(self, context: Context, *values: Any) -> int | None:
        status, pixels = values
        return pixels if status == READY else None


@extend_schema_field(RenditionSerializer(many=True))
class Renditions(Shown):
    """Its sizes, once the photo is ready, with their addresses in place of their keys."""

    def show(self, context: Context, *values: Any) -> list[dict[str, Any]]:
        status, renditions = values
        if status != READY:
            return []
        return [
            {**each, **{kind: f"{settings.THUMBNAILS_URL}/{each[kind]}" for kind in ("webp", "jpeg")}}
            for each in renditions
        ]


class HeroSerializer(serializers.Serializer[Any]):
    """The photo of a post."""

    upload = serializers.UUIDField()
    alt = serializers.CharField()
    status = serializers.ChoiceField(choices=["waiting", "processing", "ready", "failed", "deleted"])
    width = Pixels("status", "width", allow_null=True)
    height = Pixels("status", "height", allow_null=True)
    renditions = Renditions("status", "renditions", help_text="Largest first; empty unless the photo is ready.")


class StatusNow(Shown, serializers.ChoiceField):
    """What a post is at the time of the answer."""

    def show(self, context: Context, *values: Any) -> str:
        return status_of(values[0], context["at"]).value


class Minutes(Shown, serializers.IntegerField):
    """How long its words take to read."""

    def show(self, context: Context, *values: Any) -> int:
        return reading_minutes(int(values[0]))


class ListedPostSerializer(serializers.Serializer[Any]):
    """A post in a list: everything but its text."""

    slug = serializers.CharField()
    url = LinkField("slug", base="posts")
    title = serializers.CharField()
    summary = serializers.CharField()
    status = StatusNow("published_at", choices=[one.value for one in Status])
    author = AuthorSerializer(source="*")
    tags = serializers.ListField(child=serializers.CharField())
    hero = HeroSerializer(allow_null=True)
    words = serializers.IntegerField()
    reading_minutes = Minutes("words")
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class NeighbourSerializer(serializers.Serializer[Any]):
    """The post beside this one."""

    slug = serializers.CharField()
    title = serializers.CharField()
    url = serializers.URLField()


@extend_schema_field(NeighbourSerializer)
class NeighbourField(Shown):
    """A post beside this one, if it is public."""

    def show(self, context: Context, *values: Any) -> dict[str, Any] | None:
        link = values[0]
        if link is None or moment_of(link["position"]) > context["at"]:
            return None
        return {"slug": link["slug"], "title": link["title"], "url": f"{context['posts']}{link['slug']}/"}


class Html(Shown, serializers.CharField):
    """The body as it was rendered; made anew if that was by older code."""

    def show(self, context: Context, *values: Any) -> str:
        html, renderer, body = values
        return str(html) if renderer == RENDERER else render_again(body, html, own_sites())


class PostSerializer(ListedPostSerializer):
    """A whole post."""

    body = serializers.CharField(help_text="Markdown, as it was written.")
    html = Html("html", "renderer", "body", help_text="The body as safe HTML: put it into a page as it is.")
    previous = NeighbourField("older", allow_null=True, help_text="The next older public post.")
    next = NeighbourField("newer", allow_null=True, help_text="The next newer public post.")


class WrittenPostSerializer(PostSerializer):
    """A post as a write left it, and what of its text readers will not see."""

    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What rendering left out of the body, a sentence each; at most 20."
    )


class TagSerializer(serializers.Serializer[Any]):
    """A tag of public posts."""

    tag = serializers.CharField()
    count = serializers.IntegerField(min_value=1, help_text="Public posts with it.")
    url = serializers.URLField(help_text="The list of these posts.")


class AcceptedSerializer(serializers.Serializer[Any]):
    """The same for everybody, so that nobody learns who is subscribed."""

    detail = serializers.CharField()


def lister(request: HttpRequest, model: type[Listed], at: datetime) -> Show:
    """How to show a model's raw items in a list."""
    show, context = compiled(ListedPostSerializer, model), {"posts": _base(request), "at": at}
    return lambda raw: show(raw, context)


def show_post(raw: RawItem, request: HttpRequest, at: datetime) -> dict[str, Any]:
    """A raw post as it is at this time."""
    shown: dict[str, Any] = compiled(PostSerializer, Post)(raw, {"posts": _base(request), "at": at})
    return shown


def show_tag(tag: TagCount, request: HttpRequest, at: datetime) -> dict[str, Any]:
    """TagSerializer's fields."""
    return {"tag": tag.tag, "count": tag.visible(at), "url": f"{_base(request)}?tag={quote(tag.tag)}"}


def _base(request: HttpRequest) -> str:
    return address(request, "api/blog/posts/")
