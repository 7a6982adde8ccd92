"""API Gateway in front of the site, with its cache, which no emulator has: its rules by AWS's documentation.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html. What that leaves open is taken at
its worst: answers of any status are kept, an empty parameter is none, a path is the same with a slash and without one.
"""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import boto3
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse

from infra.deploy import gateway
from infra.deploy.deployment import Deployment

STAGE, ROLE = "production", "arn:aws:iam::000000000000:role/gateway"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f:live"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


class CachedDeployment(Deployment):
    """A stage with an API as Zappa makes it: one method of all paths, and nothing else."""

    def __init__(self, stage: dict[str, Any], **options: str) -> None:
        deploy = {**stage["deploy"], "edge": False, **options}
        super().__init__(STAGE, {**stage, "deploy": deploy}, boto3.Session(region_name="us-east-1"))
        client = self.client("apigateway")
        self.api: str = client.create_rest_api(name="cached")["id"]
        root = client.get_resources(restApiId=self.api)["items"][0]["id"]
        proxy = client.create_resource(restApiId=self.api, parentId=root, pathPart="{proxy+}")["id"]
        for each in (root, proxy):
            place = {"restApiId": self.api, "resourceId": each, "httpMethod": "ANY"}
            client.put_method(**place, authorizationType="NONE")
            client.put_integration(
                **place,
                type="AWS_PROXY",
                integrationHttpMethod="POST",
                uri=URI,
                credentials=ROLE,
                cacheKeyParameters=[],
            )
        client.create_deployment(restApiId=self.api, stageName=STAGE)

    def api_id(self) -> str:
        return self.api

    def configure(self, **options: str) -> None:
        """Deploy the stage, with other options."""
        self.options = {**self.options, **options}
        gateway.make_logs_role(self)
        gateway.configure(self, access_logs_arn="arn:aws:logs:us-east-1:000000000000:log-group:logs:*")


@dataclass
class Gateway:
    """The deployed stage. `now` is its clock, in seconds: what is written is waited for until nothing is kept."""

    deployment: CachedDeployment
    kept: dict[tuple[str, ...], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    now: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        client, api = self.deployment.client("apigateway"), self.deployment.api
        self.stage = client.get_stage(restApiId=api, stageName=STAGE)
        self.integrations: dict[str, Any] = {}
        for each in client.get_resources(restApiId=api, limit=500)["items"]:
            if "GET" in each.get("resourceMethods", {}):
                method = client.get_method(restApiId=api, resourceId=each["id"], httpMethod="GET")
                self.integrations[each["path"]] = method["methodIntegration"]

    def __call__(self, environ: dict[str, Any]) -> HttpResponse:
        """Answer one request of Django's test client, after strangers have asked for nearly the same."""
        request = WSGIRequest(environ)
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        headers |= {"CONTENT-TYPE": environ.get("CONTENT_TYPE", ""), "HOST": urlsplit(settings.SITE_URL).netloc}
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path, query = quote(request.path), environ["QUERY_STRING"]
        if request.method == "GET":
            token = {"AUTHORIZATION": headers["AUTHORIZATION"]} if "AUTHORIZATION" in headers else {}
            for other, odd, strange in STRANGERS:
                self.ask("GET", other(path), f"{query}{odd}", {"HOST": headers["HOST"], **token, **strange}, b"")
        answer = self.ask(str(request.method), path, query, headers, body)
        response = HttpResponse(
            base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"],
            status=answer["statusCode"],
        )
        for name, values in answer["multiValueHeaders"].items():
            response[name] = values[-1]
        response.wsgi_request = request  # type: ignore[attr-defined]  # as the client expects it
        return response

    def ask(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """The answer to one request, kept or new."""
        event = self.event(method, path, query, headers, body)
        key = self.key(event)
        if method not in {"GET", "HEAD", "OPTIONS"}:
            self.now += 3600
        if key and key in self.kept and self.kept[key][0] > self.now:
            self.hits += 1
            return self.kept[key][1]
        from config.lambda_handler import handler

        answer: dict[str, Any] = handler(event, None)
        if key:
            self.kept[key] = self.now + self.method_settings(event["resource"])["cacheTtlInSeconds"], answer
        return answer

    def event(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """What the function is given."""
        resource, parameters = self.match(path)
        values = parse_qs(query, keep_blank_values=True)
        return {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": headers,
            "pathParameters": parameters,
            "queryStringParameters": {name: given[-1] for name, given in values.items()},
            "multiValueQueryStringParameters": values,
            "requestContext": {"path": path, "identity": {"sourceIp": "203.0.113.7"}},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }

    def match(self, path: str) -> tuple[str, dict[str, str]]:
        """The resource of a path, and its parameters: one of its own before the one of all."""
        parts = path.strip("/").split("/")
        for resource in self.integrations:
            names = resource.strip("/").split("/")
            if len(names) == len(parts) and all(n == p or n[0] == "{" for n, p in zip(names, parts, strict=True)):
                return resource, {n[1:-1]: unquote(p) for n, p in zip(names, parts, strict=True) if n[0] == "{"}
        return "/{proxy+}", {"proxy": path.strip("/")}

    def method_settings(self, resource: str) -> dict[str, Any]:
        """The stage's settings of a GET."""
        found = self.stage.get("methodSettings", {})
        own = found.get(f"{resource}/GET") or found.get(f"{resource.removeprefix('/')}/GET")
        return dict(own or found.get("*/*", {}))

    def key(self, event: dict[str, Any]) -> tuple[str, ...] | None:
        """What the answer is kept by; None where none is."""
        integration = self.integrations.get(event["resource"])
        if integration is None or event["httpMethod"] != "GET" or not self.stage["cacheClusterEnabled"]:
            return None
        if not self.method_settings(event["resource"])["cachingEnabled"]:
            return None
        places = {
            "path": event["pathParameters"],
            "querystring": event["queryStringParameters"],
            "header": {name.title(): value for name, value in event["headers"].items()},
        }
        found = [integration["cacheNamespace"]]
        for parameter in sorted(integration["cacheKeyParameters"]):
            kind, _, name = parameter.removeprefix("method.request.").partition(".")
            found.append(places[kind].get(name, ""))
        return tuple(found)


def same(path: str) -> str:
    """The path itself."""
    return path


# What nobody else's answer may depend on: another form of the path, more of a query, other headers.
STRANGERS: list[tuple[Any, str, dict[str, str]]] = [
    (lambda path: path.rstrip("/"), "", {}),
    (same, "&unknown=1", {}),
    (same, "&limit=", {}),
    (same, "", {"IF-NONE-MATCH": "*"}),
    (same, "", {"IF-MODIFIED-SINCE": "Fri, 31 Dec 9999 23:59:59 GMT"}),
    (same, "", {"IF-MATCH": '"other"'}),
    (same, "", {"HOST": "evil.example", "X-FORWARDED-HOST": "evil.example", "X-ORIGIN-KEY": "x"}),
    (same, "", {"COOKIE": "sessionid=1", "ORIGIN": "https://evil.example", "X-REQUEST-ID": "whose-id-is-this"}),
    (same, "", {"CONTENT-TYPE": "text/html; charset=utf-7", "ACCEPT": "text/html", "RANGE": "bytes=0-1"}),
]
