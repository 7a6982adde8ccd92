"""SES in its sandbox, where an account begins: what MiniStack lacks of it is how much may be sent.

An account is in it from the start with STRICT_SES_SANDBOX=yes, else once `PutAccountDetails` puts it there.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
"""

import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from types import ModuleType
from typing import Any

VARIABLE = "STRICT_SES_SANDBOX"
A_DAY, A_SECOND = 200, 1
_DAY_SECONDS = 24 * 60 * 60
Handle = Callable[..., Awaitable[Any]]


def quota(sent: Iterable[tuple[float, bool]], now: float) -> str:
    """200 mails a day, one a second; `sent` are moments, and whether it went to the simulator, which counts no day.

    https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (mailbox simulator)
    """
    lately = [(moment, simulated) for moment, simulated in sent if moment > now - _DAY_SECONDS]
    if sum(moment > now - 1 for moment, _ in lately) >= A_SECOND:
        return "Maximum sending rate exceeded."
    return "Daily message quota exceeded." if sum(not simulated for _, simulated in lately) >= A_DAY else ""


def begin(ses: ModuleType, ses_v2: ModuleType) -> None:
    """Have accounts be in the sandbox from the start where VARIABLE says so, and held to its quota."""
    starts_outside = os.environ.get(VARIABLE, "") != "yes"

    def is_outside() -> bool:
        return bool((ses._account_details.get("account") or {}).get("ProductionAccessEnabled", starts_outside))

    vars(ses).update(_production_access_enabled=is_outside)
    vars(ses_v2).update(handle_request=_held(ses, ses_v2, ses_v2.handle_request))


def _held(ses: ModuleType, ses_v2: ModuleType, handle: Handle) -> Handle:
    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        what = method, path.rstrip("/").rpartition("/v2/email")[2]
        if ses._production_access_enabled():
            return await handle(method, path, headers, body, query)
        if what == ("POST", "/outbound-emails") and (why := quota(_sent(ses), time.time())):
            return ses_v2._json_err("ThrottlingException", why, 429)
        status, said, answer = await handle(method, path, headers, body, query)
        if what == ("GET", "/account"):
            account = json.loads(answer)
            account["SendQuota"] |= {"Max24HourSend": float(A_DAY), "MaxSendRate": float(A_SECOND)}
            answer = json.dumps(account | {"ProductionAccessEnabled": False}).encode()
        return status, said, answer

    return handle_request


def _sent(ses: ModuleType) -> Iterable[tuple[float, bool]]:
    """Cognito's own mail is not the account's."""
    for mail in ses._sent_emails_list():
        if not mail["Type"].startswith("Cognito"):
            simulated = all(address.lower().endswith(f"@{ses._SIMULATOR_DOMAIN}") for address in mail["To"])
            yield mail["Timestamp"], simulated
