#!/usr/bin/env python
"""Django's command-line utility."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here. `make run` sets everything up; then use .venv/bin/python manage.py.")
    if sys.argv[1:2] == ["runserver"] and _brings_aws():
        # Before any app is loaded: one that can't be imported must not keep AWS from starting.
        from infra.local import start

        sys.exit(start.main(sys.argv))
    execute_from_command_line(sys.argv)


def _brings_aws() -> bool:
    """Whether `runserver` starts the embedded AWS first: in the local stage, unless it is the server it started."""
    from config import env

    return env.text("STAGE", "local") == "local" and env.text("RUN_MAIN", "") != "true"


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # as shells have it for Ctrl-C
