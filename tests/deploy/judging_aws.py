"""The embedded AWS with AUTH=true, and what that leaves to be wished: `python -m tests.deploy.judging_aws`.

It writes each call of a deployed function down, once, to the file CALLS names: role, action, resource, and whether IAM
allowed it. And it judges three things as AWS does: the sending of mail by the sender's identity and address, and the
use of a KeyValueStore by its ARN, where MiniStack asks for both on everything; and the deletion of versions as that of
versions. Functions of the same package share its unpacked files.
"""

import atexit
import hashlib
import importlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from contextvars import ContextVar
from email.utils import parseaddr
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

from infra.local import embedded_aws

ROLE = re.compile(r":assumed-role/([\w+=,.@-]+)/")
STORE = re.compile(r"/key-value-stores/(arn:.+?:key-value-store/[\w-]+)")
OUTBOUND = "/v2/email/outbound-emails"
_sender: ContextVar[str] = ContextVar("sender", default="")


def know_resources(iam_actions: Any) -> None:
    """Have a mail be of its sender's identity, a key of its KeyValueStore, and a schedule of its group."""
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> str:
        found: str = extract(service, method, path, headers, body, query, region, account)
        if service == "cloudfront-keyvaluestore" and (store := STORE.match(unquote(path))):
            return store[1]
        if service == "scheduler":
            asked = json.loads(body) if body else {}
            group = asked.get("GroupName") or (query.get("groupName") or ["default"])[0]
            return found.replace(":schedule/default/", f":schedule/{group}/")
        if service != "ses" or path != OUTBOUND:
            return found
        _sender.set(parseaddr(json.loads(body or b"{}").get("FromEmailAddress", ""))[1])
        return f"arn:aws:ses:{region}:{account}:identity/{_sender.get()}"

    iam_actions.extract_resource_arn = extract_resource_arn


def know_versions(iam_actions: Any) -> None:
    """Have a deletion of many be one of versions where it names them, and a batch of messages need what one needs."""
    extract = iam_actions.extract_iam_action

    def extract_iam_action(service: str, method: str, path: str, headers: Any, body: bytes, query: Any) -> str | None:
        found: str | None = extract(service, method, path, headers, body, query)
        if found == "sqs:SendMessageBatch":
            return "sqs:SendMessage"  # no action of its own: Service Authorization Reference, Amazon SQS
        if found != "s3:DeleteObject" or method != "POST":
            return found
        targets = iam_actions._s3_batch_delete_targets("", body)
        return "s3:DeleteObjectVersion" if targets and targets[0][1] else found

    iam_actions.extract_iam_action = extract_iam_action


def write_calls_down(evaluator: Any, file: Path) -> None:
    """Have every judgement on a function's role written down, a line of JSON for each that is new."""
    enforce: Callable[..., Any] = evaluator.enforce
    seen: set[tuple[str, ...]] = set()

    def enforce_and_write(
        key: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: Any = None
    ) -> Any:
        if action == "ses:SendEmail":
            service_context = {**(service_context or {}), "ses:FromAddress": _sender.get()}
        denied = enforce(key, action, service, region, resource_arn=resource_arn, service_context=service_context)
        principal = evaluator.resolve_principal(key or "", "000000000000")
        if role := ROLE.search(getattr(principal, "arn", "")):
            call = (role[1], action, resource_arn, "denied" if denied else "allowed")
            if call not in seen:
                seen.add(call)
                with file.open("a") as lines:
                    lines.write(json.dumps(call) + "\n")
        return denied

    evaluator.enforce = enforce_and_write


def unpack_once(runtime: Any) -> None:
    """Have each worker of a function link to a package's folders, where MiniStack unpacks all its files for each."""
    unpacked = Path(tempfile.mkdtemp(prefix="unpacked-packages-"))
    atexit.register(shutil.rmtree, unpacked, ignore_errors=True)
    lock = Lock()

    class Linked:
        """A package whose files are unpacked once."""

        def __init__(self, path: str) -> None:
            self._path = Path(path)

        def __enter__(self) -> "Linked":
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is open."""

        def extractall(self, path: str) -> None:
            folder = unpacked / hashlib.sha256(self._path.read_bytes()).hexdigest()
            with lock:
                if not folder.is_dir():
                    with zipfile.ZipFile(self._path) as package:
                        package.extractall(folder)
            for each in folder.iterdir():
                (Path(path) / each.name).symlink_to(each)

    runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": Linked})


def main() -> None:
    """Run until SIGTERM."""
    actions = importlib.import_module("ministack.core.iam_actions")
    know_resources(actions)
    know_versions(actions)
    unpack_once(importlib.import_module("ministack.core.lambda_runtime"))
    write_calls_down(importlib.import_module("ministack.core.iam_evaluator"), Path(os.environ["CALLS"]))
    embedded_aws.main()


if __name__ == "__main__":
    main()
