"""Limits on what can be abused, counted in DynamoDB so that they hold across processes."""

from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from dynamo.counters import count


class CountedThrottle(BaseThrottle):
    """settings.THROTTLES[view.throttle_scope]: one UpdateItem a limit."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope: str = getattr(view, "throttle_scope", "") or ""
        for by, limit, window in settings.THROTTLES[scope]:
            made, left = count(f"{scope}:{by}:{_who(request, by)}", window)
            if made > limit:
                self.seconds = left
                return False
        return True

    def wait(self) -> float | None:
        return self.seconds


def _who(request: Request, by: str) -> str:
    """The user's sub, or the address the connection came from.

    REMOTE_ADDR alone: the Lambda entry takes it from API Gateway's own record of the connection, so a forged
    X-Forwarded-For changes nothing. An IPv6 customer holds a whole /64, so that is what counts as one.
    """
    user: Any = request.user
    if by == "user":
        return str(user.sub)
    address = ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104  # nobody is bound to it
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(getattr(address, "ipv4_mapped", None) or address)
