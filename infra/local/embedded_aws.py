"""The embedded AWS's own process: MiniStack, and what it lacks to be relied on through crashes and restarts.

Run as `python -m infra.local.embedded_aws` with MiniStack's environment (GATEWAY_PORT, STATE_DIR ...); it

- ends with its parent, its data saved;
- saves its data every few seconds (persistence.py), where MiniStack saves when it ends and loses all to a `kill -9`;
- saves the records of streams beside the positions read so far, where MiniStack saves the positions alone, and so
  after a restart passes over as many new records as had been read before;
- answers no page of another site that a browser on this machine has open;
- delivers at once, after a restart, the messages that were being handled, where MiniStack waits six minutes;
- delivers what comes into a queue that was made at another port, where MiniStack leaves it there for ever;
- parses a condition once, where MiniStack parses it for each item it may hold for: a Query among 100,000 items takes a
  third of the time;
- parses templates by libyaml, where MiniStack does so in Python: half of what a deployment costs here;
- refuses what AWS refuses, and fails as AWS may (strict/);
- keeps each mail that SES accepted as it was asked for, where MiniStack forgets its headers, and all mail at its
  end; and mail of Cognito;
- tells the topic of a mail's configuration set that mail to SES's simulator bounced or was called spam.
"""

import copy
import functools
import importlib
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from infra.local import strict
from infra.local.emulator import FORWARD_TO
from infra.local.persistence import NOT_SAVED, Persistence, WritesRefused
from infra.local.processes import Lock, end_with_parent
from infra.local.same_site_guard import Asgi, Message, Receive, SameSiteGuard, Send
from infra.local.strict.buckets import OriginAccess
from infra.local.strict.switched_off import SwitchedOff
from infra.local.strict.throttling import VARIABLE, Throttling
from infra.local.whole_file import write_whole

SEND_EMAIL = ("POST", "/v2/email/outbound-emails")
MAIL_PATH = "/_ministack/ses/kept"
MAILS_LISTED = 200
RESET = ("POST", "/_ministack/reset")
_STREAM_STORES = ("_stream_records", "_stream_trimmed")

logger = logging.getLogger(__name__)


class MailKeeper:
    """An ASGI layer that keeps each mail SES accepts, the request as JSON in a file, and lists them at MAIL_PATH."""

    def __init__(self, app: Asgi, folder: Path) -> None:
        self.app = app
        self.folder = folder

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on everything but the question for mails; look at the sending of mail alone."""
        what = (scope.get("method"), scope.get("path"))
        if what == SEND_EMAIL:
            await self._send_email(scope, receive, send)
        elif what == ("GET", MAIL_PATH):
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": self._list()})
        else:
            await self.app(scope, receive, send)
        if what == RESET:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _list(self) -> bytes:
        """The newest mails first, at most MAILS_LISTED, as one JSON array."""
        newest = sorted(self.folder.glob("*.json"), reverse=True)[:MAILS_LISTED]
        return b"[" + b",".join(path.read_bytes() for path in newest) + b"]"

    async def _send_email(self, scope: Message, receive: Receive, send: Send) -> None:
        asked, answered, statuses = bytearray(), bytearray(), []

        async def listen() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def answer(message: Message) -> None:
            statuses.append(message.get("status"))
            answered.extend(message.get("body", b""))
            if statuses[0] == 200 and not message.get("more_body") and message["type"] == "http.response.body":
                self._keep(bytes(asked), bytes(answered))
            await send(message)

        await self.app(scope, listen, answer)

    def _keep(self, asked: bytes, answered: bytes) -> None:
        tell_feedback(keep_mail(self.folder, json.loads(answered)["MessageId"], json.loads(asked)))


def keep_mail(folder: Path, mail_id: str, request: dict[str, Any]) -> dict[str, Any]:
    """Write a mail to a file of its own; what is written."""
    now = time.time()
    mail = {"id": mail_id, "sent_at": now, "request": request}
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{now:.6f}.json", json.dumps(mail).encode())
    return mail


def keep_cognitos_mail(ses: ModuleType, folder: Path) -> None:
    """Keep the mail that Cognito sends, whose codes people are asked for, with what applications send."""
    send = ses.send_internal_email

    def send_internal_email(source: str, to_addrs: list[str], subject: str, body_text: str = "", **more: object) -> Any:
        sent = send(source, to_addrs, subject, body_text, **more)
        body = {"Text": {"Data": body_text}, "Html": {"Data": more.get("body_html", "")}}
        content = {"Simple": {"Subject": {"Data": subject}, "Body": body}}
        request = {"FromEmailAddress": source, "Destination": {"ToAddresses": to_addrs}, "Content": content}
        keep_mail(folder, sent, request)
        return sent

    vars(ses).update(send_internal_email=send_internal_email)


def tell_feedback(mail: dict[str, Any]) -> None:
    """Publish what a configuration set does of mail to bounce@ or complaint@simulator.amazonses.com, as SES does."""
    ses, ses_v2 = (importlib.import_module(f"ministack.services.{name}") for name in ("ses", "ses_v2"))
    asked = mail["request"]
    found = ses_v2._config_sets.get(asked.get("ConfigurationSetName"), {})
    topics = [each["SnsDestination"]["TopicArn"] for each in found.get("EventDestinations", {}).values()]
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    for address in asked.get("Destination", {}).get("ToAddresses", []):
        local, _, domain = address.lower().partition("@")
        kind = {"bounce": "Bounce", "complaint": "Complaint"}.get(local.split("+")[0])
        if domain == ses._SIMULATOR_DOMAIN and kind:
            about = {
                "messageId": mail["id"],
                "timestamp": at,
                "source": asked["FromEmailAddress"],
                "destination": [address],
            }
            news = {"eventType": kind, "mail": about, **ses._notification_detail(kind, address, at)}
            for topic in topics:
                ses._publish_notification(topic, news)


def keep_stream_records(dynamodb: Any) -> None:
    """Have the records of streams saved and restored together with the rest of DynamoDB's data."""
    save, restore = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {**save(), **{name: copy.deepcopy(getattr(dynamodb, name)) for name in _STREAM_STORES}}

    def load_persisted_state(data: dict[str, Any]) -> None:
        for name in _STREAM_STORES:
            if name in data:
                getattr(dynamodb, name).update(data[name])
        restore(data)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state, load_persisted_state


def parse_conditions_once(dynamodb: Any) -> None:
    """Remember what the text of an expression alone decides."""
    tokenize = functools.lru_cache(maxsize=512)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokenize(expression))
    dynamodb._condition_syntax_error = functools.lru_cache(maxsize=512)(dynamodb._condition_syntax_error)


def parse_templates_in_c(engine: Any) -> None:
    """Parse YAML by libyaml where PyYAML was built with it."""
    if fast := getattr(yaml, "CSafeLoader", None):
        engine.CfnLoader = type("CfnLoader", (fast,), {"yaml_constructors": engine.CfnLoader.yaml_constructors})


def deliver_again(sqs: Any) -> None:
    """Deliver messages at once that were being handled when the embedded AWS ended: their handlers are gone."""
    restore = sqs.load_persisted_state

    def load_persisted_state(data: dict[str, Any]) -> None:
        restore(data)
        for _, queue in sqs._queues.all_items():
            for message in queue["messages"]:
                message["visible_at"] = min(message["visible_at"], time.time())

    sqs.load_persisted_state = load_persisted_state


def find_queues_by_name(sqs: ModuleType) -> None:
    """Take messages of queues that were made at another port, which is part of their addresses, to their functions."""
    make = sqs._queue_url
    vars(sqs).update(_queue_url=lambda name: sqs._queue_name_to_url.get(name) or make(name))


def wait_for_address(lambda_svc: Any) -> None:
    """Deliver nothing after a restart before functions have the address of this start: what the former's does not take
    counts as tried, and stays invisible until its time is over."""
    restore, mappings = lambda_svc.load_persisted_state, lambda_svc._iter_all_esms

    def variables(function: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = function["config"].get("Environment", {}).get("Variables", {})
        return found

    def load_persisted_state(data: dict[str, Any]) -> None:
        for function in data["functions"]._data.values() if data else ():
            if FORWARD_TO in variables(function):
                variables(function)[FORWARD_TO] = ""
        restore(data)

    def iter_all_esms() -> Iterator[tuple[str, str, dict[str, Any]]]:
        if all(variables(function).get(FORWARD_TO) != "" for function in lambda_svc._functions._data.values()):
            yield from mappings()

    lambda_svc.load_persisted_state, lambda_svc._iter_all_esms = load_persisted_state, iter_all_esms


def main() -> None:
    """Run until SIGTERM."""
    end_with_parent()
    state_dir = Path(os.environ["STATE_DIR"])
    lock = Lock(state_dir / "lock")
    if not lock.take(port=int(os.environ["GATEWAY_PORT"])):
        sys.exit(f"another embedded AWS (process {lock.holder().get('pid')}) uses {state_dir}")
    ministack: Any = importlib.import_module("ministack.app")
    persistence = Persistence(ministack, state_dir)
    failing = SwitchedOff(Throttling(OriginAccess(ministack.app), os.environ.get(VARIABLE, "")), state_dir / "off.json")
    served = WritesRefused(MailKeeper(failing, state_dir / "mail"), persistence)
    ministack.app = SameSiteGuard(served)
    dynamodb = importlib.import_module("ministack.services.dynamodb")
    parse_conditions_once(dynamodb)
    parse_templates_in_c(importlib.import_module("ministack.services.cloudformation.engine"))
    keep_cognitos_mail(importlib.import_module("ministack.services.ses"), state_dir / "mail")
    strict.install()
    if os.environ["PERSIST_STATE"] == "1":
        keep_stream_records(dynamodb)
        sqs = importlib.import_module("ministack.services.sqs")
        find_queues_by_name(sqs)
        deliver_again(sqs)
        wait_for_address(importlib.import_module("ministack.services.lambda_svc"))
        persistence.install(importlib.import_module("ministack.services.s3"))
    sys.argv = ["ministack"]
    ministack.main()
    if persistence.error:
        sys.exit(NOT_SAVED)


if __name__ == "__main__":
    main()
