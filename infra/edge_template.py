"""CloudFront's template: infra/edge.yaml, and what each service declares. `python -m infra.edge_template` prints it."""

import json
from typing import Any

from config.services import DEFAULT, SERVED, SERVICES
from serverless.service import Published

Json = dict[str, Any]


def completed(template: Json) -> Json:
    """infra/edge.yaml with the origins and paths of all services, which are its Metadata filled in."""
    title = DEFAULT.name.title()
    names = {"default": DEFAULT.name, "DefaultOrigin": f"{title}Origin", "DefaultPath": f"{title}Path"}
    quoted = {f'"{name}"': f'"{own}"' for name, own in names.items()}
    parts = template["Metadata"]
    made = _filled({key: value for key, value in template.items() if key != "Metadata"}, quoted)
    config = made["Resources"]["Distribution"]["Properties"]["DistributionConfig"]

    def add(part: Json, **values: str) -> None:
        filled = _filled(part, {f"<{name}>": value for name, value in values.items()})
        made["Parameters"] |= filled.get("Parameters", {})
        config["Origins"] += filled.get("Origins", [])
        config["CacheBehaviors"] += filled.get("CacheBehaviors", [])

    published = [each for service in SERVICES for each in service.published]
    for service in SERVED:
        add(parts["Api"], service=service.name, Service=service.name.title(), title=service.title)
    for service in SERVICES:
        if service.socket:
            add(parts["Socket"], service=service.name, socket=service.socket)
    for each in published:
        part = parts["Published"] | (parts["Exact"] if each.byte_for_byte else {})
        add(part, parameter=each.parameter, origin=each.origin, path=each.path)
    for service in SERVED:
        for path in service.private_paths:
            protocol = "https-only" if path.startswith("/api/") else "redirect-to-https"
            add(parts["Private"], service=service.name, path=path, protocol=protocol)
    # What is counted is as all other pages, but logged where anything is counted.
    log = {"Fn::If": ["CountsReads", {"Fn::GetAtt": "ReadsLog.Arn"}, {"Ref": "AWS::NoValue"}]}
    config["CacheBehaviors"] += [
        {**config["DefaultCacheBehavior"], "PathPattern": service.counted_path, "RealtimeLogConfigArn": log}
        for service in SERVED
        if service.counted_path
    ]
    code = made["Resources"]["ChooseOrigin"]["Properties"]["FunctionCode"]["Fn::Sub"][1]
    code["Folders"] = "|".join([code["Folders"], *map(_folder, published)])
    return made


def _filled(part: Json, values: dict[str, str]) -> Json:
    """A part of a template with values in the place of what stands in it."""
    text = json.dumps(part)
    for name, value in values.items():
        text = text.replace(name, value)
    return dict(json.loads(text))


def _folder(published: Published) -> str:
    """What the function that chooses the origin knows the path by: `pictures(?=\\/blog\\/)`."""
    rest = published.path.strip("/*").partition("/")[2]
    return published.origin + (rf"(?=\/{rest}\/)" if rest else "")


if __name__ == "__main__":
    from infra.lint import INFRA_DIR, load

    print(json.dumps(load(INFRA_DIR / "edge.yaml")))  # noqa: T201 - a command
