"""What a cache would save, reckoned from the origin's access log before anything is deployed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from infra.offload.logs import LoggedRequest
from infra.offload.rules import Rule, rule_of

# US dollars in us-east-1 and in CloudFront's North America and Europe, November 2026: see docs/updates.md.
EC2_PER_GB = 0.09
CLOUDFRONT_PER_GB = 0.085
CLOUDFRONT_PER_REQUEST = 0.01 / 10_000
FREE_GB, FREE_REQUESTS = 1000, 10_000_000  # of CloudFront, each month
MONTH = timedelta(days=30)
_SHORTEST = timedelta(hours=1)  # a shorter log is taken for an hour
_SHOWN = 20
_REDIRECTS = {301, 302}  # CloudFront keeps them as it does files; 307 and 308 only where the answer says so itself


@dataclass
class Group:
    """What came to one rule of CloudFront, and what of it would still come to the origin."""

    requests: int = 0
    sent: int = 0
    origin_requests: int = 0
    origin_sent: int = 0


@dataclass
class Report:
    """The whole log. `passed` counts, by reason and path, what is not kept."""

    groups: dict[Rule, Group] = field(default_factory=lambda: defaultdict(Group))
    passed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    changing: set[str] = field(default_factory=set)
    redirected: set[str] = field(default_factory=set)
    unread: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def total(self) -> Group:
        """All rules together."""
        every = self.groups.values()
        return Group(
            sum(group.requests for group in every),
            sum(group.sent for group in every),
            sum(group.origin_requests for group in every),
            sum(group.origin_sent for group in every),
        )

    @property
    def months(self) -> float:
        """How much of a month of 30 days the log covers."""
        if self.first is None or self.last is None:
            return 0
        return max(self.last - self.first, _SHORTEST) / MONTH

    def dollars(self) -> tuple[float, float]:
        """A month's transfer before and after. From AWS to CloudFront it costs nothing."""
        if not self.months:
            return 0, 0
        gigabytes, requests = self.total.sent / 1e9 / self.months, self.total.requests / self.months
        after = max(0, gigabytes - FREE_GB) * CLOUDFRONT_PER_GB
        return gigabytes * EC2_PER_GB, after + max(0, requests - FREE_REQUESTS) * CLOUDFRONT_PER_REQUEST


def report(lines: Iterable[LoggedRequest | None], rules: tuple[Rule, ...]) -> Report:
    """Replay a log against a cache that follows the rules."""
    found = Report()
    requests = []
    for line in lines:
        if line is None:
            found.unread += 1
        else:
            requests.append(line)
    requests.sort(key=lambda request: request.at)
    sizes = _sizes(requests)
    kept_until: dict[tuple[str, str], datetime] = {}
    for request in requests:
        rule = rule_of(request.path, rules)
        group = found.groups[rule]
        group.requests += 1
        group.sent += request.size
        found.first, found.last = found.first or request.at, request.at
        if reason := _why_not(request, rule):
            found.passed[reason][request.path] += 1
            group.origin_requests += 1
            group.origin_sent += request.size
            continue
        if rule.immutable and request.status in _REDIRECTS:
            found.redirected.add(request.path)
        key = (request.path, request.query)
        whole = max(sizes[key])
        if key not in kept_until:
            group.origin_requests += 1
            group.origin_sent += whole
        elif request.at >= kept_until[key]:
            group.origin_requests += 1
        else:
            continue
        kept_until[key] = request.at + timedelta(seconds=rule.seconds)
        if rule.immutable and len([size for size, times in sizes[key].items() if times > 1]) > 1:
            found.changing.add(request.path)
    return found


def _sizes(requests: list[LoggedRequest]) -> dict[tuple[str, str], Counter[int]]:
    """How often each address was answered with how many bytes; whole answers alone where there is one."""
    whole: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    parts: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for request in requests:
        if request.method == "GET":
            (whole if request.status == 200 else parts)[request.path, request.query][request.size] += 1
    return defaultdict(lambda: Counter({0: 1}), {**parts, **whole})


def _why_not(request: LoggedRequest, rule: Rule) -> str:
    """Why the answer is not kept; nothing when it is."""
    if rule.seconds == 0:
        return "no rule keeps this path"
    if request.method not in {"GET", "HEAD"}:
        return f"{request.method} always goes to the origin"
    if request.status in {401, 403}:
        return "needs a login: cookies and Authorization are not sent on, so name the path in UNCACHED"
    if request.status not in {200, 206, 304, *_REDIRECTS}:
        return f"answers of status {request.status} are not kept"
    return ""


def lines_of(found: Report) -> Iterator[str]:
    """The report for people."""
    total = found.total
    if not total.requests:
        yield "No line of the log is in the combined format or an ALB's."
        return
    span = f"from {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC"
    yield f"{total.requests:,} requests, {_size(total.sent)}, {span}"
    if found.unread:
        yield f"{found.unread:,} lines are in neither format and left out."
    yield ""
    yield f"{'paths':<24}{'kept for':>12}{'requests':>12}{'bytes':>12}{'to origin':>12}{'bytes':>12}{'saved':>9}"
    for rule, group in sorted(found.groups.items(), key=lambda item: -item[1].sent):
        yield _row(rule.pattern, _duration(rule.seconds), group)
    yield _row("all", "", total)
    yield ""
    before, after = found.dollars()
    yield f"Transfer in 30 days like these: ${before:,.2f} without, ${after:,.2f} with CloudFront (us-east-1's prices)."
    for reason, paths in sorted(found.passed.items(), key=lambda item: -item[1].total()):
        yield f"\nNot kept, {paths.total():,} requests: {reason}"
        yield from (f"  {count:>10,}  {path}" for path, count in paths.most_common(_SHOWN))
    if found.changing:
        yield "\nProbably changed under a name that says it never does: give each version a new name, or use MOVING."
        yield from (f"  {path}" for path in sorted(found.changing)[:_SHOWN])
    if found.redirected:
        yield "\nLed elsewhere, for a year: if a link ends before that, as signed ones do, name the path in UNCACHED."
        yield from (f"  {path}" for path in sorted(found.redirected)[:_SHOWN])


def _row(name: str, kept: str, group: Group) -> str:
    saved = 1 - group.origin_sent / group.sent if group.sent else 0
    cells = [kept, f"{group.requests:,}", _size(group.sent), f"{group.origin_requests:,}", _size(group.origin_sent)]
    return f"{name:<24}" + "".join(f"{cell:>12}" for cell in cells) + f"{saved:>9.2%}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _duration(seconds: int) -> str:
    if not seconds:
        return "never"
    return f"{seconds // 86400} days" if seconds >= 86400 else f"{seconds} s"
