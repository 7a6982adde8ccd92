"""API Gateway's cache, for a stage without CloudFront: `"api_cache": "0.5"` among its `deploy` settings.

Zappa's API has one method for all paths, and a cache without keys would show one user's answer to another. So each read
that a service declares as `cached_reads` gets a resource and a GET of its own, whose keys are its path, all its query
parameters and Authorization; the cache is on for these alone.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from config.services import cached_reads, named
from infra.deploy.deployment import Deployment

TTL_SECONDS = 60
AUTHORIZATION = "method.request.header.Authorization"


def reads(deployment: Deployment) -> dict[str, tuple[str, ...]]:
    """The paths the stage's cache keeps, and their query parameters; none without a cache."""
    return cached_reads(named(deployment.services)) if deployment.options.get("api_cache") else {}


def keys(path: str, names: tuple[str, ...]) -> list[str]:
    """What answers at a path are told apart by."""
    parts = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [
        *(f"method.request.path.{part}" for part in parts),
        *(f"method.request.querystring.{name}" for name in names),
        AUTHORIZATION,
    ]


def make_methods(deployment: Deployment, api: str) -> None:
    """Have the API the methods of the stage's reads and no former ones. The stage changes at once, at the end."""
    gateway, there, wanted = deployment.client("apigateway"), _resources(deployment, api), reads(deployment)
    former = [path for path in there if f"{path}/".startswith("/api/")]
    if not wanted and not former:
        return
    for path in sorted(former, reverse=True):  # those below it first
        gateway.delete_resource(restApiId=api, resourceId=there[path])
    everything = gateway.get_method(restApiId=api, resourceId=there["/"], httpMethod="ANY")["methodIntegration"]
    made = {"": there["/"]}
    for path, names in wanted.items():
        resource = _resource(deployment, api, path, made)
        # Other methods of the path are answered as they are without a cache.
        for method, parameters in (("GET", keys(path, names)), ("ANY", [])):
            _put_method(
                deployment, {"restApiId": api, "resourceId": resource, "httpMethod": method}, everything, parameters
            )
    gateway.create_deployment(restApiId=api, stageName=deployment.stage)


def _resources(deployment: Deployment, api: str) -> dict[str, str]:
    """The ids of the API's resources by their paths."""
    pages = deployment.client("apigateway").get_paginator("get_resources").paginate(restApiId=api)
    return {each["path"]: each["id"] for each in pages.search("items[]")}


def _resource(deployment: Deployment, api: str, path: str, made: dict[str, str]) -> str:
    """The id of a path's resource, which is made with those above it."""
    if path not in made:
        above, _, part = path.rpartition("/")
        parent = _resource(deployment, api, above, made)
        gateway = deployment.client("apigateway")
        made[path] = gateway.create_resource(restApiId=api, parentId=parent, pathPart=part)["id"]
    return made[path]


def _put_method(
    deployment: Deployment, place: dict[str, str], everything: Mapping[str, Any], parameters: list[str]
) -> None:
    """A method that calls what all others call."""
    gateway = deployment.client("apigateway")
    required = {each: ".path." in each for each in parameters}
    gateway.put_method(**place, authorizationType="NONE", requestParameters=required)
    kept = {name: everything[name] for name in ("type", "uri", "credentials") if everything.get(name)}
    keyed = {"cacheKeyParameters": parameters, "cacheNamespace": place["resourceId"]} if parameters else {}
    gateway.put_integration(**place, **kept, integrationHttpMethod="POST", **keyed)


def stage_values(deployment: Deployment, limits: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What update_stage has to set, by path. A method with settings of its own gets none of `*/*`, so it has all."""
    size = deployment.options.get("api_cache", "")
    yield "/cacheClusterEnabled", "true" if size else "false"
    if size:
        yield "/cacheClusterSize", size
    yield "/*/*/caching/enabled", "false"
    for path in reads(deployment):
        method = path.replace("~", "~0").replace("/", "~1") + "/GET"
        caching = {
            "caching/enabled": "true",
            "caching/ttlInSeconds": str(TTL_SECONDS),
            "caching/dataEncrypted": "true",
            # Nobody empties it by a header: that takes execute-api:InvalidateCache.
            "caching/requireAuthorizationForCacheControl": "true",
            "caching/unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITHOUT_RESPONSE_HEADER",
        }
        yield from ((f"/{method}/{name}", value) for name, value in (caching | limits).items())


def problems(deployment: Deployment, api: str, stage: Mapping[str, Any]) -> list[str]:
    """What may show one caller's answer to another, as sentences, asked of AWS."""
    settings = stage.get("methodSettings", {})
    cached = {name.removesuffix("/GET"): name for name, each in settings.items() if each.get("cachingEnabled")}
    if not stage.get("cacheClusterEnabled"):
        return ["API Gateway has no cache"] if reads(deployment) else []
    gateway, there, found = deployment.client("apigateway"), _resources(deployment, api), list[str]()
    for setting, name in cached.items():
        path = f"/{setting.replace('~1', '/').strip('/')}"
        if "*" not in path and path not in there:
            continue  # left of a method that is gone
        names = reads(deployment).get(path)
        if names is None or not name.endswith("/GET"):
            found.append(f"API Gateway caches {name}, which may show one user's answer to another")
            continue
        method = gateway.get_method(restApiId=api, resourceId=there[path], httpMethod="GET")
        if missing := set(keys(path, names)) - set(method["methodIntegration"].get("cacheKeyParameters", [])):
            found.append(f"API Gateway's cache tells answers at {path} not apart by {', '.join(sorted(missing))}")
    return found
