"""Rules of how many functions run at once. LAMBDA_ACCOUNT_CONCURRENCY is the account's: 10 is a new one's.

MiniStack itself refuses calls above it and above what a function has reserved, and ends functions at their time-out.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

UNRESERVED = 100


def reserved(awslambda: ModuleType, asked: Mapping[str, Any], name: str = "") -> str:
    """A hundred of the account's are left to functions without a reservation; all of them where it has fewer.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    limit, wanted = awslambda._ACCOUNT_CONCURRENCY_CAP or 1000, int(asked.get("ReservedConcurrentExecutions") or 0)
    own = name or asked.get("FunctionName")
    others = (each.get("concurrency") or 0 for key, each in awslambda._functions.items() if key != own)
    least = min(UNRESERVED, limit)
    if not wanted or limit - sum(others) - wanted >= least:
        return ""
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        f"its minimum value of [{least}]."
    )
