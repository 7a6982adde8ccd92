"""Limits on what can be abused, counted in DynamoDB so that they hold across processes."""

import logging
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from dynamo.counters import count

log = logging.getLogger(__name__)


class CountedThrottle(BaseThrottle):
    """settings.THROTTLES[view.throttle_scope]: one UpdateItem a limit, in their order, up to the first that is passed.

    A limit is by `user`, by `address`, by `network` (the /48 an IPv6 address is in, as one customer may have all of
    its 65,536 /64; IPv4 passes uncounted) or for `all` together.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        scope: str = getattr(view, "throttle_scope", "") or ""
        for by, limit, window in settings.THROTTLES[scope]:
            if who := _who(request, by):
                made, left = count(f"{scope}:{by}:{who}", window)
                if made > limit:
                    self.seconds = left
                    if by == "all" and made == limit + 1:
                        log.warning("%s: more than %d in %d s. Is somebody flooding it?", scope, limit, window)
                    return False
        return True

    def wait(self) -> float | None:
        return self.seconds


def _who(request: Request, by: str) -> str:
    """The user's sub, or the address or network the connection came from; empty where there is nothing to count.

    REMOTE_ADDR alone: the Lambda entry takes it from API Gateway's own record of the connection, so a forged
    X-Forwarded-For changes nothing. An IPv6 customer holds a whole /64, so that is what counts as one.
    """
    user: Any = request.user
    if by in {"user", "all"}:
        return str(user.sub) if by == "user" else by
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a proxy's word: whoever has none counts as one
        address = ip_address("0.0.0.0")  # noqa: S104  # nobody is bound to it
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        unknown_bits = 80 if by == "network" else 64
        return str(IPv6Address(int(address) >> unknown_bits << unknown_bits))
    return "" if by == "network" else str(getattr(address, "ipv4_mapped", None) or address)
