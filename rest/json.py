"""JSON in and out with orjson: strict input, fast output."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.http.request import RawPostDataException
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from rest.problems import TooLarge, UnsupportedMediaType

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"


def encode(data: object) -> bytes:
    """JSON bytes; times as `timestamp` has them, sets as sorted arrays."""
    return orjson.dumps(data, default=_encode_other, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)


def _encode_other(value: object) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return timestamp(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as every time in an answer."""
    return (
        None if moment is None else f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
    )


def stored_time(text: str) -> str:
    """A time as DynamoDB has it, 2030-01-31T09:00:00.000000 and an offset of zero, as in an answer.

    Parsing it as a time first would be much slower, and a page has hundreds.
    """
    return f"{text[:23]}Z"


class JSONRenderer(BaseRenderer):
    """Every answer is JSON, whatever the client says it accepts."""

    media_type, format, charset = JSON_TYPE, "json", None
    # No pretty printing, no browsable API: `curl | jq` and Swagger UI do these better.

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else encode(data)


class JSONParser(BaseParser):
    """Refuses what RFC 8259 refuses: NaN, bad UTF-8, lone surrogates, nesting beyond 1,024."""

    media_type = JSON_TYPE

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        try:
            body = stream.read(limit + 1)
        except (OSError, RawPostDataException) as error:
            raise ParseError("The body could not be read.") from error
        if len(body) > limit:
            raise TooLarge(f"A request body can hold {limit // 1024} KB.")
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            # API Gateway unpacks what it knows; anything else that arrives packed can't be read.
            if (parser_context or {})["request"].META.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
                raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.") from error
            raise ParseError(f"The body is not JSON: {error}.") from error


class AlwaysJSON(BaseContentNegotiation):
    """One renderer, so there is nothing to negotiate."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> Any:
        declared = request.content_type.partition(";")[0].strip().lower()
        for parser in parsers:
            if parser.media_type == declared:
                return parser
        raise UnsupportedMediaType("Send JSON, with Content-Type: application/json.")

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> Any:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type
