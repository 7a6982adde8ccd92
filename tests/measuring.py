"""Coverage of child processes that are given variables of their own."""

import os


def measured() -> dict[str, str]:
    """The variables by which coverage measures a Python that is started with them; none where nothing is measured."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
