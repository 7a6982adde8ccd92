"""The function's role may do all that to-dos, lists and uploads ask of their table, and nothing else."""

from threading import get_ident
from typing import Any
from uuid import uuid4

from dynamo.connection import listening
from infra.lint import INFRA_DIR, load
from tests.media.uploading import ask
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of
from todos.attachments import Attachment
from todos.services import record_news

POLICY = load(INFRA_DIR.parent / "todos" / "stack.yaml")["Resources"]["TodosPolicy"]["Properties"]["PolicyDocument"]
PARTS = {"Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem", "Put": "PutItem", "Delete": "DeleteItem"}


def allowed() -> set[tuple[str, str]]:
    """(action, table or index) of each right on the table."""
    found = set()
    for each in POLICY["Statement"]:
        actions = each["Action"] if isinstance(each["Action"], list) else [each["Action"]]
        kind = "index" if "/index/" in str(each["Resource"]) else "table"
        found |= {(name.removeprefix("dynamodb:"), kind) for name in actions if name.startswith("dynamodb:")}
    return found


def everything(persona: Persona) -> None:
    """Each request that there is, and news of a file that is deleted."""
    api, upload = persona.api, ask(persona, b"x")["id"]
    kept, repeating = make(persona, attachments=[upload]), make(persona, repeat="FREQ=DAILY", due="2090-01-01")
    for query in ("", "?completed=true", "?sort=due", "?sort=-created", "?since=", "?since=&lists=true"):
        assert api.get(f"{ROOT}{query}").status_code == 200
    assert api.patch(path_of(repeating), {"completed": True}).status_code == 200
    assert api.put(f"{ROOT}{uuid4()}/", {"title": "x", "list": "home"}).status_code == 201
    assert api.put(f"{ROOT}lists/home/", {"name": "Home"}).status_code == 201
    assert api.patch(f"{ROOT}lists/home/", {"name": "At home"}).status_code == 200
    assert [each["id"] for each in api.get(f"{ROOT}lists/").json()] == ["home"]
    assert api.delete(f"{ROOT}lists/home/").status_code == 204
    news = Attachment(id=upload, name="x", content_type="text/plain", size=1, status="deleted")  # type: ignore[no-untyped-call]
    record_news(owner=persona.sub, upload=news, sequencer="1", deleted=True)
    assert api.delete(path_of(kept)).status_code == 204
    assert api.get(f"{ROOT}bin/").status_code == 200
    assert api.post(f"{path_of(kept)}restore/").status_code == 200
    assert api.delete(ROOT).status_code == api.delete(f"{ROOT}bin/").status_code == 204


def test_its_role_allows_what_it_asks_and_no_more(alice: Persona) -> None:
    asked, own = set[tuple[str, str]](), get_ident()  # other threads handle events of tests that are over

    def hear(operation: str, arguments: dict[str, Any]) -> None:
        for part in arguments.get("TransactItems", ()):
            for kind, each in part.items():
                hear(PARTS[kind], each)
        if str(arguments.get("TableName", "")).endswith("-todos") and get_ident() == own:
            asked.add((operation, "index" if "IndexName" in arguments else "table"))

    with listening(hear):
        everything(alice)
    assert asked == allowed()
