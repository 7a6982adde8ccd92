"""What services declare as personal is all there is, and the function that erases may reach it."""

import pytest
from django.utils.module_loading import import_string

from accounts.tokens import LEEWAY_SECONDS
from config.services import SERVICES
from infra.lint import INFRA_DIR, load
from mydata import services
from serverless.service import PersonalRows, SignedRows, personal_prefix

ROLE = load(INFRA_DIR.parent / "mydata" / "stack.yaml")["Resources"]["EraseRole"]["Properties"]
ROWS = [rows for service in SERVICES for rows in service.personal_rows]
SIGNED = [rows for service in SERVICES for rows in service.signed_rows]
# Tables without rows of a user: posts stay with their author's name, reads are counts, an erasure ends itself. Runs and
# links are about what is public, save a `sub` beside files that no row knows, which goes within 90 days.
IMPERSONAL = {"posts", "tags", "reads", "erasures", "runs", "links"}


@pytest.mark.parametrize("rows", ROWS, ids=lambda rows: rows.table)
def test_the_role_may_delete_rows(rows: PersonalRows) -> None:
    is_key = rows.attribute == rows.keys[0] and not rows.is_part
    wanted = {"dynamodb:BatchWriteItem", "dynamodb:Query" if is_key else "dynamodb:Scan"}
    statements = ROLE["Policies"][0]["PolicyDocument"]["Statement"]
    assert any(
        set(each.get("Action", ())) == wanted and f"-{rows.table}'" in f"{each.get('Resource')}" for each in statements
    )


def test_the_role_may_delete_files() -> None:
    folders = [files.folder.partition("{")[0] for service in SERVICES for files in service.personal_files]
    text = str(ROLE["Policies"][0]["PolicyDocument"]["Statement"])
    assert {"exports/", "imports/"} <= set(folders)
    for folder in folders:
        assert f"UploadsBucket}}/{folder}*" in text
        assert f"'{folder}*'" in text


def test_the_role_that_exports_may_read_what_services_export() -> None:
    role = load(INFRA_DIR.parent / "mydata" / "stack.yaml")["Resources"]["ExportRole"]["Properties"]
    text = str(role["Policies"][0]["PolicyDocument"]["Statement"])
    for service in SERVICES:
        if service.exports:
            assert any(f"-{table}" in text for table in service.tables), service.name
        for path in service.exports.values():
            assert callable(import_string(path))


def test_no_form_outlives_the_last_look() -> None:
    """A token of before may ask for a form in its last second, and put a file there when all else is erased."""
    clients = [each for each in load(INFRA_DIR / "data.yaml")["Resources"].values() if "UserPoolClient" in each["Type"]]
    token = max(each["Properties"]["AccessTokenValidity"] for each in clients) * 60 + LEEWAY_SECONDS
    waits = load(INFRA_DIR.parent / "mydata" / "stack.yaml")["Parameters"]["TokenSeconds"]["Default"]
    links = pytest.importorskip("media.links")  # a copy of the project may have no such service
    assert waits > token + max(links.UPLOAD_SECONDS, services.UPLOAD_SECONDS)


@pytest.mark.parametrize("rows", SIGNED, ids=lambda rows: rows.table)
def test_the_role_may_change_names(rows: SignedRows) -> None:
    text = str(ROLE)
    assert f"-{rows.table}/index/{rows.index_name}'" in text
    for table in (rows.table, rows.copies):
        assert f"-{table}'" in text


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_table_says_whether_it_is_personal(service: object) -> None:
    declared = {rows.table for rows in ROWS}
    assert set(getattr(service, "tables", ())) <= declared | IMPERSONAL


def test_schedules_of_two_users_differ() -> None:
    assert personal_prefix("a") != personal_prefix("b")
