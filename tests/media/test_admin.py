"""Uploads in the admin: whose they are to see, what shows them, what can go."""

from datetime import timedelta

import pytest

from blog import search
from dynamo.errors import DoesNotExist
from dynamo.models import now
from dynamo.testing import recorded_requests
from media.models import Upload
from tests.blog.admin.desk import Desk, notes, slugs, text, versions
from tests.blog.writing import change, write
from tests.blog.writing import url as url_of
from tests.media.uploading import jpeg, upload
from tests.personas import Persona
from tests.waiting import until

LIST = "/admin/media/upload/"


@pytest.fixture
def pia() -> Desk:
    """Publishes and deletes."""
    return Desk("publishers")


def picture(desk: Desk, name: str = "fields.jpg") -> str:
    """A public picture's upload."""
    return str(upload(desk.person, jpeg(), name, visibility="public")["id"])


def key(desk: Desk, name: str) -> str:
    return f"{desk.person.sub}:{name}"


def age(desk: Desk, name: str) -> None:
    """Let it be there for two days."""
    Upload.change((desk.person.sub, name), [Upload.created_at.set(now() - timedelta(days=2))])


def unused_ones(desk: Desk) -> set[str]:
    """The keys of all that no post shows, over all pages of the list: other tests have uploads, too."""
    found, following = set[str](), "?use=none"
    while following:
        page = desk.get(LIST + following)
        found |= set(slugs(page))
        following = page.context["cl"].next_url
    return found


def shown(desk: Desk, name: str, slug: str) -> None:
    """Until it is known that a post shows it."""
    object_key = Upload.fetch((desk.person.sub, name)).object_key

    def check() -> bool:
        from media.keys import parse

        found = parse(object_key)
        return found is not None and slug in search.uses([found.ids[-1]]).get(found.ids[-1], (set(), None))[0]

    until(check, "the note of its use")


def test_the_list_costs_a_query_and_a_question(pia: Desk) -> None:
    name = picture(pia)
    with recorded_requests() as sent:
        page = pia.get(LIST)
    assert sent[:2] == ["GetItem", "Query"]
    assert len(sent) == 3
    assert slugs(page)[0] == key(pia, name)
    assert "320.webp" in text(page)


def test_private_files_are_nobody_elses(pia: Desk, alice: Persona) -> None:
    private = upload(alice, jpeg(), "private.jpg")
    assert "private.jpg" not in text(pia.get(LIST))
    answer = pia.get(f"{LIST}{alice.sub}_3A{private['id']}/change/")
    assert answer.status_code == 302
    assert "private.jpg" not in text(answer)


def test_it_finds_what_no_post_shows(pia: Desk) -> None:
    unused, above, inside, fresh = (picture(pia, f"{number}.jpg") for number in range(4))
    first = write(pia.person, hero={"upload": above, "alt": "Fields"})
    source = pia.person.api.get(f"/api/media/uploads/{inside}/").json()["renditions"][0]["jpeg"]
    second = write(pia.person, body=f"![Fields]({source})")
    shown(pia, above, first["slug"])
    shown(pia, inside, second["slug"])
    page = text(pia.get(LIST))
    assert first["slug"] in page
    assert second["slug"] in page
    for one in (unused, above, inside):
        age(pia, one)
    listed = unused_ones(pia)
    assert key(pia, unused) in listed
    assert not {key(pia, one) for one in (above, inside, fresh)} & listed


def test_what_is_shown_stays_until_it_is_taken_out(pia: Desk) -> None:
    name = picture(pia)
    post = write(pia.person, hero={"upload": name, "alt": "Fields"})
    shown(pia, name, post["slug"])
    url = f"{LIST}{pia.person.sub}_3A{name}/delete/"
    assert "is shown in" in notes(pia.post(url, {"post": "yes"}, follow=True))
    sent = {"action": "delete_selected", "_selected_action": key(pia, name), "post": "yes", **versions(pia.get(LIST))}
    assert "is shown in" in notes(pia.post(LIST, sent, follow=True))
    assert Upload.fetch((pia.person.sub, name)).status == "ready"


def folder(desk: Desk, name: str) -> str:
    """Of its renditions."""
    from media.keys import parse

    found = parse(Upload.fetch((desk.person.sub, name)).object_key)
    assert found is not None
    return found.ids[-1]


@pytest.mark.parametrize("how", ["deleted", "edited"])
def test_what_a_post_showed_stays_while_the_post_may_be_brought_back(pia: Desk, how: str) -> None:
    name = picture(pia)
    source = pia.person.api.get(f"/api/media/uploads/{name}/").json()["renditions"][0]["jpeg"]
    post = write(pia.person, body=f"![Fields]({source})", hero={"upload": name, "alt": "Fields"})
    shown(pia, name, post["slug"])
    age(pia, name)
    if how == "deleted":
        pia.person.api.delete(url_of(post))
    else:
        change(pia.person, post, body="Nothing.", hero=None)
    until(lambda: not search.uses([folder(pia, name)])[folder(pia, name)][0], "the note that it is not shown")
    one = f"{LIST}{pia.person.sub}_3A{name}/"
    url = f"{one}delete/"
    assert "may be brought back" in notes(pia.post(url, {"post": "yes"}, follow=True))
    assert key(pia, name) not in unused_ones(pia)
    assert "A post that was changed or deleted" in text(pia.get(f"{one}change/"))
    search.PictureUse.write(
        "UpdateItem", (search.USES, folder(pia, name)), actions=[search.PictureUse.kept_until.set(now())]
    )
    assert key(pia, name) in unused_ones(pia)
    assert "deleted" in notes(pia.post(url, {"post": "yes", "seen": pia.get(url).context["seen"]}, follow=True))


def test_it_deletes_with_all_files(pia: Desk) -> None:
    name = picture(pia)
    rendition = pia.person.api.get(f"/api/media/uploads/{name}/").json()["renditions"][0]["jpeg"]
    url = f"{LIST}{pia.person.sub}_3A{name}/delete/"
    seen = pia.get(url).context["seen"]
    answer = pia.post(url, {"post": "yes", "seen": seen}, follow=True)
    assert "deleted" in notes(answer)
    with pytest.raises(DoesNotExist):
        Upload.fetch((pia.person.sub, name))

    def gone() -> bool:
        from tests.media.uploading import fetch

        return fetch(rendition).status in {403, 404}

    until(gone, "the end of its files")


def test_editors_and_viewers_only_look() -> None:
    for group in ("editors", "viewers"):
        desk = Desk(group)
        assert desk.get(LIST).status_code == 200
        writer = Desk("editors")
        name = picture(writer)
        page = desk.get(f"{LIST}{writer.person.sub}_3A{name}/change/")
        assert "fields.jpg" in text(page)
        assert desk.get(f"{LIST}{writer.person.sub}_3A{name}/delete/").status_code == 403
