"""What the history of a post tells: what was changed and nothing else, and of a picture what it shows."""

from blog.models import Post
from dynamo.admin.history import log
from tests.blog.admin.desk import POSTS, Desk, text
from tests.blog.writing import write
from tests.media.uploading import jpeg, upload


def test_a_picture_is_told_by_what_it_shows(pia: Desk) -> None:
    photo = upload(pia.person, jpeg(), visibility="public")
    slug = write(pia.person, hero={"upload": photo["id"], "alt": "Four fields"})["slug"]
    answer = pia.write(f"{POSTS}{slug}/change/", hero_1="Four green fields")
    assert answer.status_code == 302
    page = text(pia.get(f"{POSTS}{slug}/history/"))
    assert "<ins>green </ins>" in page
    assert "renditions" not in page


def test_another_editors_picture_is_told_so_too(pia: Desk) -> None:
    photo = upload(pia.person, jpeg(), visibility="public")
    slug = write(pia.person, hero={"upload": photo["id"], "alt": "Four fields"})["slug"]
    url = f"{POSTS}{slug}/change/"
    mine = pia.form(url)
    Desk("editors").write(url, hero_1="Their fields")
    page = text(pia.post(url, {**mine, "hero_1": "My fields"}))
    assert f"Saved meanwhile: Their fields ({photo['id']})" in page
    assert page.count("renditions") == 1  # for the preview alone


def test_a_time_that_comes_while_one_writes_is_no_change(pia: Desk) -> None:
    url = f"{POSTS}{write(pia.person)['slug']}/change/"
    # The form was opened before.
    pia.write(url, published_at_0="scheduled", title="Anew")
    (row,) = pia.get(url.replace("change", "history")).context["action_list"]
    assert row.get_change_message() == "Changed Title."


def test_a_colleagues_picture_is_restored(ed: Desk) -> None:
    photo = upload(ed.person, jpeg(), visibility="public")["id"]
    post = write(ed.person, published_at=None, body="First.", hero={"upload": photo, "alt": "Fields"})
    url = f"{POSTS}{post['slug']}/change/"
    ed.write(url, summary="In short.")
    other = Desk("editors")
    other.write(url, body="Second.", hero_0="", hero_1="")
    first = log.of_object(f"blog.post#{post['slug']}", limit=5).found[-1]
    other.post(url.replace("change", "history/restore"), {"at": first.at})
    found = Post.fetch((post["slug"],))
    assert found.body == "First."
    assert (found.hero.owner, found.hero.alt, len(found.hero.renditions)) == (ed.person.sub, "Fields", 3)


def test_a_draft_that_stays_one_is_not_told_as_published_anew(pia: Desk) -> None:
    slug = write(pia.person, published_at=None)["slug"]
    pia.write(f"{POSTS}{slug}/change/", title="Another title")
    assert "Changed Title." in text(pia.get(f"{POSTS}{slug}/history/"))
    pia.write(f"{POSTS}{slug}/change/", published_at_0="published")
    assert "Changed Publication." in text(pia.get(f"{POSTS}{slug}/history/"))
