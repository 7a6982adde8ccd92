"""The OpenAPI 3.1 description: what every operation has in common is said here once."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import Serializer

from rest import problems
from rest.json import PROBLEM_TYPE
from rest.serializers import StrictSerializer

_READS, _WRITES = {"get", "head"}, {"put", "patch", "delete"}

IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    pattern=r'^((W/)?"[^"]*"|\*)$',
    description="The ETag you read. If the resource has changed since, nothing happens and the answer is 412.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag of your copy. If it is still good, the answer is 304 without a body.",
)


class AutoSchema(BaseAutoSchema):
    """drf-spectacular's, with tags by service and conditional requests on versioned resources."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/").split("/")[0]]

    def _map_basic_serializer(self, serializer: Serializer[Any], direction: object) -> dict[str, Any]:
        plain: Any = super()  # untyped in drf-spectacular
        mapped: dict[str, Any] = plain._map_basic_serializer(serializer, direction)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            mapped["additionalProperties"] = False
        for name, each in mapped.get("properties", {}).items():
            # Of a text that may be empty, "" would match both the text and the empty text beside it, and be refused.
            if each.get("oneOf", [])[1:] == [{"type": "string", "maxLength": 0}]:
                mapped["properties"][name] = {**each.pop("oneOf")[0], **each}
        return mapped

    def get_override_parameters(self) -> list[Any]:
        extra = list(super().get_override_parameters())
        if self.method == "GET":
            extra.append(IF_NONE_MATCH)
        elif self.method.lower() in _WRITES and getattr(self.view, "versioned", False):
            extra.append(IF_MATCH)
        return extra


def describe_errors(result: dict[str, Any], **kwargs: object) -> dict[str, Any]:
    """Postprocessing hook: the guide, headers, and every error an operation can answer, as problem details."""
    result["info"]["description"] = Path(__file__).with_name("guide.txt").read_text()
    problem = json.loads(Path(__file__).with_name("problem.json").read_text())
    result["components"].setdefault("schemas", {})["Problem"] = problem
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True  # an empty body is no JSON, for PATCH too
            _describe_headers(method, operation)
            for kind in _errors_of(path, method, operation):
                operation["responses"].setdefault(str(kind.status), _describe(kind))
            if method in _READS:
                unchanged = {"description": "Your copy is still good.", "headers": {"ETag": _ETAG}}
                operation["responses"].setdefault("304", unchanged)
    return result


def drop_patch_defaults(result: dict[str, Any], **kwargs: object) -> dict[str, Any]:
    """Postprocessing hook: a field left out of a PATCH stays as it is, but generated clients send each default."""
    for name, schema in result["components"]["schemas"].items():
        if name.startswith("Patched"):
            for field in schema["properties"].values():
                field.pop("default", None)
    return result


def write_patterns(result: dict[str, Any], **kwargs: object) -> dict[str, Any]:
    """Postprocessing hook: code points beyond 16 bits are left out of patterns. Validators that compile them without
    the flag u, as ajv and Spectral do, would refuse the whole description; the server refuses such texts all the same.
    """
    for part in _parts(result):
        if isinstance(part.get("pattern"), str):
            part["pattern"] = _WIDE.sub("", part["pattern"])
    return result


_WIDE = re.compile(r"\\U[0-9a-f]{8}(-\\U[0-9a-f]{8})?")


def _parts(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _parts(each)


def _describe_headers(method: str, operation: dict[str, Any]) -> None:
    """Many generated clients show no header that is not described."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    for status in operation["responses"].keys() & {"200", "201"}:
        answer = operation["responses"][status]
        found = {"Link": _LINK} if "cursor" in names else {}
        if method == "get" or "If-Match" in names or "Location" in answer.get("headers", {}):
            found["ETag"] = _ETAG
        if found:
            answer["headers"] = {**found, **answer.get("headers", {})}


def _errors_of(path: str, method: str, operation: dict[str, Any]) -> list[type[problems.Problem]]:
    # A stage and an address may make so many requests, whatever they ask.
    found: list[type[problems.Problem]] = [problems.Invalid, problems.TooManyRequests, problems.ServiceUnavailable]
    if any(operation.get("security") or []):
        found += [problems.Unauthenticated, problems.Forbidden]
    if operation.pop("x-not-found", False) or "{" in path:
        found.append(problems.NotFound)
    if "requestBody" in operation:
        found += [problems.TooLarge, problems.UnsupportedMediaType]
    if any(parameter["name"] == "If-Match" for parameter in operation.get("parameters", [])):
        found.append(problems.PreconditionFailed)
    if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", [])):
        found += [problems.KeyReused, problems.Gone]
    if operation.pop("x-conflict", False):
        found.append(problems.Conflict)
    if operation.pop("x-gone", False):
        found.append(problems.Gone)
    return found


def _describe(kind: type[problems.Problem]) -> dict[str, Any]:
    example = kind(retry_after=2 if kind.status in {429, 503} else None).data("6f1c2d0e")
    headers = {"headers": {"Retry-After": _RETRY_AFTER}} if kind.status in {429, 503} else {}
    return {
        "description": kind.title + ".",
        **headers,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


_ETAG = {
    "schema": {"type": "string"},
    "description": "Of what is answered: send it back as `If-None-Match`, or as `If-Match` where that is taken.",
}
_LINK = {
    "schema": {"type": "string"},
    "description": "RFC 8288: `first` and `next` page; without `next` this is the last.",
}
_RETRY_AFTER = {"schema": {"type": "integer"}, "description": "When to try again, in seconds."}
