"""How the tests are run: tests/conftest.py."""

import logging

from tests.conftest import WholeFiles


def test_loggers_may_be_made_while_pytest_goes_through_them() -> None:
    """As threads of the live server do."""
    for number, _ in zip(range(3), logging.root.manager.loggerDict.values(), strict=False):
        logging.getLogger(f"{__name__}.{number}")


def test_what_stands_on_tests_before_it_is_run_again_with_them() -> None:
    failed = WholeFiles(
        {"tests/deploy/test_clone.py::test_it_is_removed": True, "tests/rest/test_text.py::test_a": True}
    )
    assert "tests/deploy/test_clone.py::test_it_is_made" in failed
    assert "tests/deploy/test_edge.py::test_it_is_made" not in failed
    assert "tests/rest/test_text.py::test_b" not in failed
