"""The OpenAPI description itself: complete, valid, with examples and every error."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker
from rest_framework.test import APIClient

from rest.openapi import _rendered


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(APIClient().get("/api/schema/").content)
    return found


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of each."""
    return [(method, path, found) for path, methods in schema["paths"].items() for method, found in methods.items()]


def test_it_is_openapi_31(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    validate: Any = validate_schema
    validate(schema)


def test_every_operation_has_a_name_and_a_summary(schema: dict[str, Any]) -> None:
    names = [found["operationId"] for _, _, found in operations(schema)]
    assert len(set(names)) == len(names)
    assert [path for _, path, found in operations(schema) if not found.get("summary")] == []


def test_every_operation_tells_its_errors(schema: dict[str, Any]) -> None:
    for method, path, found in operations(schema):
        statuses = set(found["responses"])
        assert {"400", "429", "503"} <= statuses, (method, path)
        if "{" in path:
            assert "404" in statuses, (method, path)
        if any(found.get("security") or []):
            assert "401" in statuses, (method, path)
        for status, answer in found["responses"].items():
            if int(status) >= 400:
                assert "application/problem+json" in answer["content"], (method, path, status)


def test_it_tells_the_headers_that_clients_need(schema: dict[str, Any]) -> None:
    """Many generated clients show no header that is not described."""
    told = {
        (method, path, status): set(answer.get("headers", ()))
        for method, path, found in operations(schema)
        for status, answer in found["responses"].items()
    }
    assert [at for at, names in told.items() if at[2] in {"429", "503"} and "Retry-After" not in names] == []
    assert [at for at, names in told.items() if at[2] == "304" and "ETag" not in names] == []
    for path in ("todos/", "todos/bin/", "todos/lists/", "media/uploads/", "blog/posts/", "blog/drafts/"):
        assert {"ETag", "Link"} <= told["get", f"/api/{path}", "200"], path
    for path in ("todos/{id}/", "todos/lists/{id}/"):
        assert told["put", f"/api/{path}", "201"] == {"ETag", "Location"}, path
        assert all("ETag" in told[method, f"/api/{path}", "200"] for method in ("get", "put", "patch")), path
    for path in ("todos/", "media/uploads/"):
        assert told["post", f"/api/{path}", "201"] == {"ETag", "Location"}, path
    assert told["post", "/api/todos/", "200"] == {"ETag", "Location"}  # what is asked again by an Idempotency-Key
    assert told["post", "/api/todos/{id}/restore/", "200"] == {"ETag"}


def test_every_body_has_an_example(schema: dict[str, Any]) -> None:
    missing = [
        f"{method} {path}"
        for method, path, found in operations(schema)
        for content in found.get("requestBody", {}).get("content", {}).values()
        if "application/json" in found["requestBody"]["content"]
        and not (content.get("examples") or content.get("example"))
    ]
    assert missing == []


def test_swagger_ui_asks_no_third_party(api: APIClient) -> None:
    page = api.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert "//cdn." not in page
    assert "https://" not in page.replace("https://swagger.io", "")


def test_swagger_ui_says_which_methods_it_has(api: APIClient) -> None:
    answer = api.options("/api/docs/")
    assert (answer.status_code, answer["Allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")


def test_it_is_made_once_whatever_is_asked(api: APIClient) -> None:
    made = _rendered()
    for query in ("", "?version=7", "?format=yaml", "?lang=de"):
        answer = api.get(f"/api/schema/{query}")
        assert (answer.status_code, answer.content) == (200, made)
        assert {"public", "s-maxage=300"} <= set(answer["Cache-Control"].split(", "))
    assert _rendered() is made


def test_who_has_a_copy_is_not_sent_another(api: APIClient) -> None:
    answer = api.get("/api/schema/", HTTP_IF_NONE_MATCH=api.get("/api/schema/")["ETag"])
    assert (answer.status_code, answer.content) == (304, b"")


# --- What generated clients make of it -------------------------------------------------------------------------------


def parts(node: Any, schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """A schema and all inside it, references followed."""
    if isinstance(node, list):
        for each in node:
            yield from parts(each, schema, seen)
    elif isinstance(node, dict):
        yield node
        if (name := str(node.get("$ref", "")).rpartition("/")[2]) and name not in seen:
            yield from parts(schema["components"]["schemas"][name], schema, seen | {name})
        for each in node.values():
            yield from parts(each, schema, seen)


def test_no_field_of_a_patch_has_a_default(schema: dict[str, Any]) -> None:
    """A client that sends the defaults it sees would reset what nobody named."""
    bodies = [found["requestBody"]["content"] for method, _, found in operations(schema) if method == "patch"]
    assert len(bodies) >= 2
    assert [part for body in bodies for part in parts(body, schema) if "default" in part] == []


def test_a_text_is_of_one_kind(schema: dict[str, Any]) -> None:
    """`oneOf` of two kinds of text refuses what is both, such as the empty text."""
    for part in parts(schema["components"]["schemas"], schema):
        assert [each.get("type") for each in part.get("oneOf", [])].count("string") < 2, part


def test_no_truth_value_is_an_enumeration(schema: dict[str, Any]) -> None:
    assert [part for part in parts(schema["components"]["schemas"], schema) if True in part.get("enum", [])] == []


def test_every_example_is_valid(schema: dict[str, Any]) -> None:
    seen = 0
    for method, path, found in operations(schema):
        answers = {**found["responses"], "body": found.get("requestBody", {})}
        for where, answer in answers.items():
            for content in answer.get("content", {}).values():
                examples = [each["value"] for each in content.get("examples", {}).values()]
                for example in [*examples, *([content["example"]] if "example" in content else [])]:
                    described = {**content["schema"], "components": schema["components"]}
                    errors = Draft202012Validator(described, format_checker=FormatChecker()).iter_errors(example)
                    assert [error.message for error in errors] == [], (method, path, where)
                    seen += 1
    assert seen > 100


def test_it_says_where_it_is_and_how_to_begin(schema: dict[str, Any]) -> None:
    assert schema["servers"] == [{"url": f"{settings.SITE_URL}{settings.SITE_PREFIX}".rstrip("/")}]
    assert schema["externalDocs"]["url"].endswith("/api/docs/")
    for subject in ("Sign in", "Lists", "Sync", "Create once", "Errors", "Limits"):
        assert f"## {subject}\n" in schema["info"]["description"]


def test_patterns_are_those_of_json_schema(schema: dict[str, Any]) -> None:
    """JavaScript's own engine reads them, where there is one, with the flag u and without; they mean the same."""
    patterns = [part["pattern"] for part in parts(schema, schema) if isinstance(part.get("pattern"), str)]
    assert len(patterns) > 10
    assert [pattern for pattern in patterns if "\\U" in pattern or "\\A" in pattern or "\\Z" in pattern] == []
    title = schema["components"]["schemas"]["TodoInputRequest"]["properties"]["title"]["pattern"]
    texts = {"U0": True, "\u2060": False, "\U0001f680": True, "日": True, "a\0": False}
    assert {text: bool(re.search(title, text)) for text in texts} == texts
    if node := shutil.which("node"):
        script = "const [all, title, texts] = JSON.parse(require('fs').readFileSync(0)); "
        script += "for (const flags of ['', 'u']) { all.map(p => RegExp(p, flags));"
        script += "console.log(JSON.stringify(texts.map(t => RegExp(title, flags).test(t)))) }"
        asked = json.dumps([patterns, title, list(texts)])
        done = subprocess.run([node, "-e", script], input=asked, capture_output=True, text=True, check=True, timeout=60)
        assert [json.loads(line) for line in done.stdout.splitlines()] == [list(texts.values())] * 2
