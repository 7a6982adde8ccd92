"""Rules of publishing a version: only of the code and the revision that were asked for.

https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any


def install(awslambda: ModuleType) -> None:
    """Have Lambda publish no version of other code, or another revision, than the request names."""
    publish = awslambda._publish_version

    def publish_version(name: str, asked: Mapping[str, Any]) -> Any:
        latest = awslambda._functions.get(name, {}).get("config", {})
        if latest and asked.get("CodeSha256", latest["CodeSha256"]) != latest["CodeSha256"]:
            why = f"CodeSHA256 ({asked['CodeSha256']}) is different from current CodeSHA256 in $LATEST"
            return awslambda.error_response_json(
                "InvalidParameterValueException", f"{why} ({latest['CodeSha256']}). Please try again.", 400
            )
        return (awslambda._check_revision(latest, asked) if latest else None) or publish(name, asked)

    vars(awslambda).update(_publish_version=publish_version)
