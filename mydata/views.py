"""The API of my data."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.credentials import require_recent_sign_in
from mydata.examples import ERASURE, ERASURE_INPUT
from mydata.services import request_erasure
from rest.json import timestamp
from rest.lazy_schema import extend_schema
from rest.problems import ServiceUnavailable
from rest.serializers import CharField, StrictSerializer
from rest.views import ApiView, JsonResponse
from serverless.errors import InvalidState


class ErasureInput(StrictSerializer):
    """The proof that whoever asks knows the password."""

    id_token = CharField(
        max_length=8192, help_text="Of a sign-in with the password (`InitiateAuth`) within the last five minutes."
    )


class ErasureSerializer(serializers.Serializer[Any]):
    """An account that is being deleted."""

    requested_at = serializers.DateTimeField()


class ErasureList(ApiView):
    """The end of an account."""

    @extend_schema(
        operation_id="mydata_erasure_create",
        summary="Delete my account",
        description="The account is closed within seconds, and all that is kept of it is erased: at once, and again "
        "when the last token of before has ended, an hour later. A mail says that it is done. It can't be taken back. "
        "409 for members of the blog's groups: take them out of their groups first.",
        request=ErasureInput,
        responses={202: OpenApiResponse(ErasureSerializer, examples=[OpenApiExample("Under way", ERASURE)])},
        examples=[OpenApiExample("A proof", ERASURE_INPUT, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        claims = require_recent_sign_in(self.body(ErasureInput)["id_token"], self.sub)
        if claims.groups:
            raise InvalidState("You write or run the blog. Have an administrator take you out of your groups first.")
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            row = request_erasure(owner=self.sub, email=claims.email)
        except (BotoCoreError, ClientError) as error:
            raise ServiceUnavailable("Your account could not be deleted right now.", retry_after=5) from error
        return JsonResponse({"requested_at": timestamp(row.requested_at)}, status=202)
