"""What the API takes and says of reminders."""

import re
from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.zones import is_zone
from dynamo.models import now
from reminders.keys import public_key
from reminders.models import Preferences, Subscription
from reminders.push import is_push_service
from reminders.schedules import LATE
from rest.json import timestamp
from rest.serializers import BooleanField, CharField, DateTimeField, StrictSerializer

MAX_ENDPOINT = 1000
_ZONE = RegexValidator(r"\A[A-Za-z][\w+-]*(/[\w+-]+){0,2}\Z", "Use a name such as Europe/Berlin.", flags=re.ASCII)
_TIME = RegexValidator(r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z", "Use a time of day such as 09:00.")


class SettingsInput(StrictSerializer):
    """When and how to remind."""

    zone = CharField(max_length=60, validators=[_ZONE], help_text="An IANA name: where the user lives.")
    time = CharField(
        max_length=5, validators=[_TIME], default="09:00", help_text="When to remind of what is due on a day."
    )
    mail = BooleanField(
        default=False, help_text="Remind by mail, too, to the address the user signs in with: at most 200 mails a day."
    )

    def validate_zone(self, zone: str) -> str:
        if not is_zone(zone):
            raise ValidationError("There is no such time zone.", code="invalid")
        return zone


class SettingsSerializer(serializers.Serializer[Any]):
    """When and how a user is reminded."""

    zone = serializers.CharField()
    time = serializers.CharField()
    mail = serializers.BooleanField()
    push_key = serializers.CharField(help_text="The `applicationServerKey` for `pushManager.subscribe()`.")


class SubscriptionInput(StrictSerializer):
    """What `PushSubscription.toJSON()` says: `endpoint`, and beside it what is in `keys`."""

    endpoint = CharField(max_length=MAX_ENDPOINT, help_text="An address of a known push service.")
    p256dh = CharField(max_length=87, min_length=87, help_text="Base64url of the browser's public key.")
    auth = CharField(max_length=22, min_length=22, help_text="Base64url of 16 bytes.")

    def validate_endpoint(self, endpoint: str) -> str:
        try:
            is_known = endpoint.isascii() and is_push_service(endpoint)
        except ValueError:
            is_known = False
        if not is_known:
            raise ValidationError("This is no address of a known push service.", code="invalid")
        return endpoint

    def validate_p256dh(self, text: str) -> str:
        from cryptography.hazmat.primitives.asymmetric import ec

        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(text))
        except ValueError:
            raise ValidationError("This is no public key of P-256.", code="invalid") from None
        return text

    def validate_auth(self, text: str) -> str:
        if len(_decoded(text)) != 16:
            raise ValidationError("This is not 16 bytes in base64url.", code="invalid")
        return text


class SubscriptionSerializer(serializers.Serializer[Any]):
    """A browser that is told."""

    id = serializers.CharField()
    service = serializers.CharField(help_text="The host of its push service.")
    created_at = serializers.DateTimeField()


class SnoozeInput(StrictSerializer):
    """When to remind again."""

    until = DateTimeField(help_text="A moment to come, RFC 3339 with an offset.")

    def validate_until(self, until: datetime) -> datetime:
        if until < now() - LATE:  # nothing would ever come
            raise ValidationError("This moment has passed.", code="invalid")
        return until


def _decoded(text: str) -> bytes:
    if not re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise ValidationError("This is no base64url.", code="invalid")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def show_settings(row: Preferences) -> dict[str, Any]:
    """As SettingsSerializer describes it."""
    return {"zone": row.zone, "time": row.time, "mail": row.email is not None, "push_key": public_key()}


def show_subscription(row: Subscription) -> dict[str, Any]:
    """As SubscriptionSerializer describes it; the address itself stays here, as whoever knows it may push."""
    return {"id": row.name, "service": urlsplit(row.endpoint).hostname, "created_at": timestamp(row.created_at)}
