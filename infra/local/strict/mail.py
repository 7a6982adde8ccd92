"""SES in its sandbox, where an account begins: what MiniStack lacks of it is how much may be sent. And its greeting.

An account is in it from the start with STRICT_SES_SANDBOX=yes, else once `PutAccountDetails` puts it there.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
"""

import json
import os
import time
from collections.abc import Iterable
from typing import Any

from ministack.services import ses, ses_v2, sns

from infra.local.strict.places import Asked, Call, around

VARIABLE = "STRICT_SES_SANDBOX"
A_DAY, A_SECOND = 200, 1
_DAY_SECONDS = 24 * 60 * 60
# In no page of AWS's documentation; people who got it give it in ope-tech/laravel-ses, issue 10, and others.
GREETING = "Successfully validated SNS topic for Amazon SES event publishing."


def quota(sent: Iterable[tuple[float, bool]], now: float) -> str:
    """200 mails a day, one a second; `sent` are moments, and whether it went to the simulator, which counts no day.

    https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
    https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (mailbox simulator)
    """
    lately = [(moment, simulated) for moment, simulated in sent if moment > now - _DAY_SECONDS]
    if sum(moment > now - 1 for moment, _ in lately) >= A_SECOND:
        return "Maximum sending rate exceeded."
    return "Daily message quota exceeded." if sum(not simulated for _, simulated in lately) >= A_DAY else ""


def install() -> None:
    """Have accounts be in the sandbox from the start where VARIABLE says so, and held to its quota; greet topics."""
    starts_outside = os.environ.get(VARIABLE, "") != "yes"

    @around(ses, "_production_access_enabled")
    def is_outside(_: Call) -> bool:
        return bool((ses._account_details.get("account") or {}).get("ProductionAccessEnabled", starts_outside))

    @around(ses_v2, "handle_request")
    async def handle_request(handle: Call, method: str, path: str, *more: object) -> Any:
        what = method, path.rstrip("/").rpartition("/v2/email")[2]
        if ses._production_access_enabled():
            return await handle(method, path, *more)
        if what == ("POST", "/outbound-emails") and (why := quota(_sent(), time.time())):
            return ses_v2._json_err("ThrottlingException", why, 429)
        status, said, answer = await handle(method, path, *more)
        if what == ("GET", "/account"):
            account = json.loads(answer)
            account["SendQuota"] |= {"Max24HourSend": float(A_DAY), "MaxSendRate": float(A_SECOND)}
            answer = json.dumps(account | {"ProductionAccessEnabled": False}).encode()
        return status, said, answer

    @around(ses_v2, "_put_event_destination")
    def put_event_destination(put: Call, name: str, destination: str, definition: Asked, *, create: bool) -> Any:
        """The topic of a new event destination is told so, in a text that isn't JSON like all that follows."""
        error = put(name, destination, definition, create=create)
        if create and not error and "SnsDestination" in definition:
            topic = definition["SnsDestination"]["TopicArn"]
            sns.publish_internal(topic, GREETING, "Amazon SES Email Event Notification")
        return error


def _sent() -> Iterable[tuple[float, bool]]:
    """Cognito's own mail is not the account's."""
    for mail in ses._sent_emails_list():
        if not mail["Type"].startswith("Cognito"):
            simulated = all(address.lower().endswith(f"@{ses._SIMULATOR_DOMAIN}") for address in mail["To"])
            yield mail["Timestamp"], simulated
