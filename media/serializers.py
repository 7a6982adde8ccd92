"""What the API takes and says of uploads."""

from datetime import datetime
from typing import Any, TypedDict

from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.http import content_disposition_header
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.tokens import MAX_TOKEN_CHARACTERS
from dynamo.errors import RawItem
from media.keys import Visibility
from media.links import LINK_SECONDS, UPLOAD_SECONDS, read_link
from media.models import MAX_OTHER_BYTES, PICTURE_SIZES, Status, Upload
from rest.output import Context, Shown, compiled
from rest.serializers import CharField, ChoiceField, IntegerField, StrictSerializer

# What renditions are made of, for a sentence.
PICTURES = "JPEG, PNG, WebP, GIF, AVIF or HEIC"


# Any Unicode, but nothing that moves a terminal's cursor.
NAME_RULE = RegexValidator(r"^[^\x00-\x1f\x7f]+\Z", "A file name has no control characters.")
# A media type without parameters (RFC 6838, 4.2).
_PART = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
TYPE_RULE = RegexValidator(
    rf"^{_PART}/{_PART}\Z", "This is no type of a file. One looks like image/jpeg or application/pdf."
)


class NewUpload(TypedDict):
    """What NewUploadSerializer makes of it."""

    name: str
    content_type: str
    size: int
    method: str
    visibility: str


class NewUploadSerializer(StrictSerializer):
    """Which file is to be uploaded."""

    name = CharField(max_length=255, trim_whitespace=False, validators=[NAME_RULE], help_text="As the user knows it.")
    content_type = CharField(
        max_length=255,
        trim_whitespace=False,
        validators=[TYPE_RULE],
        help_text="Any, such as application/pdf; the file has to be sent with exactly this. Renditions are made of "
        f"{', '.join(sorted(PICTURE_SIZES))}.",
    )
    size = IntegerField(
        min_value=1,
        max_value=MAX_OTHER_BYTES,
        error_messages={
            "min_value": "The file is empty.",
            "max_value": f"The file is too large: it can have at most {MAX_OTHER_BYTES // 1_000_000} MB.",
        },
        help_text="In bytes. A form takes a file of at most, a PUT one of exactly this size.",
    )
    method = ChoiceField(
        choices=["post", "put"], default="post", help_text="A form for a browser, or one PUT of the bare file."
    )
    visibility = ChoiceField(
        choices=[one.value for one in Visibility],
        default=Visibility.PRIVATE.value,
        help_text="public: anyone may see the renditions. For editors, for the blog.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind, is_public = attrs["content_type"], attrs["visibility"] == Visibility.PUBLIC
        if is_public and kind not in PICTURE_SIZES:
            raise ValidationError({"content_type": [f"A public file has to be a picture: {PICTURES}."]})
        largest = PICTURE_SIZES.get(kind, MAX_OTHER_BYTES)
        if attrs["size"] > largest:
            name, megabytes = kind.removeprefix("image/").upper(), largest // 1_000_000
            message = f"The file is too large: a picture of type {name} can have at most {megabytes} MB."
            raise ValidationError({"size": [message]}, code="max_value")
        return attrs


class RenditionSerializer(serializers.Serializer[Any]):
    """The picture, small enough for a screen of this size."""

    size = serializers.IntegerField(help_text="Neither width nor height is more than this.")
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    webp = serializers.URLField()
    jpeg = serializers.URLField(help_text="For email clients.")


class OriginalLink(Shown, serializers.URLField):
    """The file itself. A browser shows what was found to be a picture; anything else, HTML above all, is saved."""

    def show(self, context: Context, *values: Any) -> str | None:
        status, width, content_type, name, key = values
        if status == Status.WAITING:
            return None
        is_picture = bool(width) and content_type in PICTURE_SIZES
        headers = {
            "response-content-type": content_type if is_picture else "application/octet-stream",
            "response-content-disposition": content_disposition_header(not is_picture, name.rpartition("/")[2])
            or "attachment",
        }
        return read_link(settings.UPLOADS_BUCKET, key, context["window"], headers)


@extend_schema_field(RenditionSerializer(many=True))
class Renditions(Shown):
    """Its sizes, with links in place of their keys."""

    def show(self, context: Context, *values: Any) -> list[dict[str, Any]]:
        visibility, renditions = values

        def link(key: str) -> str:
            if visibility == Visibility.PUBLIC:
                return f"{settings.THUMBNAILS_URL}/{key}"
            return read_link(settings.THUMBNAILS_BUCKET, key, context["window"])

        return [{**each, **{kind: link(each[kind]) for kind in ("webp", "jpeg")}} for each in renditions or ()]


class UploadSerializer(serializers.Serializer[Any]):
    """One file."""

    id = serializers.CharField()
    name = serializers.CharField()
    content_type = serializers.CharField(help_text="As declared; once a picture is ready, as found in it.")
    size = serializers.IntegerField(help_text="In bytes.")
    status = serializers.ChoiceField(choices=[one.value for one in Status])
    reason = serializers.CharField(allow_null=True, help_text="Why it failed, in a sentence for the user.")
    visibility = serializers.ChoiceField(choices=[one.value for one in Visibility])
    width = serializers.IntegerField(allow_null=True, help_text="Of a picture as it is to be shown.")
    height = serializers.IntegerField(allow_null=True)
    url = OriginalLink(
        "status",
        "width",
        "content_type",
        "name",
        "object_key",
        allow_null=True,
        help_text=f"The file itself, from S3. It works for 10 minutes at least, {LINK_SECONDS // 60} at most: "
        "ask again for a fresh one. null while there is no file.",
    )
    renditions = Renditions("visibility", "renditions", help_text="Largest first; empty for what is no picture.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class PresignedUploadSerializer(serializers.Serializer[Any]):
    """How to put the file into S3."""

    method = serializers.ChoiceField(choices=["POST", "PUT"])
    url = serializers.URLField()
    fields = serializers.DictField(  # type: ignore[assignment]  # the name it has on the wire
        child=serializers.CharField(), help_text="Of the form, before the file; the file's own field is `file`."
    )
    headers = serializers.DictField(child=serializers.CharField(), help_text="To send with a PUT, exactly.")
    expires_at = serializers.DateTimeField(help_text=f"{UPLOAD_SECONDS // 60} minutes from now.")


class AskedUploadSerializer(UploadSerializer):
    """An upload that waits for its file."""

    upload = PresignedUploadSerializer()


class IdTokenSerializer(StrictSerializer):
    """Who asks for credentials: the id token of the user whose access token comes with the request."""

    id_token = CharField(max_length=MAX_TOKEN_CHARACTERS, help_text="From the same sign-in as the access token.")


class CredentialsSerializer(serializers.Serializer[Any]):
    """Temporary AWS credentials that open one folder."""

    access_key_id = serializers.CharField()
    secret_access_key = serializers.CharField()
    session_token = serializers.CharField()
    expiration = serializers.DateTimeField(help_text="In an hour.")
    bucket = serializers.CharField()
    region = serializers.CharField()
    prefix = serializers.CharField(help_text="What every key must begin with.")


def show_upload(raw: RawItem, window: datetime) -> dict[str, Any]:
    """A raw upload as UploadSerializer describes it; its links count from `window`."""
    shown: dict[str, Any] = compiled(UploadSerializer, Upload)(raw, {"window": window})
    return shown
