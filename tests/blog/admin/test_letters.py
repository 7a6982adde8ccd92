"""The letter of a post in the admin."""

import sys
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from blog.admin.posts import PostAdmin
from blog.letters import control
from blog.models import Post, Subscriber
from blog.models.letters import HEAD, Delivery, Letter
from dynamo.models import now
from dynamo.testing import recorded_requests
from infra.local.mailbox import mails
from tests.blog.admin.desk import POSTS, errors, notes, text
from tests.blog.writing import at, change, word, write
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


def test_a_letter_to_nobody_shows_no_empty_bar(pia: "Desk", edith: Persona) -> None:
    post = Post.fetch((write(edith)["slug"],))
    Letter(control.letter_id(post), slug=post.slug, started_by="pia", status="sent", frozen_at=now()).create()
    page = text(pia.get(f"{POSTS}{post.slug}/letter/"))
    assert "0 of 0 done" in page
    assert "<progress" not in page


def test_who_may_not_publish_sends_nothing(ed: "Desk", edith: Persona) -> None:
    slug = write(edith)["slug"]
    for answer in (ed.get(f"{POSTS}{slug}/letter/"), ed.post(f"{POSTS}{slug}/letter/", {"action": "send"})):
        assert answer.status_code == 403
    assert f"{POSTS}{slug}/letter/" not in text(ed.get(f"{POSTS}{slug}/change/"))


def test_what_was_changed_since_the_page_was_shown_is_not_sent(pia: "Desk", edith: Persona) -> None:
    post = write(edith)
    url = f"{POSTS}{post['slug']}/letter/"
    version = pia.get(url).context["version"]
    change(edith, post, title=f"About {word()}")
    assert "changed meanwhile" in text(pia.post(url, {"action": "send", "version": version}, follow=True))
    assert letter_of(post["slug"]) is None
    pia.post(url, {"action": "send", "version": pia.get(url).context["version"]})
    assert letter_of(post["slug"])


def letter_of(slug: str) -> Letter | None:
    return control.find(Post.fetch((slug,)))


def test_publishing_asks_whether_to_send(pia: "Desk", ed: "Desk", edith: Persona) -> None:
    """Once for each post, and never for edits, drafts and what is dated back."""
    title = f"About {word()}"
    answer = pia.write(title=title, body="x", slug=(slug := word()), published_at_0="published")
    assert answer.status_code == 302
    assert "It is sent to" in text(pia.get(POSTS))
    until(lambda: (found := letter_of(slug)) and found.status == "sent", "the letter", seconds=20)
    assert "send_letter" not in pia.form(f"{POSTS}{slug}/change/")
    draft = write(edith, published_at=None)["slug"]
    assert "send_letter" not in ed.form(f"{POSTS}{draft}/change/")
    pia.write(f"{POSTS}{draft}/change/", title=f"About {word()}")
    assert letter_of(draft) is None
    pia.write(f"{POSTS}{draft}/change/", published_at_0="published", published_at_1="2020-01-02T03:04")
    assert "dated back" in text(pia.get(POSTS))
    assert letter_of(draft) is None
    pia.post(f"{POSTS}add/", {**pia.form(f"{POSTS}add/"), "title": "T", "body": "x", "slug": (later := word()),
             "published_at_0": "scheduled", "published_at_1": "2090-01-02T03:04"})  # fmt: skip
    found = letter_of(later)
    assert found is not None
    assert found.status == "waiting"
    unsent = {**pia.form(f"{POSTS}add/"), "title": "T", "body": "x", "slug": word(), "published_at_0": "published"}
    del unsent["send_letter"]
    assert pia.post(f"{POSTS}add/", unsent).status_code == 302
    assert letter_of(unsent["slug"]) is None


def waiting(pia: "Desk") -> str:
    """The form of a post that is scheduled with a letter."""
    post = Post.fetch((write(pia.person, published_at=at(days=300))["slug"],))
    control.send(post, by=pia.person.sub)
    return f"{POSTS}{post.slug}/change/"


def without_letter(pia: "Desk", url: str, **fields: str) -> str:
    """What is said after saving with the box empty, where there is one."""
    form = {**pia.form(url), **fields}
    form.pop("send_letter", None)
    assert pia.post(url, form).status_code == 302
    return notes(pia.get(POSTS))


def test_a_letter_that_waits_is_not_sent_where_its_post_is_published_without_one(pia: "Desk") -> None:
    """It was scheduled with a letter and withdrawn: the box is there again."""
    slug = (url := waiting(pia)).split("/")[-3]
    pia.write(url, published_at_0="draft")
    without_letter(pia, url, title="Still a draft")
    assert letter_of(slug)
    assert "The letter that waited for it is not sent." in without_letter(pia, url, published_at_0="published")
    assert Post.fetch((slug,)).is_public(now())
    assert letter_of(slug) is None


def test_who_publishes_again_is_told_of_a_letter_that_was_paused_half_way(pia: "Desk") -> None:
    letter = control.letter_id(Post.fetch(((url := waiting(pia)).split("/")[-3],)))
    Letter.change((letter, HEAD), [Letter.status.set("paused"), Letter.shelf.remove()])
    pia.write(url, published_at_0="draft")
    pia.write(url, published_at_0="published", published_at_1="")
    assert "its letter is paused" in notes(pia.get(POSTS))


def test_a_letter_that_waits_is_not_sent_where_its_post_is_dated_back(pia: "Desk") -> None:
    slug = (url := waiting(pia)).split("/")[-3]
    dated_back = {"published_at_0": "published", "published_at_1": "2020-01-02T03:04"}
    assert "The letter that waited for it is not sent." in without_letter(pia, url, **dated_back)
    assert letter_of(slug) is None


def test_a_save_that_fails_ends_no_letter(pia: "Desk") -> None:
    slug, taken = (url := waiting(pia)).split("/")[-3], write(pia.person)["slug"]
    form = {**pia.form(url), "slug": taken, "published_at_0": "published", "published_at_1": "2020-01-02T03:04"}
    assert "Another post" in str(errors(pia.post(url, form))["slug"])
    assert letter_of(slug)


def test_a_letter_that_waited_began_when_its_post_was_public(pia: "Desk", edith: Persona) -> None:
    post = Post.fetch((write(edith)["slug"],))
    control.send(post, by=pia.person.sub)
    asked = datetime(2020, 1, 2, tzinfo=UTC)
    letter = Letter.change((control.letter_id(post), HEAD), [Letter.created_at.set(asked)])
    page = text(pia.get(f"{POSTS}{post.slug}/letter/"))
    assert f'It began <time datetime="{letter.begun_at:%Y-%m-%dT%H:%M:%SZ}">' in page
    assert "2020-01-02" not in page


@pytest.mark.parametrize("is_new", [True, False])
def test_a_post_is_never_public_without_the_letter_that_was_asked_for(
    pia: "Desk", edith: Persona, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    """Its letter is in the post's own transaction, and is begun within a minute, whatever was killed."""
    slug = word() if is_new else write(edith, published_at=None)["slug"]
    url = f"{POSTS}{'add' if is_new else f'{slug}/change'}/"
    form = {**pia.form(url), "title": "T", "slug": slug, "published_at_0": "published"}
    with monkeypatch.context() as killed:
        killed.setattr(PostAdmin, "send_letter", lambda *_, **__: sys.exit("killed"))
        with pytest.raises(SystemExit):
            pia.post(url, form)
    control.resume()
    until(lambda: (found := letter_of(slug)) and found.status == "sent", "the letter", seconds=20)
    again = pia.post(url, form)
    if is_new:
        assert "already exists" in str(errors(again)["slug"])
    else:
        assert again.status_code == 302
        assert "sent" not in notes(pia.get(POSTS))


def test_a_letter_that_the_clock_began_first_is_no_error(pia: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    send = PostAdmin.send_letter

    def late(*args: Any, **options: Any) -> None:
        control.resume()
        send(*args, **options)

    monkeypatch.setattr(PostAdmin, "send_letter", late)
    pia.write(title="T", slug=(slug := word()), body="x", published_at_0="published")
    said = notes(pia.get(POSTS))
    assert "It is sent to" in said
    assert "before" not in said
    until(lambda: (found := letter_of(slug)) and found.status == "sent", "the letter", seconds=20)


def test_the_form_names_how_many_get_the_letter(pia: "Desk") -> None:
    """The confirmed alone; the form after a mistake says so too."""
    cache.clear()
    before = Subscriber.confirmed().count()
    for number in range(3):
        Subscriber.subscribe(email := f"letter-{uuid.uuid4().hex[:12]}@example.com")
        if number:
            Subscriber.confirm(email, "203.0.113.7")
    asks = f"Send it to {before + 2:,} subscribers once it is public"
    assert asks in text(pia.get(f"{POSTS}add/"))
    assert asks in text(pia.post(f"{POSTS}add/", {**pia.form(f"{POSTS}add/"), "title": ""}))
    with recorded_requests() as sent:
        pia.get(f"{POSTS}add/")
        known = sent.count("Query")
        cache.clear()
        pia.get(f"{POSTS}add/")
    assert sent.count("Query") == 2 * known + 1


def test_the_page_tells_how_far_a_letter_is_and_what_became_of_it(pia: "Desk", edith: Persona) -> None:
    post = Post.fetch((write(edith, published_at=at(hours=5))["slug"],))
    url = f"{POSTS}{post.slug}/letter/"
    assert "when it becomes public" in text(pia.get(url))
    pia.post(url, {"action": "send"})
    assert "Do not send it" in text(pia.get(url))
    key = (control.letter_id(post), HEAD)
    actions = [
        Letter.status.set("sending"),
        Letter.frozen_at.set(now()),
        Letter.recipients.set(5),
        Letter.shelf.remove(),
    ]
    Letter.change(key, actions)
    outcomes = {"a": "sent", "b": "failed", "c": "bounced", "d": "complained", "e": "pending"}
    for name, status in outcomes.items():
        row = Delivery(*Delivery.key_for(key[0], name), email=name, status=status)
        row.reason = "BadRequestException: the address is bad" if status == "failed" else None
        row.create()
    page = text(pia.get(url))
    for shown in ("4 of 5 done", "the address is bad", "Bounced", "Called spam", "Still to be sent", "Pause"):
        assert shown in page
    pia.post(url, {"action": "pause"})
    assert "Go on" in text(pia.get(url))
    # The ledger is forgotten after a month: what it said at the end stays.
    for name in outcomes:
        Delivery.remove(Delivery.key_for(key[0], name))
    Letter.change(key, [Letter.outcomes.set([["sent", "", 5]]), Letter.status.set("sent")])
    assert "5 of 5 done" in text(pia.get(url))
