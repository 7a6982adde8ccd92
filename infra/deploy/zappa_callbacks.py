"""The two callbacks that Zappa calls, named in zappa_settings.json.

Zappa loads this file under the name `zappa_callbacks`, and its console script has no project folder in sys.path.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zappa.cli import ZappaCLI

_PROJECT_DIR = str(Path(__file__).resolve().parents[2])
if _PROJECT_DIR not in sys.path:
    sys.path.insert(0, _PROJECT_DIR)


def before(cli: "ZappaCLI") -> None:
    """Called once the settings are read, before any command acts."""
    _step("before", cli)


def after(cli: "ZappaCLI") -> None:
    """Called after `deploy` and `update` have put the function and its API there."""
    _step("after", cli)


def _step(name: str, cli: "ZappaCLI") -> None:
    from infra.deploy import steps

    getattr(steps, name)(cli)
