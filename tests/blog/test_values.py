"""The types of what writers and readers send have the fields of the serializers that check it."""

from typing import Any

import pytest

from blog.api.serializers import DraftQuery, DraftQuestion, HeroInput, PostInput, PostQuery, PostQuestion
from blog.photos import HeroValues
from blog.services import PostValues
from rest.serializers import StrictSerializer


@pytest.mark.parametrize(
    ("serializer", "kind", "made"),
    [
        (PostInput, PostValues, {"html", "words", "renderer"}),
        (HeroInput, HeroValues, set()),
        (PostQuery, PostQuestion, set()),
        (DraftQuery, DraftQuestion, set()),
    ],
)
def test_a_type_has_the_fields_of_its_serializer(serializer: type[StrictSerializer], kind: Any, made: set[str]) -> None:
    assert set(kind.__annotations__) - made == set(serializer().fields)
