"""How a rule gets in front of MiniStack: in the place of a function of one of its modules."""

import functools
import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from ministack.core.responses import error_response_json

Asked = Mapping[str, Any]  # a request, or the properties of a resource of CloudFormation
Call = Callable[..., Any]
Rule = Callable[[Asked], str]


def around(place: ModuleType | dict[str, Any], name: str) -> Callable[[Call], Call]:
    """Put the function below in the place of another, which it gets before that one's arguments."""
    functions = place if isinstance(place, dict) else vars(place)
    former = functions[name]

    def put(function: Call) -> Call:
        functions[name] = functools.update_wrapper(functools.partial(function, former), former)
        return function

    return put


def refuse(place: ModuleType | dict[str, Any], name: str, rule: Callable[..., str], answer: Call) -> None:
    """Have a function answer with a refusal where the rule says why by the function's arguments."""

    @around(place, name)
    def checked(call: Call, *args: object, **options: object) -> Any:
        why = rule(*args, **options)
        return answer(why) if why else call(*args, **options)


def json_of(body: bytes) -> dict[str, Any]:
    """What a request in JSON asks; nothing if it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def refused(code: str, why: str) -> Any:
    """The answer of a service that speaks JSON."""
    return error_response_json(code, why, 400)
