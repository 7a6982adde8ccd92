"""Limits of AWS's own description of its APIs, which botocore has: lengths, patterns, choices, sizes of lists.

botocore checks of them what is required and what is too short; the rest it leaves to AWS.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import get_session

from infra.local.strict.places import Call, Rule, around, refused

# The error's code, where it is no ValidationException.
CODES = {"cognito-idp": "InvalidParameterException", "sesv2": "BadRequestException"}
_session = get_session()


def refusal(shape: Shape, value: object) -> str:
    """Which limit a value breaks, in AWS's words; nothing for none."""
    return next(_broken(shape, value, ""), "")


def _broken(shape: Shape, value: object, place: str) -> Iterator[str]:
    match shape:
        case StructureShape() if isinstance(value, Mapping):
            for name, member in shape.members.items():
                key = member.serialization.get("name", name)
                if value.get(key) is not None:
                    yield from _broken(member, value[key], f"{place}.{key}".lstrip("."))
            return
        case ListShape() if isinstance(value, list):
            for number, each in enumerate(value, 1):
                yield from _broken(shape.member, each, f"{place}.{number}.member")
        case MapShape() if isinstance(value, Mapping):
            for key, each in value.items():
                yield from _broken(shape.key, key, place)
                yield from _broken(shape.value, each, f"{place}.{key}")
    if why := _limit(shape, value):
        yield f"1 validation error detected: Value at '{place}' failed to satisfy constraint: Member must {why}"


def _limit(shape: Shape, value: object) -> str:
    limits = shape.metadata
    if isinstance(value, str | list | dict) and shape.type_name != "blob":
        if len(value) > limits.get("max", len(value)):
            return f"have length less than or equal to {limits['max']}"
        if len(value) < limits.get("min", 0):
            return f"have length greater than or equal to {limits['min']}"
    if isinstance(value, int | float):
        if value > limits.get("max", value):
            return f"have value less than or equal to {limits['max']}"
        if value < limits.get("min", value):
            return f"have value greater than or equal to {limits['min']}"
    if isinstance(value, str) and value not in limits.get("enum", [value]):
        return f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = _pattern(limits.get("pattern", ""))
    if isinstance(value, str) and pattern and not pattern.fullmatch(value):
        return f"satisfy regular expression pattern: {limits['pattern']}"
    return ""


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    """None for one in a notation that Python does not have, as of Unicode's categories."""
    try:
        return re.compile(text, re.DOTALL) if text else None
    except re.error:
        return None


def install(module: ModuleType, service: str, rules: Mapping[tuple[str, str], Mapping[str, Rule]]) -> None:
    """Have a service of botocore's name, which speaks JSON, refuse what breaks a limit or a rule of the operation.

    `rules` are by service and operation, then by the code of the error.
    """

    @around(module, "handle_request")
    async def handle_request(
        handle: Call, method: str, path: str, headers: Mapping[str, str], body: bytes, query: object
    ) -> Any:
        operation, values = _asked(_model(service), method, path, headers, body)
        if operation and operation.input_shape and (why := refusal(operation.input_shape, values)):
            return refused(CODES.get(service, "ValidationException"), why)
        for code, rule in rules.get((service, operation.name), {}).items() if operation else ():
            if why := rule(values):
                return refused(code, why)
        return await handle(method, path, headers, body, query)


@cache
def _model(service: str) -> ServiceModel:
    """Read when it is first asked for: some are a megabyte of JSON."""
    return _session.get_service_model(service)


def _asked(
    model: ServiceModel, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> tuple[OperationModel | None, dict[str, Any]]:
    """The operation and its arguments; None for what is no operation's request."""
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        return None, {}
    name = headers.get("x-amz-target", "").rpartition(".")[2]
    if name in model.operation_names:
        return model.operation_model(name), values
    for way, pattern, name in _routes(model):
        if way == method and (found := pattern.fullmatch(path.rstrip("/"))):
            operation, in_path = model.operation_model(name), found.groupdict()
            # The body of Lambda's Invoke is the function's event, and has none of the operation's arguments.
            in_body = {} if operation.has_streaming_input else values
            return operation, {**in_body, **{key: unquote(text) for key, text in in_path.items()}}
    return None, {}


@cache
def _routes(model: ServiceModel) -> list[tuple[str, re.Pattern[str], str]]:
    """How an API of REST names its operations: the method, the path with its parameters, the operation."""
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"].rstrip("/")))
        found.append((http["method"], re.compile(path), name))
    return found
