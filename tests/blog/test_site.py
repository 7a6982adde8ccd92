"""The blog's name and its other words stand in blog/site.py, and nowhere else."""

from pathlib import Path

import pytest
from django.test import Client, override_settings

from blog import site, welcome
from blog.models import Subscriber

BLOG = Path(site.__file__).parent


def test_pages_and_mails_say_what_the_site_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {name: f"Other {name}" for name in vars(site) if name.isupper() and name != "LANGUAGE"}
    assert words
    for name, other in words.items():
        monkeypatch.setattr(site, name, other)
    monkeypatch.setattr(site, "LANGUAGE", "de")
    front = Client().get("/").content.decode()
    for name in ("NAME", "DESCRIPTION", "SUBSCRIBE_HEADING", "SUBSCRIBE_PROMISE", "FOOTER"):
        assert words[name] in front, name
    assert '<html lang="de">' in front
    assert words["SUBSCRIBE_PROMISE"] in Client().get("/subscribe/").content.decode()
    mail = welcome.make_message(Subscriber("a@b.example", address="a@b.example"))
    assert mail["Subject"]["Data"] == words["WELCOME_SUBJECT"]
    assert all(words["NAME"] in mail["Body"][kind]["Data"] for kind in ("Text", "Html"))


def test_addresses_are_the_site_s_own_unless_another_host_has_the_file() -> None:
    with override_settings(SITE_URL="https://blog.example/prefix"):
        assert site.absolute("/prefix/posts/a/") == "https://blog.example/prefix/posts/a/"
        assert site.absolute("/tags/é/") == "https://blog.example/tags/%C3%A9/"
        assert site.absolute("https://files.example/static/a.png") == "https://files.example/static/a.png"


def test_no_template_repeats_them() -> None:
    words = [site.NAME, site.DESCRIPTION, site.SUBSCRIBE_HEADING, site.SUBSCRIBE_PROMISE, site.FOOTER]
    templates = [path for path in (BLOG / "templates").rglob("*") if path.suffix in {".html", ".txt", ".xml"}]
    assert templates
    for path in templates:
        assert not [word for word in words if word in path.read_text()], path
