"""Rules of lists: AWS may answer any page with less than was asked for, even with nothing, and a token for the next.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html ("between zero and the
value of MaxResults")
"""

import functools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

Call = Callable[[Mapping[str, Any]], Any]


def empty_first_page(ssm: ModuleType, describe: Call) -> Call:
    """DescribeParameters with filters: a page is read before it is filtered, so the first has nothing here."""

    @functools.wraps(describe)
    def paged(asked: Mapping[str, Any]) -> Any:
        if asked.get("ParameterFilters") and not asked.get("NextToken"):
            return ssm.json_response({"Parameters": [], "NextToken": ssm._encode_next_token(0)})
        return describe(asked)

    return paged
