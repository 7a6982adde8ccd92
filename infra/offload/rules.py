"""Which paths are kept for how long: read from infra/offload.yaml, the one place that says it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from infra.lint import CACHE_NEVER, INFRA_DIR, branches, load, resolved

TEMPLATE = "offload"
# The patterns an owner may add, most important first: parameters of the template.
OPTIONAL = ("UncachedPath1", "UncachedPath2", "VersionedPath", "MovingPath1", "MovingPath2")


@dataclass(frozen=True)
class Rule:
    """One behavior of the distribution. `seconds` is how long an answer is kept that says nothing itself; 0: never."""

    pattern: str
    seconds: int

    @property
    def immutable(self) -> bool:
        """Whether the name of a file says that its content never changes."""
        return self.seconds > 86400

    def fits(self, path: str) -> bool:
        """Whether it is for this path, without a query. CloudFront's wildcards are * and ?, and a [ is only a [."""
        return fnmatchcase(path, self.pattern.replace("[", "[[]"))


def rules(parameters: Mapping[str, str]) -> tuple[Rule, ...]:
    """All behaviors in order, the default, `*`, last. `parameters` are the template's, of which OPTIONAL are read."""
    template = load(INFRA_DIR / f"{TEMPLATE}.yaml")
    config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    listed = list(_behaviors(config["CacheBehaviors"], parameters))
    return tuple(_rule(template, each) for each in [*listed, {**config["DefaultCacheBehavior"], "PathPattern": "*"}])


def rule_of(path: str, all_rules: tuple[Rule, ...]) -> Rule:
    """The rule of a path, without a query."""
    return next(rule for rule in all_rules if rule.fits(path))


def _behaviors(listed: list[dict[str, Any]], parameters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for each in listed:
        behavior = branches(each)[0]
        pattern = behavior["PathPattern"]
        if isinstance(pattern, dict):
            pattern = parameters.get(pattern["Ref"], "")
        if pattern:
            yield {**behavior, "PathPattern": pattern}


def _rule(template: dict[str, Any], behavior: dict[str, Any]) -> Rule:
    policy = resolved(template, behavior["CachePolicyId"])
    if policy == CACHE_NEVER:
        return Rule(behavior["PathPattern"], 0)
    config = template["Resources"][policy["Ref"]]["Properties"]["CachePolicyConfig"]
    return Rule(behavior["PathPattern"], config["DefaultTTL"])
