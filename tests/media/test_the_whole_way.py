"""From asking for an upload to downloading its renditions, over HTTP and with S3's real events."""

import time
from collections.abc import Callable

import pytest

from tests.media.uploading import ask, fetch, jpeg, open_picture, post, settled, upload
from tests.personas import Persona


@pytest.mark.parametrize("method", ["post", "put"])
def test_it_makes_renditions_of_a_picture(alice: Persona, method: str) -> None:
    found = upload(alice, jpeg(), method=method)
    assert (found["status"], found["reason"]) == ("ready", None)
    assert (found["width"], found["height"], found["content_type"]) == (1600, 1200, "image/jpeg")
    assert [one["size"] for one in found["renditions"]] == [1280, 640, 320]
    for rendition in found["renditions"]:
        for kind in ("webp", "jpeg"):
            picture = open_picture(rendition[kind])
            assert (picture.format, picture.size) == (kind.upper(), (rendition["width"], rendition["height"]))
    assert fetch(found["url"]).data == jpeg()


@pytest.mark.prove
def test_it_takes_under_two_seconds(alice: Persona, report: Callable[[str, str], None]) -> None:
    upload(alice, jpeg())  # the first one loads Pillow
    asked = ask(alice, jpeg())
    began = time.monotonic()
    assert post(asked["upload"], jpeg()) == 204
    assert settled(alice, asked["id"])["status"] == "ready"
    took = time.monotonic() - began
    report("upload to thumbnails", f"{took:.2f} s")
    assert took < 2
