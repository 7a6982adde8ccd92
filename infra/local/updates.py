"""What CloudFront does with /updates/, for a laptop: files from S3, whole or in ranges, and no code of ours asked."""

from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from config.aws import client

_CHUNK = 256 * 1024


@require_safe
def serve(request: HttpRequest, name: str) -> HttpResponseBase:
    """The object of this path, as S3 answers."""
    try:
        return _answer(request, {"Bucket": settings.UPDATES_BUCKET, "Key": f"updates/{name}"})
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return HttpResponse(f"{error.response['Error']['Code']}\n", status=status, content_type="text/plain")


def _answer(request: HttpRequest, where: dict[str, Any]) -> HttpResponseBase:
    """The object, the range of it that is asked for, or that it is the same as before. Raises ClientError."""
    head: dict[str, Any] = dict(client("s3").head_object(**where))
    modified = int(head["LastModified"].timestamp())
    whole = HttpResponse(headers=_headers(head))
    same = get_conditional_response(request, etag=head["ETag"], last_modified=modified, response=whole)
    if same is not None and (same is not whole or request.method == "HEAD"):
        return same
    if (wanted := request.headers.get("Range")) and request.headers.get("If-Range", head["ETag"]) == head["ETag"]:
        where = {**where, "Range": wanted}
    found: dict[str, Any] = dict(client("s3").get_object(**where))
    status = found["ResponseMetadata"]["HTTPStatusCode"]
    return StreamingHttpResponse(found["Body"].iter_chunks(_CHUNK), status=status, headers=_headers(found))


def _headers(found: dict[str, Any]) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": found.get("CacheControl"),
        "Content-Disposition": found.get("ContentDisposition"),
        "Content-Length": found["ContentLength"],
        "Content-Range": found.get("ContentRange"),
        "Content-Type": found["ContentType"],
        "ETag": found["ETag"],
        "Last-Modified": http_date(found["LastModified"].timestamp()),
    }
    return {name: str(value) for name, value in headers.items() if value is not None}


urlpatterns = [path("<path:name>", serve)]
