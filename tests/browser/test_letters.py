"""A publisher follows a letter in a browser, on a telephone and at a desk."""

from playwright.sync_api import ViewportSize, expect

from blog.letters import control
from blog.models import Post
from blog.models.letters import HEAD, Delivery, Letter
from dynamo.models import now
from tests.blog.writing import write
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, NewPage
from tests.browser.desk import POSTS, sign_in
from tests.live import LiveServer
from tests.personas import Persona

NARROW: ViewportSize = {"width": 375, "height": 800}


def test_progress_is_shown_while_a_letter_is_sent(new_page: NewPage, live_server: LiveServer, edith: Persona) -> None:
    post = Post.fetch((write(edith)["slug"],))
    key = (control.letter_id(post), HEAD)
    # Another region sends it, so nothing but this test moves it on.
    Letter(
        *key, slug=post.slug, started_by="x", status="sending", region="eu-north-1", frozen_at=now(), recipients=3
    ).create()
    for name, status in (("a", "sent"), ("b", "failed"), ("c", "pending")):
        Delivery(
            *Delivery.key_for(key[0], name),
            email=name,
            status=status,
            reason="Given up after 8 tries" if name == "b" else None,
        ).create()
    page = new_page()
    said = sign_in(page, live_server, edith, f"{POSTS}{post.slug}/letter/")
    expect(page.get_by_text("2 of 3 done").first).to_be_visible()
    for viewport in (DESKTOP, NARROW):
        page.set_viewport_size(viewport)
        assert violations(page) == [], viewport
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), viewport
    Delivery.change(Delivery.key_for(key[0], "c"), [Delivery.status.set("sent")])
    expect(page.get_by_text("3 of 3 done").first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert said == []
    Letter.change(key, [Letter.status.set("cancelled")])
