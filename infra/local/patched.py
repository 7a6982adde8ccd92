"""MiniStack with what it lacks to be relied on through crashes and restarts."""

import copy
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from ministack import app as ministack
from ministack.services import dynamodb, lambda_svc, s3, ses, ses_v2, sqs
from ministack.services.cloudformation import engine

from infra.local.asgi import Asgi, own_pages
from infra.local.emulator import FORWARD_TO, MAIL_PATH, STATUS_PATH
from infra.local.persistence import NOT_SAVED, Persistence, writes_refused
from infra.local.same_site_guard import same_site_guard
from infra.local.strict import throttling
from infra.local.strict.buckets import origin_access
from infra.local.strict.install import install
from infra.local.strict.places import Call, around
from infra.local.strict.switched_off import switched_off
from infra.local.whole_file import write_whole

SEND_EMAIL = ("POST", "/v2/email/outbound-emails")
MAILS_LISTED = 200
_STREAM_STORES = ("_stream_records", "_stream_trimmed")


def newest_mail(folder: Path) -> bytes:
    """The newest mails first, at most MAILS_LISTED, as one JSON array."""
    newest = sorted(folder.glob("*.json"), reverse=True)[:MAILS_LISTED]
    return b"[" + b",".join(path.read_bytes() for path in newest) + b"]"


def keep_mail(folder: Path) -> None:
    """Keep each mail SES accepts in a file of its own, and that of Cognito, whose codes people are asked for.

    MiniStack forgets its headers, and all mail at its end.
    """

    def keep(mail_id: str, request: dict[str, Any]) -> None:
        now = time.time()
        folder.mkdir(exist_ok=True)
        mail = {"id": mail_id, "sent_at": now, "request": request}
        write_whole(folder / f"{now:.6f}.json", json.dumps(mail).encode())

    @around(ses_v2, "handle_request")
    async def handle_request(handle: Call, method: str, path: str, headers: object, body: bytes, query: object) -> Any:
        status, said, answered = await handle(method, path, headers, body, query)
        if (method, path) == SEND_EMAIL and status == 200:
            mail_id, request = json.loads(answered)["MessageId"], json.loads(body)
            keep(mail_id, request)
            tell_feedback(mail_id, request)
        return status, said, answered

    @around(ses, "send_internal_email")
    def send_internal_email(
        send: Call, source: str, to_addrs: list[str], subject: str, body_text: str = "", **more: object
    ) -> Any:
        sent = send(source, to_addrs, subject, body_text, **more)
        body = {"Text": {"Data": body_text}, "Html": {"Data": more.get("body_html", "")}}
        content = {"Simple": {"Subject": {"Data": subject}, "Body": body}}
        keep(sent, {"FromEmailAddress": source, "Destination": {"ToAddresses": to_addrs}, "Content": content})
        return sent

    @around(ses, "reset")
    def reset(forget: Call) -> None:
        forget()
        shutil.rmtree(folder, ignore_errors=True)


def tell_feedback(mail_id: str, request: dict[str, Any]) -> None:
    """Publish what a configuration set does of mail to bounce@ or complaint@simulator.amazonses.com, as SES does."""
    found = ses_v2._config_sets.get(request.get("ConfigurationSetName"), {})
    topics = [each["SnsDestination"]["TopicArn"] for each in found.get("EventDestinations", {}).values()]
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    for address in request.get("Destination", {}).get("ToAddresses", []):
        local, _, domain = address.lower().partition("@")
        kind = {"bounce": "Bounce", "complaint": "Complaint"}.get(local.split("+")[0])
        if domain == ses._SIMULATOR_DOMAIN and kind:
            source = request["FromEmailAddress"]
            about = {"messageId": mail_id, "timestamp": at, "source": source, "destination": [address]}
            news = {"eventType": kind, "mail": about, **ses._notification_detail(kind, address, at)}
            for topic in topics:
                ses._publish_notification(topic, news)


def keep_stream_records() -> None:
    """Have the records of streams saved and restored together with the rest of DynamoDB's data.

    MiniStack saves the positions read so far alone, and so passes over as many new records after a restart.
    """

    @around(dynamodb, "get_state")
    def get_state(save: Call) -> dict[str, Any]:
        return {**save(), **{name: copy.deepcopy(getattr(dynamodb, name)) for name in _STREAM_STORES}}

    @around(dynamodb, "load_persisted_state")
    def load_persisted_state(restore: Call, data: dict[str, Any]) -> None:
        for name in _STREAM_STORES:
            getattr(dynamodb, name).update(data.get(name, {}))
        restore(data)


def parse_quickly() -> None:
    """Remember what the text of an expression alone decides, and parse YAML by libyaml where PyYAML has it.

    A Query among 100,000 items takes a third of the time, a deployment here half of it.
    """
    tokenize = lru_cache(maxsize=512)(dynamodb._tokenize)
    dynamodb._tokenize = lambda expression: list(tokenize(expression))
    dynamodb._condition_syntax_error = lru_cache(maxsize=512)(dynamodb._condition_syntax_error)
    if fast := getattr(yaml, "CSafeLoader", None):
        engine.CfnLoader = type("CfnLoader", (fast,), {"yaml_constructors": engine.CfnLoader.yaml_constructors})


def take_up_queues() -> None:
    """Deliver messages at once that were being handled when the embedded AWS ended, where MiniStack waits six minutes.

    And take those of queues that were made at another port, which is part of their addresses, to their functions.
    """

    @around(sqs, "load_persisted_state")
    def load_persisted_state(restore: Call, data: dict[str, Any]) -> None:
        restore(data)
        for _, queue in sqs._queues.all_items():
            for message in queue["messages"]:
                message["visible_at"] = min(message["visible_at"], time.time())

    @around(sqs, "_queue_url")
    def queue_url(make: Call, name: str) -> Any:
        return sqs._queue_name_to_url.get(name) or make(name)


def wait_for_address() -> None:
    """Deliver nothing after a restart before functions have the address of this start: what the former's does not take
    counts as tried, and stays invisible until its time is over."""

    def variables(function: dict[str, Any]) -> dict[str, str]:
        found: dict[str, str] = function["config"].get("Environment", {}).get("Variables", {})
        return found

    @around(lambda_svc, "load_persisted_state")
    def load_persisted_state(restore: Call, data: dict[str, Any]) -> None:
        for function in data["functions"]._data.values() if data else ():
            if FORWARD_TO in variables(function):
                variables(function)[FORWARD_TO] = ""
        restore(data)

    @around(lambda_svc, "_iter_all_esms")
    def iter_all_esms(mappings: Call) -> Iterator[tuple[str, str, dict[str, Any]]]:
        if all(variables(function).get(FORWARD_TO) != "" for function in lambda_svc._functions._data.values()):
            yield from mappings()


def serve(state_dir: Path) -> None:
    """Run until SIGTERM."""
    persistence, mail = Persistence(ministack, state_dir), state_dir / "mail"
    pages = {
        ("GET", MAIL_PATH): lambda _: (200, newest_mail(mail)),
        ("GET", STATUS_PATH): lambda _: (200, persistence.status()),
        ("POST", throttling.PATH): throttling.install(os.environ.get(throttling.VARIABLE, "")),
    }
    app: Asgi = partial(switched_off, partial(origin_access, ministack.app), state_dir / "off.json")
    app = partial(own_pages, partial(writes_refused, app, persistence), pages)
    ministack.app = partial(same_site_guard, app)
    parse_quickly()
    keep_mail(mail)
    install()
    if os.environ["PERSIST_STATE"] == "1":
        keep_stream_records()
        take_up_queues()
        wait_for_address()
        persistence.install(s3)
    # It takes half the time that MiniStack's own takes for a request.
    server = uvicorn.Server(
        uvicorn.Config(
            ministack.app,
            host=os.environ["BIND_HOST"],
            port=int(os.environ["GATEWAY_PORT"]),
            interface="asgi3",
            ws="wsproto",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=3,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # API Gateway believes no X-Forwarded-For
            server_header=False,
            date_header=False,  # MiniStack adds its own
        )
    )
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which uvicorn raises once more after it has stopped at it
    server.run()
    if persistence.error:
        sys.exit(NOT_SAVED)
