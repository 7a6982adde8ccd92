"""CloudFront's template: infra/edge.yaml, and what each service declares. `python -m infra.edge_template` prints it."""

import json
from typing import Any

from config.services import DEFAULT, SERVED, SERVICES
from serverless.service import Published, Service

Json = dict[str, Any]
_MANAGED = "Fn::FindInMap"
_HOST = {"Type": "String", "Description": "Regional host name of a bucket"}
_OVER_TLS = {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"], "OriginReadTimeout": 30}
_ALL = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
_FUNCTION = {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": "ChooseOrigin.FunctionMetadata.FunctionARN"}}


def completed(template: Json) -> Json:
    """infra/edge.yaml with the origins and paths of all services."""
    title = DEFAULT.name.title()
    names = {"default": DEFAULT.name, "DefaultOrigin": f"{title}Origin", "DefaultPath": f"{title}Path"}
    text = json.dumps(template)
    for name, own in names.items():
        text = text.replace(f'"{name}"', f'"{own}"')
    made: Json = json.loads(text)
    published = [each for service in SERVICES for each in service.published]
    for service in SERVED:
        made["Parameters"] |= _api_parameters(service)
    for each in published:
        made["Parameters"] |= {each.parameter: _HOST, f"Second{each.parameter}": {**_HOST, "Default": ""}}
    sockets = [service for service in SERVICES if service.socket]
    for service in sockets:
        made["Parameters"] |= {f"{service.socket}Host": {"Type": "String", "Description": "Host of a WebSocket API"}}
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    config["Origins"] += [*map(_api, SERVED), *(origin for each in published for origin in _buckets(each))]
    config["Origins"] += map(_socket_origin, sockets)
    config["CacheBehaviors"] += [
        *map(_socket, sockets),
        *map(_published, published),
        *(_private(service, path) for service in SERVED for path in service.private_paths),
        *(_counted(config["DefaultCacheBehavior"], service) for service in SERVED if service.counted_path),
    ]
    code = made["Resources"]["ChooseOrigin"]["Properties"]["FunctionCode"]["Fn::Sub"][1]
    code["Folders"] = "|".join([code["Folders"], *map(_folder, published)])
    return made


def _api_parameters(service: Service) -> Json:
    return {
        f"{service.name.title()}Origin": {"Type": "String", "Description": f"Host of the API of {service.title}"},
        f"{service.name.title()}Path": {"Type": "String", "Description": "Its stage, with a slash before it"},
    }


def _origin(name: str, host: str, **more: object) -> Json:
    """An origin whose host a parameter says."""
    return {"Id": name, "DomainName": {"Ref": host}, "ConnectionAttempts": 1, "ConnectionTimeout": 3, **more}


def _api(service: Service) -> Json:
    title, key = service.name.title(), {"HeaderName": "X-Origin-Key", "HeaderValue": {"Ref": "EdgeKey"}}
    path = {"Ref": f"{title}Path"}
    return _origin(
        service.name, f"{title}Origin", OriginPath=path, OriginCustomHeaders=[key], CustomOriginConfig=_OVER_TLS
    )


def _buckets(published: Published) -> list[Json]:
    """The bucket here and, where there is one, that of the second region."""
    there = _bucket(f"second-{published.origin}", f"Second{published.parameter}")
    return [_bucket(published.origin, published.parameter), {"Fn::If": ["HasSecond", there, {"Ref": "AWS::NoValue"}]}]


def _bucket(origin: str, parameter: str) -> Json:
    config = {"OriginAccessIdentity": "", "OriginReadTimeout": 5}
    access = {"Fn::GetAtt": "BucketAccess.Id"}
    return _origin(origin, parameter, OriginAccessControlId=access, S3OriginConfig=config)


def _published(published: Published) -> Json:
    exact = published.byte_for_byte
    policy = "CacheByPathAlone" if exact else "CacheByHeaders"
    return {
        "PathPattern": published.path,
        "TargetOriginId": published.origin,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": ["GET", "HEAD"] if exact else ["GET", "HEAD", "OPTIONS"],
        "CachedMethods": ["GET", "HEAD"],
        "Compress": not exact,
        "CachePolicyId": {_MANAGED: ["ManagedPolicies", policy, "Id"]},
        "ResponseHeadersPolicyId": {"Ref": "SecurityHeaders"},
        "FunctionAssociations": [_FUNCTION],
    }


def _private(service: Service, path: str) -> Json:
    """Never cached, whatever the answer says."""
    return {
        "PathPattern": f"{path}*",
        "TargetOriginId": service.name,
        "ViewerProtocolPolicy": "https-only" if path.startswith("/api/") else "redirect-to-https",
        "AllowedMethods": _ALL,
        "Compress": True,
        "CachePolicyId": {_MANAGED: ["ManagedPolicies", "CacheNever", "Id"]},
        "OriginRequestPolicyId": {_MANAGED: ["ManagedPolicies", "ForwardEverythingButHost", "Id"]},
        "ResponseHeadersPolicyId": {"Ref": "SecurityHeaders"},
        "FunctionAssociations": [_FUNCTION],
    }


def _counted(default: Json, service: Service) -> Json:
    """As all other pages, but logged where anything is counted."""
    log = {"Fn::If": ["CountsReads", {"Fn::GetAtt": "ReadsLog.Arn"}, {"Ref": "AWS::NoValue"}]}
    return {**default, "PathPattern": service.counted_path, "RealtimeLogConfigArn": log}


def _socket_origin(service: Service) -> Json:
    """The WebSocket API. Its stage has the name of the path."""
    return _origin(f"{service.name}-socket", f"{service.socket}Host", CustomOriginConfig=_OVER_TLS)


def _socket(service: Service) -> Json:
    """In the home region alone, so no function chooses one. What opens a connection is its ticket, never a cookie."""
    return {
        "PathPattern": f"/{service.name}",
        "TargetOriginId": f"{service.name}-socket",
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": ["GET", "HEAD"],
        "CachePolicyId": {_MANAGED: ["ManagedPolicies", "CacheNever", "Id"]},
        "OriginRequestPolicyId": {"Ref": "WithoutCookies"},
        "ResponseHeadersPolicyId": {"Ref": "SecurityHeaders"},
    }


def _folder(published: Published) -> str:
    """What the function that chooses the origin knows the path by: `pictures(?=\\/blog\\/)`."""
    rest = published.path.strip("/*").partition("/")[2]
    return published.origin + (rf"(?=\/{rest}\/)" if rest else "")


if __name__ == "__main__":
    from infra.lint import INFRA_DIR, load

    print(json.dumps(load(INFRA_DIR / "edge.yaml")))  # noqa: T201 - a command
