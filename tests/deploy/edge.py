"""What CloudFront does by its documentation with the rules of infra/edge.yaml, as no emulator serves a distribution.

Path patterns ("Cache behavior settings"), cache keys ("Understand the cache key"), how long answers are kept ("Manage
how long content stays in the cache") and errors ("How CloudFront processes HTTP 4xx and 5xx status codes").
"""

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from infra.lint import CACHE_NEVER, INFRA_DIR, load, resolved

if TYPE_CHECKING:
    from django.http import HttpResponse

TEMPLATE = load(INFRA_DIR / "edge.yaml")
CONFIG = TEMPLATE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
ALWAYS_KEPT = {404, 414, 500, 501, 502, 503, 504}  # for ten seconds, unless the distribution says else
Key = tuple[str, ...]


def behavior(path: str) -> dict[str, Any]:
    """The first whose pattern fits, else the default."""
    found: dict[str, Any] = next(
        (each for each in CONFIG["CacheBehaviors"] if fnmatchcase(path, each["PathPattern"])),
        CONFIG["DefaultCacheBehavior"],
    )
    return found


def is_never_cached(path: str) -> bool:
    """Whether no answer at a path is kept, whatever it says."""
    return bool(resolved(TEMPLATE, behavior(path)["CachePolicyId"]) == CACHE_NEVER)


def policy(kind: str, reference: dict[str, str]) -> dict[str, Any]:
    """A policy of the template, such as the CachePolicyConfig of what a behavior refers to."""
    found: dict[str, Any] = TEMPLATE["Resources"][reference["Ref"]]["Properties"][kind]
    return found


class Edge:
    """A distribution in front of the site, for GET alone. `asked` is how many requests came through to the site."""

    def __init__(self) -> None:
        self.kept: dict[Key, HttpResponse] = {}
        self.asked = 0

    def get(self, path: str, **headers: str) -> "HttpResponse":
        """The answer, out of the cache or through it; `headers` as HTTP_AUTHORIZATION."""
        from rest_framework.test import APIClient

        rules = behavior(path.partition("?")[0])
        asked = path if self._keeps_by_query(rules) else path.partition("?")[0]
        key = (asked, *(headers.get(name, "") for name in self._key_headers(rules)))
        if key not in self.kept:
            self.asked += 1
            answer: HttpResponse = APIClient().get(path, **self._passed_on(rules, headers))
            if self._seconds(rules, answer) <= 0:
                return answer
            self.kept[key] = answer
        return self.kept[key]

    def _keeps_by_query(self, rules: dict[str, Any]) -> bool:
        if resolved(TEMPLATE, rules["CachePolicyId"]) == CACHE_NEVER:
            return True
        kept: str = self._key(rules)["QueryStringsConfig"]["QueryStringBehavior"]
        assert kept in {"all", "none"}
        return kept == "all"

    def _key(self, rules: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = policy("CachePolicyConfig", rules["CachePolicyId"])[
            "ParametersInCacheKeyAndForwardedToOrigin"
        ]
        return found

    def _key_headers(self, rules: dict[str, Any]) -> list[str]:
        if resolved(TEMPLATE, rules["CachePolicyId"]) == CACHE_NEVER:
            return []
        parameters = self._key(rules)
        assert parameters["CookiesConfig"] == {"CookieBehavior": "none"}
        return ["HTTP_" + name.upper().replace("-", "_") for name in parameters["HeadersConfig"]["Headers"]]

    def _passed_on(self, rules: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        """All but the cookies, where the behavior keeps them."""
        if "Ref" not in rules["OriginRequestPolicyId"]:
            return headers
        passed = policy("OriginRequestPolicyConfig", rules["OriginRequestPolicyId"])
        assert passed["CookiesConfig"] == {"CookieBehavior": "none"}
        return {name: value for name, value in headers.items() if name != "HTTP_COOKIE"}

    def _seconds(self, rules: dict[str, Any], answer: "HttpResponse") -> int:
        """How long the answer is kept. A rule for errors holds where caching is off, too."""
        least = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in CONFIG["CustomErrorResponses"]}
        error = least.get(answer.status_code, 10) if answer.status_code in ALWAYS_KEPT else 0
        control = answer.get("Cache-Control", "")
        if resolved(TEMPLATE, rules["CachePolicyId"]) == CACHE_NEVER or re.search("private|no-store|no-cache", control):
            return error
        told = re.search(r"s-maxage=(\d+)", control) or re.search(r"max-age=(\d+)", control)
        return max(error, int(told[1]) if told else policy("CachePolicyConfig", rules["CachePolicyId"])["DefaultTTL"])
