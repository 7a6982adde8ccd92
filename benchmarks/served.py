"""The product with a stubbed DynamoDB, for servers: `application` for gunicorn, and as a program Django's own server.

`python -m benchmarks.served` serves as `manage.py runserver` does, without its embedded AWS and its reloading.
"""

import os

from benchmarks.stacks import product  # the settings come first
from infra.container.wsgi import application

__all__ = ["application", "product"]


def main() -> None:
    """Serve until ended."""
    from django.core.servers.basehttp import WSGIRequestHandler, run

    from config.wsgi import application
    from infra.local.management.commands.runserver import Server

    WSGIRequestHandler.log_message = lambda *_: None  # type: ignore[method-assign]  # its lines are no part of an answer
    run("127.0.0.1", int(os.environ["PORT"]), application, threading=True, server_cls=Server)


if __name__ == "__main__":
    main()
