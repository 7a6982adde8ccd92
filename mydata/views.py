"""The API of my data."""

import json
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request

from accounts.credentials import require_recent_sign_in
from config import env
from mydata.examples import ERASURE, ERASURE_INPUT, EXPORT, IMPORT, IMPORT_ASKED
from mydata.models import Export, Import, State
from mydata.services import download_link, request_erasure, request_export, request_import, start_import
from rest.json import timestamp
from rest.lazy_schema import extend_schema
from rest.problems import Invalid, NotFound, needing_aws
from rest.serializers import CharField, StrictSerializer
from rest.views import ApiView, JsonResponse


class ErasureInput(StrictSerializer):
    """The proof that whoever asks knows the password."""

    id_token = CharField(
        max_length=8192, help_text="Of a sign-in with the password (`InitiateAuth`) within the last five minutes."
    )
    byline = CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="The name under which your posts stay; empty: the editors. Who is in a group of the blog says it.",
    )


class ErasureSerializer(serializers.Serializer[Any]):
    """An account that is being deleted."""

    requested_at = serializers.DateTimeField()


class ExportSerializer(serializers.Serializer[Any]):
    """A copy of a user's data."""

    state = serializers.ChoiceField(
        choices=["none", "waiting", "running", "ready", "failed"],
        help_text="`waiting`, `running`, then `ready` or `failed`; `none` if there is none.",
    )
    requested_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    progress = serializers.IntegerField(help_text="Percent of the files' bytes.")
    size = serializers.IntegerField(allow_null=True, help_text="Of the ZIP file, in bytes.")
    left_out = serializers.IntegerField(help_text="Files that could not be packed: `data.json` says which, and why.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When the ZIP file is deleted.")
    url = serializers.URLField(allow_null=True, help_text="Where to download it, good for ten minutes: ask again then.")


def show_export(row: Export | None) -> dict[str, Any]:
    """As it is answered."""
    row = row or Export(state="none")
    is_ready = row.state == State.READY
    return {
        "state": row.state,
        "requested_at": timestamp(row.requested_at),
        "finished_at": timestamp(row.finished_at),
        "progress": 100 if is_ready else int(99 * row.done / row.total) if row.total else 0,
        "size": row.size,
        "left_out": row.left_out,
        "expires_at": timestamp(row.expires) if is_ready else None,
        "url": download_link(row) if is_ready else None,
    }


class FormSerializer(serializers.Serializer[Any]):
    """A form that puts the file into S3: `fields` come before the field `file`."""

    url = serializers.URLField()
    fields = serializers.DictField(child=serializers.CharField())  # type: ignore[assignment]  # DRF's own name


class LineSerializer(serializers.Serializer[Any]):
    """A to-do of the file that was refused, or made without something."""

    line = serializers.IntegerField(help_text="Where it begins in a calendar, or its number in `data.json`.")
    title = serializers.CharField(allow_blank=True)
    result = serializers.ChoiceField(choices=["made", "there", "refused"])
    reason = serializers.CharField()


class ImportSerializer(serializers.Serializer[Any]):
    """An import of a file."""

    state = serializers.ChoiceField(
        choices=["none", *State],
        help_text="`asked`, and once it is started `waiting`, `running`, then `ready`, `refused` (the file as a whole) "
        "or `failed` (try again); `none` if there is none.",
    )
    requested_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    made = serializers.IntegerField(help_text="To-dos that are new, or came back.")
    there = serializers.IntegerField(help_text="To-dos that were there already, and stay as they are.")
    refused = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True, help_text="Why the file was refused.")
    lines = LineSerializer(many=True, help_text="At most 100.")
    upload = FormSerializer(allow_null=True, help_text="For a new one alone, good for ten minutes.")


def show_import(row: Import | None, form: dict[str, Any] | None = None) -> dict[str, Any]:
    """As it is answered."""
    row = row or Import(state="none")
    return {
        "state": row.state,
        "requested_at": timestamp(row.requested_at),
        "finished_at": timestamp(row.finished_at),
        **{name: int(getattr(row, name)) for name in ("made", "there", "refused")},
        "reason": row.reason,
        "lines": json.loads(row.lines),
        "upload": form,
    }


class ErasureList(ApiView):
    """The end of an account."""

    throttle_scope = "erasure"

    @extend_schema(
        operation_id="mydata_erasure_create",
        summary="Delete my account",
        description="The account is closed within seconds, and all that is kept of it is erased: at once, and again "
        "when the last token of before has ended, more than an hour later. A mail says that it is done. It can't be "
        "taken back. Posts stay, and others can edit them.",
        request=ErasureInput,
        responses={202: OpenApiResponse(ErasureSerializer, examples=[OpenApiExample("Under way", ERASURE)])},
        examples=[OpenApiExample("A proof", ERASURE_INPUT, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        values = self.body(ErasureInput)
        claims, byline = require_recent_sign_in(values["id_token"], self.sub), values.get("byline")
        if claims.groups and byline is None:
            raise Invalid.field("byline", "You write or run the blog: say under which name your posts stay.")
        with needing_aws("Your account could not be deleted right now."):
            row = request_erasure(owner=self.sub, email=claims.email, byline=byline)
        return JsonResponse({"requested_at": timestamp(row.requested_at)}, status=202)


class ExportView(ApiView):
    """A copy of all that is kept of its user."""

    throttle_scope = "export"

    @extend_schema(
        operation_id="mydata_export_retrieve",
        summary="The copy of my data I asked for last",
        description="Its state is `none` when it is deleted, after seven days.",
        responses=OpenApiResponse(ExportSerializer, examples=[OpenApiExample("Ready", EXPORT)]),
    )
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse(show_export(Export.of(self.sub)))

    @extend_schema(
        operation_id="mydata_export_create",
        summary="Ask for a copy of my data",
        description="A ZIP file of the account, the to-dos with lists and bin as JSON, iCalendar and CSV, and all "
        "files. A mail says that it is ready. While one is under way, it is answered, and nothing new begins.",
        request=None,
        responses={202: OpenApiResponse(ExportSerializer, examples=[OpenApiExample("Ready", EXPORT)])},
        extensions={"x-not-found": True},
    )
    def post(self, request: Request) -> HttpResponse:
        _check_files()
        with needing_aws("Your data can't be packed right now."):
            row = request_export(owner=self.sub)
        return JsonResponse(show_export(row), status=202)


class ImportView(ApiView):
    """To-dos of a file."""

    throttle_scope = "import"

    @extend_schema(
        operation_id="mydata_import_retrieve",
        summary="The import I asked for last",
        responses=OpenApiResponse(ImportSerializer, examples=[OpenApiExample("Ready", IMPORT)]),
    )
    def get(self, request: Request) -> HttpResponse:
        return JsonResponse(show_import(Import.of(self.sub)))

    @extend_schema(
        operation_id="mydata_import_create",
        summary="Ask to import a file",
        description="Of a copy of one's data, its ZIP file or its `data.json`, or an iCalendar file of any program. "
        "It goes straight to S3 through the form in `upload`; then start the import. While one is under way, it is "
        "answered, without a form.",
        request=None,
        responses={201: OpenApiResponse(ImportSerializer, examples=[OpenApiExample("A form", IMPORT_ASKED)])},
        extensions={"x-not-found": True},
    )
    def post(self, request: Request) -> HttpResponse:
        _check_files()
        row, form = request_import(owner=self.sub)
        return JsonResponse(show_import(row, form), status=201)


class ImportStart(ApiView):
    """The beginning of an import."""

    @extend_schema(
        operation_id="mydata_import_start",
        summary="Start the import",
        description="Once its file is uploaded. Again is the same. 409 without one that was asked for.",
        request=None,
        responses={202: OpenApiResponse(ImportSerializer, examples=[OpenApiExample("Ready", IMPORT)])},
        extensions={"x-conflict": True},
    )
    def post(self, request: Request) -> HttpResponse:
        with needing_aws("The file can't be imported right now."):
            row = start_import(owner=self.sub)
        return JsonResponse(show_import(row), status=202)


def _check_files() -> None:
    if env.text("UPLOADS_BUCKET", "none") == "none":
        raise NotFound("Nothing keeps files here.")
