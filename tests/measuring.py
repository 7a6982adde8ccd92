"""Coverage of child processes that are given variables of their own."""

import os
from collections.abc import Mapping


def measured() -> dict[str, str]:
    """The variables by which coverage measures a Python that is started with them; none where nothing is measured."""
    return {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """The same without those: for a Python whose memory or time counts."""
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}
