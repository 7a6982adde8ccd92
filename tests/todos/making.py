"""What the tests of to-dos begin with."""

import re
import uuid
from typing import TYPE_CHECKING, Any, Unpack, cast

from dynamo import connection
from dynamo.ids import new_id
from tests.personas import Persona

if TYPE_CHECKING:  # tests of other services make to-dos, where there are any
    from todos.models import Values

ROOT = "/api/todos/"
BATCH = 25  # as many rows as DynamoDB writes at once

# A field, a value it can't have: for POST, PUT and PATCH alike.
BAD_VALUES: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", " \t "),
    ("title", None),
    ("title", 5),
    ("title", ["x"]),
    ("title", {"a": 1}),
    ("title", "x" * 501),
    ("title", "a\x00b"),
    ("notes", None),
    ("notes", 1.5),
    ("notes", "x" * 10_001),
    ("notes", "x" * 400_000),
    ("notes", "\x00"),
    ("completed", "true"),
    ("completed", 1),
    ("completed", None),
    ("due", "tomorrow"),
    ("due", "2030-02-30"),
    ("due", "2030-01-31T09:00:00"),
    ("due", "2030-02-30T09:00:00Z"),
    ("due", "0001-01-01T00:00:00+14:00"),
    ("due", "9999-12-31T23:59:59-14:00"),
    ("due", 1_900_000_000),
    ("repeat", None),
    ("repeat", 5),
    ("repeat", "daily"),
    ("repeat", "FREQ=HOURLY"),
    ("repeat", "RRULE:FREQ=DAILY"),
    ("repeat", "FREQ=DAILY;INTERVAL=0"),
    ("repeat", "FREQ=YEARLY;INTERVAL=401"),
    ("repeat", "FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=31"),
    ("repeat", "FREQ=MONTHLY;BYMONTHDAY=1;BYSETPOS=2"),
    ("repeat", "FREQ=DAILY;COUNT=1000"),
    ("repeat", "FREQ=DAILY;COUNT=2;UNTIL=20300101"),
    ("repeat", "FREQ=DAILY;UNTIL=20300230"),
    ("repeat", "FREQ=DAILY;FREQ=DAILY"),
    ("repeat", "FREQ=DAILY;BYDAY=MO"),
    ("repeat", "FREQ=WEEKLY;BYDAY=1MO"),
    ("repeat", "FREQ=MONTHLY;BYMONTHDAY=32"),
    ("repeat", "FREQ=MONTHLY;BYSETPOS=1"),
    ("repeat", "FREQ=MONTHLY;BYMONTHDAY=1;FROM=DONE"),
    ("repeat", "FREQ=DAILY;TZID=Middle/Earth"),
    ("repeat", "FREQ=DAILY;TZID=../../etc/passwd"),
    ("repeat", "FREQ=DAILY;TZID=Factory"),
    ("repeat", "FREQ=DAILY;TZID=right/Europe/Berlin"),
    ("repeat", "BYDAY=MO"),
    ("repeat", f"FREQ=MONTHLY;BYMONTHDAY={','.join(['28'] * 100)}"),
    ("remind", -1),
    ("remind", 40_321),
    ("remind", 1.5),
    ("remind", "10"),
    ("remind", True),
    ("priority", 4),
    ("priority", -1),
    ("priority", 1.5),
    ("priority", "1"),
    ("priority", True),
    ("priority", 1e30),
    ("order", 2**53),
    ("order", -(2**60)),
    ("order", -1e30),
    ("order", 1e300),
    ("order", "1"),
    ("order", None),
    ("order", True),
    ("list", ""),
    ("list", None),
    ("list", "x" * 101),
    ("list", "\x00"),
    ("tags", "home"),
    ("tags", {"a": 1}),
    ("tags", None),
    ("tags", [str(number) for number in range(21)]),
    ("attachments", "x"),
    ("attachments", [str(uuid.UUID(int=number)) for number in range(11)]),
]
BAD_ELEMENTS: list[tuple[str, Any]] = [
    ("tags/1", ["home", ""]),
    ("tags/0", ["x" * 51]),
    ("tags/0", [7]),
    ("tags/1", ["a", None]),
    ("tags/0", ["\x00"]),
    ("tags/0", [["a"]]),
    ("attachments/0", ["x"]),
    ("attachments/1", [str(uuid.UUID(int=1)), "../../me"]),
    ("attachments/0", [12]),
    ("attachments/0", [None]),
    ("attachments/0", ["00000000000000000000000000000001"]),
]


def values_of(**given: "Unpack[Values]") -> "Values":
    """All values of a new to-do: what is given, else the API's defaults."""
    from todos.serializers import TodoInput

    defaults = {name: field.default for name, field in TodoInput().fields.items() if not field.required}
    return cast("Values", {**defaults, "title": "x", "order": 1, **given})


def make(persona: Persona, **fields: Any) -> dict[str, Any]:
    """A new to-do of theirs, as it was answered."""
    answer = persona.api.post(ROOT, {"title": "Buy milk", **fields})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def make_many(persona: Persona, count: int) -> None:
    """So many to-dos of theirs, "Number 0" and so on, in this order: copies of one, straight into the table."""
    from todos.models import Todo  # tests of other services, which work without this one, make to-dos by the API alone

    table, made = Todo.Meta.table_name, make(persona, title="Number 0", order=0)
    row = Todo.fetch((persona.sub, made["id"])).raw
    copies = [
        {**row, "id": {"S": new_id()}, "title": {"S": f"Number {number}"}, "order": {"N": str(number)}}
        for number in range(1, count)
    ]
    for start in range(0, len(copies), BATCH):
        puts = [{"PutRequest": {"Item": copy}} for copy in copies[start : start + BATCH]]
        answer = connection.shared().send("BatchWriteItem", {"RequestItems": {table: puts}})
        assert not answer.get("UnprocessedItems"), answer


def path_of(todo: dict[str, Any]) -> str:
    """Its path."""
    return f"{ROOT}{todo['id']}/"


def read(persona: Persona, todo: dict[str, Any]) -> dict[str, Any]:
    """It as it is now."""
    answer = persona.api.get(path_of(todo))
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def titles(answer: Any) -> list[str]:
    """The titles in an answer, in order."""
    assert answer.status_code == 200, answer.content
    return [todo["title"] for todo in answer.json()]


def send(persona: Persona, method: str, path: str, body: bytes, content_type: str) -> Any:
    """Send a body as it is."""
    raw: Any = body  # django-stubs asks for text, Django for either
    return persona.api.generic(method, path, raw, content_type=content_type)


def link(answer: Any, rel: str) -> str:
    """The Link header's address of this relation, or an empty string."""
    found = re.search(rf'<([^>]+)>; rel="{rel}"', answer["Link"])
    return found[1] if found else ""


def all_pages(persona: Persona, address: str) -> list[dict[str, Any]]:
    """Every item, page after page."""
    found: list[dict[str, Any]] = []
    while address:
        answer = persona.api.get(address)
        assert answer.status_code == 200, answer.content
        found += answer.json()
        address = link(answer, "next")
    return found


def stored(persona: Persona, **wanted: Any) -> bool:
    """Whether the server has a to-do like this."""
    todos = persona.api.get("/api/todos/?limit=100").json()
    return any(all(todo[name] == value for name, value in wanted.items()) for todo in todos)


def order(persona: Persona) -> list[str]:
    """The open titles in the server's order."""
    return [todo["title"] for todo in persona.api.get("/api/todos/?completed=false").json()]
