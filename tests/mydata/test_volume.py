"""Ten thousand to-dos and a hundred megabytes of files: brought and taken along within a worker's memory."""

import io
import json
import tracemalloc
import zipfile

import pytest
from django.conf import settings

from config.aws import client
from mydata import exports
from mydata.models import Export, State
from mydata.services import export_key
from tests.mydata.test_import import calendar, load
from tests.personas import Persona

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]
TODOS, FILES, FILE_BYTES = 10_000, 5, 20_000_000
# Beside what the process has, of the 1,024 MB of mydata-export: one part, a page of rows, what botocore holds.
MAX_BYTES = 150_000_000


def test_it_fits(alice: Persona) -> None:
    notes = "DESCRIPTION:" + "n" * 1000
    said = load(alice, calendar(*(f"UID:{n}\r\nSUMMARY:To-do {n}\r\n{notes}" for n in range(TODOS))))
    assert (said.state, said.made) == (State.READY, TODOS)
    s3 = client("s3")
    for number in range(FILES):
        s3.put_object(Bucket=settings.UPLOADS_BUCKET, Key=f"users/{alice.sub}/{number}.bin", Body=b"x" * FILE_BYTES)
    row = Export.ask(alice.sub)
    tracemalloc.start()
    exports.pack(exports.Task(owner=alice.sub, run=row.run), None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MAX_BYTES
    body = s3.get_object(Bucket=settings.UPLOADS_BUCKET, Key=export_key(alice.sub, row.run))["Body"].read()
    packed = zipfile.ZipFile(io.BytesIO(body))
    assert packed.testzip() is None
    assert len(json.loads(packed.read("data.json"))["todos"]) == TODOS
    assert packed.read("todos.ics").count(b"BEGIN:VTODO") == TODOS
    assert len(packed.namelist()) == FILES + 3
