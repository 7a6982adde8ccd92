"""Keys of objects, and what they say of their files."""

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.keys import NAME_LENGTH, Visibility, new_key, parse, safe_name

SUB = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
ID = "019a9d0e-3c1b-7d42-9f55-6a7b8c9d0e1f"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("photo.jpg", "photo.jpg"),
        ("Ärger & Ä.JPG", "Arger-A.JPG"),
        ("../../etc/passwd", "file.etc-passwd"),
        (".htaccess", "file.htaccess"),
        ("休暇.jpg", "file.jpg"),
        ("休暇", "file"),
        ("a.b.tar.gz", "a.b.tar.gz"),
        ("x" * 300 + ".jpeg", "x" * 95 + ".jpeg"),
        ("a." + "x" * 300, "a." + "x" * 20),
        ("...", "file"),
        ("${filename}", "filename"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_any_name_is_made_safe(name: str) -> None:
    safe = safe_name(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", safe)
    assert len(safe) <= NAME_LENGTH
    assert ".." not in safe or ".." in name


@given(st.text(min_size=1, max_size=255), st.sampled_from(Visibility))
def test_a_new_key_is_read_back(name: str, visibility: Visibility) -> None:
    object_key = parse(new_key(owner=SUB, visibility=visibility, upload_id=ID, name=name))
    assert object_key is not None
    assert (object_key.owner, object_key.visibility, object_key.ids[0], object_key.name) == (
        SUB,
        visibility,
        ID,
        safe_name(name),
    )


@pytest.mark.parametrize(
    "path", ["a.jpg", f"{ID}", f"{ID}/a/b.jpg", f"{ID.upper()}/a.jpg", "albums/a.jpg", f"x/{ID}/a"]
)
def test_a_key_of_ones_own_has_an_id_of_its_own(path: str) -> None:
    object_key, other = parse(f"users/{SUB}/{path}"), parse(f"users/{SUB}/{path}.bak")
    assert object_key is not None
    assert other is not None
    assert len(object_key.ids) == 1
    assert uuid.UUID(object_key.ids[0]).version == 5
    assert object_key.ids != other.ids
    assert object_key.name == path


@pytest.mark.parametrize(
    "key",
    ["", "users", "users/", f"users/{SUB}", f"users/{SUB}/", f"users/{SUB}/a/", "users//a", "users/a b/c", "Users/a/b"],
)
def test_other_keys_are_nobodys(key: str) -> None:
    assert parse(key) is None


def test_renditions_of_a_public_picture_do_not_say_whose_it_is() -> None:
    public, private = parse(f"blog/{SUB}/{ID}/a.jpg"), parse(f"users/{SUB}/{ID}/a.jpg")
    assert public is not None
    assert private is not None
    assert re.fullmatch(r"blog/[0-9a-f-]{36}", public.renditions)
    assert private.renditions.startswith(f"users/{SUB}/")
