"""The API of uploads, and of credentials for one's own folder."""

from dataclasses import asdict
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.http import http_date
from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.credentials import exchange
from media import services
from media.examples import ASKED, CREDENTIALS, NEW_UPLOAD, READY
from media.keys import Visibility
from media.links import link_window
from media.models import Upload
from media.serializers import (
    AskedUploadSerializer,
    CredentialsSerializer,
    IdTokenSerializer,
    NewUpload,
    NewUploadSerializer,
    UploadSerializer,
    show_upload,
)
from rest.etags import etag, precondition
from rest.lazy_schema import extend_schema, location
from rest.paging import PageQuery, PageValues, page_answer
from rest.problems import Forbidden
from rest.views import READING, ApiView, versioned


class UploadList(ApiView):
    """One's own files."""

    throttle_scope = "upload"
    query_methods = READING

    @extend_schema(
        operation_id="uploads_list",
        summary="My files, newest first",
        parameters=[PageQuery],
        responses=OpenApiResponse(UploadSerializer(many=True), examples=[OpenApiExample("A picture", READY)]),
    )
    def get(self, request: Request) -> HttpResponse:
        query: PageValues = self.query(PageQuery)
        show = partial(show_upload, window=link_window())
        return page_answer(request, Upload.for_owner(self.sub), query, show, owner=self.sub)

    @extend_schema(
        operation_id="uploads_create",
        summary="Ask to upload a file",
        description="The file goes straight to S3, through the form or link in `upload`, within five minutes. "
        "A picture is `ready` with renditions about a second later.",
        request=NewUploadSerializer,
        parameters=[location("The new upload.")],
        responses={201: OpenApiResponse(AskedUploadSerializer, examples=[OpenApiExample("A form", ASKED)])},
        examples=[OpenApiExample("A picture", NEW_UPLOAD, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        wanted: NewUpload = self.body(NewUploadSerializer)
        user: Any = request.user
        if wanted["visibility"] == Visibility.PUBLIC and not user.is_editor:
            raise Forbidden("Only editors may upload what is public.")
        upload, presigned = services.ask_for_upload(owner=self.sub, **wanted)
        body = {**show_upload(upload.raw, link_window()), "upload": asdict(presigned)}
        location = request.build_absolute_uri(f"{request.path}{upload.id}/")
        return versioned(body, status=201, headers={"Location": location})


class UploadDetail(ApiView):
    """One file of one's own."""

    versioned = True

    @extend_schema(
        operation_id="uploads_retrieve",
        summary="One of my files",
        description="Its ETag changes with its links, every five minutes.",
        responses=OpenApiResponse(UploadSerializer, examples=[OpenApiExample("A picture", READY)]),
    )
    def get(self, request: Request, id: str) -> HttpResponse:  # noqa: A002  # the name in the URL
        upload, window = Upload.fetch((self.sub, id)), link_window()
        answer = versioned(show_upload(upload.raw, window))
        # Its links are new with each window, so a copy from an earlier one is no longer good.
        answer["ETag"] = etag(int(upload.version), f"{window:%Y%m%d%H%M}")
        answer["Last-Modified"] = http_date(max(upload.updated_at or window, window).timestamp())
        return answer

    @extend_schema(
        operation_id="uploads_destroy",
        summary="Delete one of my files",
        description="It is out of the list at once; the file and its renditions leave S3 for good a moment later. "
        "Nobody looks whether a post shows it: a public picture leaves the posts whose photo it is, and a gap in the "
        "text of those that have it there.",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, id: str) -> HttpResponse:  # noqa: A002
        Upload.remove((self.sub, id), expect=precondition(request).version)
        return Response(status=204)


class CredentialsView(ApiView):
    """AWS credentials for one's own folder."""

    throttle_scope = "credentials"

    @extend_schema(
        operation_id="credentials_create",
        summary="Temporary AWS credentials for my own folder",
        description="For an AWS SDK: large files in parts, many files at once. What lies under `prefix` "
        "shows in the list of uploads.",
        request=IdTokenSerializer,
        responses=OpenApiResponse(CredentialsSerializer, examples=[OpenApiExample("An hour", CREDENTIALS)]),
        examples=[OpenApiExample("An id token", {"id_token": "eyJraWQi..."}, request_only=True)],
    )
    def post(self, request: Request) -> HttpResponse:
        return Response(exchange(self.body(IdTokenSerializer)["id_token"], sub=self.sub))
