"""Pages of the local stage: what runs, the mailbox; for this machine, and in the local stage alone."""

import os
import re
import subprocess
import sys
import uuid
from contextlib import closing
from email.message import EmailMessage
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.conf import settings
from django.test import Client

from config.aws import client
from infra.local import mailbox
from infra.local.management.commands.runserver import Command
from tests.live import LiveServer
from tests.local.running import PROJECT


def send(content: dict[str, Any]) -> mailbox.Mail:
    """Send a mail; what the mailbox has of it."""
    sent = client("sesv2").send_email(
        FromEmailAddress=settings.MAIL_FROM,
        Destination={"ToAddresses": ["alice@example.com"]},
        Content=content,  # type: ignore[arg-type]  # the parts are a test's own
    )["MessageId"]
    mail = mailbox.find(sent.partition("@")[0])
    assert mail
    return mail


def simple(subject: str, *, text: str = "Text", html: str = "", **headers: str) -> dict[str, Any]:
    """The content of a mail."""
    body = {"Text": {"Data": text}, **({"Html": {"Data": html}} if html else {})}
    named = [{"Name": name.replace("_", "-"), "Value": value} for name, value in headers.items()]
    return {"Simple": {"Subject": {"Data": subject}, "Body": body, "Headers": named}}


def page(path: str) -> str:
    """The page's HTML."""
    response = Client().get(path)
    assert response.status_code == 200
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    return response.content.decode()


def test_the_overview_lists_services_queues_and_sign_ins() -> None:
    html = page("/_local/")
    for name in ("DynamoDB", "Cognito", settings.UPLOADS_BUCKET, "thumbnails-failures", "alice@example.com", "aws.log"):
        assert name in html, name


def test_the_mailbox_shows_the_newest_first() -> None:
    older, newer = (f"{when} {uuid.uuid4()}" for when in ("older", "newer"))
    for subject in (older, newer):
        send(simple(subject))
    html = page("/_local/mail/")
    assert html.index(newer) < html.index(older)


def test_a_mails_html_can_run_no_script_and_break_out_of_nothing() -> None:
    mail = send(simple("Look", html='<h1>"Hi"</h1></iframe><script>alert(1)</script>'))
    html = page(f"/_local/mail/{mail.id}/")
    (frame,) = re.findall(r"<iframe[^>]*>", html)
    assert " sandbox " in frame
    assert "allow-" not in frame
    assert "&lt;script&gt;" in frame
    assert "<script" not in html
    policy = Client().get(f"/_local/mail/{mail.id}/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_a_raw_mail_is_shown_with_its_parts_and_headers() -> None:
    message = EmailMessage()
    message["Subject"], message["X-Colour"] = "Grüße", "green"
    message.set_content("plain words")
    message.add_alternative("<p>rich words</p>", subtype="html")
    mail = send({"Raw": {"Data": message.as_bytes()}})
    assert (mail.subject, mail.text.strip(), mail.html.strip()) == ("Grüße", "plain words", "<p>rich words</p>")
    assert "green" in page(f"/_local/mail/{mail.id}/")


def test_the_unsubscribe_button_posts_one_click(live_server: LiveServer) -> None:
    link = f"<{settings.SITE_URL}/_local/events/>"  # any address of this site that answers a POST
    mail = send(simple("Bye", List_Unsubscribe=link, List_Unsubscribe_Post="List-Unsubscribe=One-Click"))
    url = f"/_local/mail/{mail.id}/unsubscribe/"
    assert url in page(f"/_local/mail/{mail.id}/")
    assert "it answered 403" in Client().post(url, follow=True).content.decode()


@pytest.mark.parametrize("link", ["<http://192.0.2.1/u>", "<mailto:a@example.com>", "nonsense", ""])
def test_the_unsubscribe_button_goes_nowhere_else(link: str) -> None:
    headers = {"List_Unsubscribe": link} if link else {}
    mail = send(simple("Bye", List_Unsubscribe_Post="List-Unsubscribe=One-Click", **headers))
    answer = Client().post(f"/_local/mail/{mail.id}/unsubscribe/", follow=True).content.decode()
    assert "no unsubscribe link to this site" in answer


def test_a_mail_that_is_not_there_is_not_found() -> None:
    assert Client().get("/_local/mail/none/").status_code == 404


@pytest.mark.parametrize("path", ["/_local/", "/_local/mail/"])
def test_pages_are_for_this_machine(path: str) -> None:
    assert Client().get(path, REMOTE_ADDR="192.0.2.7").status_code == 403


@pytest.mark.parametrize("path", ["/_local/", "/_local/mail/"])
def test_pages_ask_nothing_of_other_sites_and_fit_a_phone(path: str) -> None:
    html = page(path)
    assert 'name="viewport"' in html
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html)


def test_nothing_of_it_exists_outside_the_local_stage() -> None:
    code = (
        "import django; django.setup()\n"
        "from django.apps import apps; from django.urls import Resolver404, resolve\n"
        "assert not apps.is_installed('infra.local')\n"
        "assert resolve('/api/health/')\n"
        "for path in ('/_local/', '/_local/mail/', '/_local/events/'):\n"
        "    try:\n"
        "        resolve(path)\n"
        "    except Resolver404:\n"
        "        continue\n"
        "    raise AssertionError(path)\n"
    )
    production = {name: value for name, value in os.environ.items() if name not in {"DEBUG", "LOCAL_DIR"}}
    production |= {"STAGE": "production", "ALLOWED_HOSTS": "site.example"}
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=production, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_browsers_ask_for_a_static_file_whether_it_changed() -> None:
    """Its name has no hash: after an update they would show newer pages with the scripts of before."""
    application = Command().get_handler(use_static_handler=True, insecure_serving=True)
    said: list[Any] = []
    environ = {"PATH_INFO": "/static/todos/app.js"}
    setup_testing_defaults(environ)
    with closing(application(environ, lambda *answer: said.extend(answer))) as body:
        list(body)
    assert said[0] == "200 OK"
    assert dict(said[1])["Cache-Control"] == "no-cache"
