"""Rules of Lambda's functions: how many run at once, and which version is published.

LAMBDA_ACCOUNT_CONCURRENCY is the account's: 10 is a new one's. MiniStack itself refuses calls above it and above what a
function has reserved, and ends functions at their time-out.
"""

from typing import Any

from ministack.services import lambda_svc

from infra.local.strict.places import Asked, Call, around, refused

UNRESERVED = 100


def reserved(asked: Asked) -> str:
    """A hundred of the account's are left to functions without a reservation; all of them where it has fewer.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    limit, wanted = lambda_svc._ACCOUNT_CONCURRENCY_CAP or 1000, int(asked.get("ReservedConcurrentExecutions") or 0)
    own = str(asked.get("FunctionName")).rpartition(":")[2]
    others = (each.get("concurrency") or 0 for key, each in lambda_svc._functions.items() if key != own)
    least = min(UNRESERVED, limit)
    if not wanted or limit - sum(others) - wanted >= least:
        return ""
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        f"its minimum value of [{least}]."
    )


def install() -> None:
    """Have a version published of nothing else than what the request names."""

    @around(lambda_svc, "_publish_version")
    def publish_version(publish: Call, name: str, asked: Asked) -> Any:
        """A version is of the code and the revision that the request names.

        https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
        """
        latest = lambda_svc._functions.get(name, {}).get("config", {})
        if latest and asked.get("CodeSha256", latest["CodeSha256"]) != latest["CodeSha256"]:
            why = f"CodeSHA256 ({asked['CodeSha256']}) is different from current CodeSHA256 in $LATEST"
            return refused("InvalidParameterValueException", f"{why} ({latest['CodeSha256']}). Please try again.")
        return (lambda_svc._check_revision(latest, asked) if latest else None) or publish(name, asked)
