"""The letter of a post in the admin."""

import uuid
from typing import TYPE_CHECKING

from blog.models import Post, Subscriber
from infra.local.mailbox import mails
from tests.blog.admin.desk import POSTS, text
from tests.blog.writing import write
from tests.personas import Persona
from tests.waiting import until

if TYPE_CHECKING:
    from tests.blog.admin.desk import Desk


def test_a_publisher_previews_tests_and_sends_a_post_once(pia: "Desk", edith: Persona) -> None:
    email = f"letter-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    Subscriber.confirm(email, "203.0.113.7")
    post = Post.fetch((write(edith)["slug"],))
    url = f"{POSTS}{post.slug}/letter/"
    assert url in text(pia.get(f"{POSTS}{post.slug}/change/"))
    preview = pia.get(f"{url}preview/")
    assert "sandbox" in preview["Content-Security-Policy"]
    assert "script-src" not in preview["Content-Security-Policy"]
    assert post.title in text(preview)
    assert "Sent a test to" in text(pia.post(url, {"action": "test"}, follow=True))
    assert [mail.to for mail in mails() if mail.subject == post.title] == [pia.person.email]
    assert "subscriber" in text(pia.get(url))
    pia.post(url, {"action": "send"})
    # The embedded AWS brings the queue's messages.
    until(lambda: any(mail.to == email and mail.subject == post.title for mail in mails()), "the letter", seconds=20)
    assert "sent before" in text(pia.post(url, {"action": "send"}, follow=True))
    assert sum(mail.to == email and mail.subject == post.title for mail in mails()) == 1
    pia.post(url, {"action": "cancel"})
    assert "cancelled" in text(pia.get(url))


def test_who_may_not_publish_sends_nothing(ed: "Desk", edith: Persona) -> None:
    slug = write(edith)["slug"]
    for answer in (ed.get(f"{POSTS}{slug}/letter/"), ed.post(f"{POSTS}{slug}/letter/", {"action": "send"})):
        assert answer.status_code == 403
    assert f"{POSTS}{slug}/letter/" not in text(ed.get(f"{POSTS}{slug}/change/"))
