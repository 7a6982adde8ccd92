"""`manage.py runserver` on the embedded AWS: Django's own server, with everything it needs around it."""

from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.contrib.staticfiles.management.commands.runserver import Command as StaticFilesRunserver
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.http import FileResponse, HttpRequest, HttpResponse

from config import env
from infra.local.processes import end_with_parent
from infra.local.reads import ReadsLog


class RequestHandler(WSGIRequestHandler):
    """Answers at once on connections that are kept open; with Nagle's algorithm each answer would wait for an ACK."""

    disable_nagle_algorithm = True


class Server(WSGIServer):
    """Django's development server with the handler above."""

    def __init__(self, address: tuple[str, int], handler: type[WSGIRequestHandler], **options: Any) -> None:
        super().__init__(address, RequestHandler, **options)


class StaticFiles(StaticFilesHandler):
    """Files whose names have no hash, so browsers ask for them again: unasked they keep them for a tenth of their age,
    and show a newer page with scripts of the one before."""

    def serve(self, request: HttpRequest) -> HttpResponse | FileResponse:
        """A file, or 304 for one that the browser has."""
        response = super().serve(request)
        response["Cache-Control"] = "no-cache"
        return response


class Command(StaticFilesRunserver):
    """Django's runserver as manage.py starts it, by infra.local.start, once the embedded AWS is there."""

    server_cls = Server
    default_port = env.text("PORT", "8000")

    def handle(self, *args: object, **options: object) -> None:
        """Run the server, and never longer than the process that holds the embedded AWS."""
        end_with_parent()
        super().handle(*args, **options)

    def get_handler(self, *args: object, **options: object) -> Any:
        """The site, with what CloudFront would log."""
        handler = super().get_handler(*args, **options)
        return ReadsLog(StaticFiles(handler.application) if isinstance(handler, StaticFilesHandler) else handler)

    def check_migrations(self) -> None:
        """There is no SQL database, so nothing to migrate."""

    def on_bind(self, server_port: int) -> None:
        """Say when it is there again; that it is there at all is said where AWS was started."""
        if env.text("LOCAL_RELOADED", ""):
            self.stdout.write("Reloaded.")
