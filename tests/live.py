"""The site over real HTTP, in a thread of the test process."""

import logging
import socket
from functools import cache
from threading import Thread
from typing import Any
from unittest.mock import patch

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler


class _QuietHandler(WSGIRequestHandler):
    # Without it each answer on a connection that is kept open would wait for an ACK.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name it is called with
        logging.getLogger("tests.live").debug(format, *args)


class LiveServer:
    """Serves until stopped."""

    def __init__(self, listener: socket.socket) -> None:
        from config.wsgi import application

        # Browsers ask for some forty files of a page, each looked for in every app; what is there stays there.
        self._found = patch.object(finders, "find", cache(finders.find))
        self._found.start()
        self._server = ThreadedWSGIServer(listener.getsockname(), _QuietHandler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener
        self._server.server_name, self._server.server_port = listener.getsockname()
        self._server.setup_environ()
        self._server.set_app(StaticFilesHandler(application))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True, name="live-server").start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._found.stop()
        self._server.shutdown()
        self._server.server_close()


server: LiveServer
