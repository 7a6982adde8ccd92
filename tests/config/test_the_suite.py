"""What the suite does to itself: tests/conftest.py."""

from tests.conftest import WholeFiles


def test_a_failure_in_a_deployments_life_repeats_its_file_and_no_other() -> None:
    failed = WholeFiles({"tests/deploy/test_a.py::test_x": True, "tests/todos/test_b.py::test_y": True})
    again = [f"tests/{name}" for name in ("deploy/test_a.py::test_before", "todos/test_b.py::test_y")]
    assert all(name in failed for name in again)
    others = ["deploy/test_b.py::test_x", "todos/test_b.py::test_z", "deploy/test_a.py", "todos/test_b.py"]
    assert not any(f"tests/{name}" in failed for name in others)
