"""The role of the function that looks around reaches what services declare, and no more tables than that."""

import pytest

from config.services import SERVICES
from infra.lint import INFRA_DIR, load
from serverless.service import PublicTexts, StoredFiles, Told

TEXT = str(load(INFRA_DIR.parent / "housekeeping" / "stack.yaml")["Resources"]["RunRole"]["Properties"])
DECLARED = [
    each for service in SERVICES for kind in (service.public_texts, service.stored_files, service.told) for each in kind
]


@pytest.mark.parametrize("declared", DECLARED, ids=lambda each: f"{type(each).__name__}-{each.table}")
def test_the_role_may_read_it(declared: PublicTexts | StoredFiles | Told) -> None:
    index = getattr(declared, "index_name", "")
    assert f"-{declared.table}{f'/index/{index}' if index else ''}'" in TEXT


def test_a_number_is_of_a_week_or_of_a_month() -> None:
    for told in (each for service in SERVICES for each in service.told):
        assert bool(told.moment) != bool(told.top)
