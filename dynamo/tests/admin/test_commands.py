"""manage.py: what a Django developer expects, or one sentence that says what to use instead."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dynamo.models import now
from dynamo.tests.admin.browser import fill, make, picture
from dynamo.tests.sample.admin import Article
from dynamo.tests.sample.admin import File as FileRow
from dynamo.tests.sample.models import Article as Item
from dynamo.tests.sample.models import File


def said(*arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def _content(raw: dict[str, Any]) -> dict[str, Any]:
    sets = {name: sorted(next(iter(raw.get(name, {"": []}).values()))) for name in ("tags", "seals")}
    return {**raw, "version": None, "write_id": None, **sets}


def test_a_dump_loads_again(tmp_path: Path) -> None:
    fill(7)
    # Django's JSON has no more than milliseconds.
    at = now().replace(microsecond=123000)
    bytes_of = {"seal": b"\xff\x00", "seals": {b"\xfe", b"a"}}
    shown = {"picture": picture(key="k", width=3, taken_at=at), "published_at": at, "author": "A"}
    full = make(99, tags={"b", "a"}, steps=["z", "a"], **shown, **bytes_of)
    before = {item.slug: item.serialize() for item in Item.scan()}
    dump = tmp_path / "articles.json"
    dump.write_text(said("dumpdata", "sample.article"))
    assert len(json.loads(dump.read_text())) == 8
    for row in Article.objects.iterator():
        row.delete()
    Item("a00001", title="In the way", author="Someone").create()
    assert "Installed 8 object(s)" in said("loaddata", str(dump), verbosity=1)
    after = {item.slug: item.serialize() for item in Item.scan()}
    assert after.keys() == before.keys()
    for slug, raw in before.items():
        assert _content(after[slug]) == _content(raw)
    # Whoever had the row in the way open meets a conflict.
    assert Item.fetch(("a00001",)).version == 2
    assert Item.fetch(full.key()).picture.width == 3


def test_a_loaded_row_is_of_its_class_again(tmp_path: Path) -> None:
    File("ann", 1, name="One").create()
    dump = tmp_path / "files.json"
    dump.write_text(said("dumpdata", "sample.file"))
    for row in FileRow.objects.iterator():
        row.delete()
    said("loaddata", str(dump))
    assert [(item.number, item.name) for item in File.scan()] == [(1, "One")]


def test_a_dump_of_everything_is_of_every_kind_of_row() -> None:
    make(1)
    File("ann", 1, name="One").create()
    found = {(one["model"], one["pk"]) for one in json.loads(said("dumpdata"))}
    assert {("sample.article", "a00001"), ("sample.file", "ann:1")} <= found
    assert [one["model"] for one in json.loads(said("dumpdata", exclude=["sample.file", "sample.tag"]))] == [
        "sample.article"
    ]


@pytest.mark.parametrize(
    "name",
    ["flush", "sqlflush", "sqlmigrate", "sqlsequencereset", "inspectdb", "dbshell", "showmigrations",
     "squashmigrations", "optimizemigration", "createcachetable"],
)  # fmt: skip
def test_what_is_for_sql_says_what_to_use(name: str) -> None:
    with pytest.raises(CommandError) as refused:
        said(name)
    assert str(refused.value).count(". ") <= 1
    assert "Error" not in str(refused.value)


def test_it_takes_the_arguments_scripts_give() -> None:
    from django.core.management import execute_from_command_line

    with pytest.raises(SystemExit):
        execute_from_command_line(["manage.py", "flush", "--noinput"])
    with pytest.raises(SystemExit):
        execute_from_command_line(["manage.py", "sqlmigrate", "blog", "0001"])


def test_migrate_says_whether_tables_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Every table is there" in said("migrate")
    monkeypatch.setattr(Item.Meta, "table_name", "nowhere")
    monkeypatch.setattr(Item, "_connection", None)
    with pytest.raises(CommandError, match=r"Missing: nowhere\. Apply your infrastructure template"):
        said("migrate")
    monkeypatch.undo()
    Item._connection = None


def test_there_is_nothing_to_make_migrations_of() -> None:
    assert "DynamoDB has no migrations" in said("makemigrations", check_changes=True)


def test_people_are_made_elsewhere() -> None:
    sentence = "kept by the sign-in service"
    with pytest.raises(CommandError, match=sentence):
        said("changepassword", "pia")
    with pytest.raises(CommandError, match=sentence):
        said("createsuperuser", interactive=False, username="new")


def test_the_checks_pass() -> None:
    err = io.StringIO()
    said("check", fail_level="WARNING", stderr=err)
    assert "WARNINGS" not in err.getvalue()
    assert "dynamo.I001" in err.getvalue()
    said("check", deploy=True, fail_level="ERROR")


def test_the_shell_finds_rows() -> None:
    make()
    call_command(
        "shell", command="from dynamo.tests.sample.admin import Article; assert Article.objects.get(pk='a00001')"
    )


def test_expired_sessions_are_cleared_by_dynamodb() -> None:
    said("clearsessions")
