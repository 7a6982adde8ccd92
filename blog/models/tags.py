"""Posts under their tags, and how many each tag has."""

import hashlib
import re
import unicodedata
from contextlib import suppress
from datetime import datetime
from itertools import dropwhile

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from blog.models.posts import Listed, Post, is_public, up_to
from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.models import Model, now, table
from dynamo.queries import Query

# The partition of the tags table that holds one row for each tag.
ALL_TAGS = "#tags"
MAX_TAGS_LISTED = 1000
# Letters and marks nobody sees: those of Unicode's Default_Ignorable_Code_Point (UAX 44).
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

# Behind a letter or digit, and before no letter, these are spoken: C# and C++ are other tags than C.
_NAMES = {"#": "-sharp-", "+": "-plus-"}
_SPOKEN = re.compile(r"(?<=[^\W_])(?:#|\++)(?![^\W\d]|\+)")


def tag_of(words: str) -> str:
    """The tag that words stand for, as it stands in addresses: "Web Design" is web-design; "" if nothing is left.

    Letters, marks and digits of any script, in lower case and in Unicode's form NFKC, with single hyphens between. A
    mark with no letter before it would change the sign that stands before the tag, and is left out. "C++" is
    c-plus-plus and "C#" c-sharp, while "#cats" is cats.
    """
    seen = "".join(one for one in words if unicodedata.category(one) != "Cf" and not _UNSEEN.match(one))
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).lower())
    spoken = _SPOKEN.sub(lambda found: "".join(_NAMES[one] for one in found[0]), plain)
    signs = "".join(one if unicodedata.category(one)[0] in "LMN" else "-" for one in spoken)
    parts = ("".join(dropwhile(lambda sign: unicodedata.category(sign)[0] == "M", part)) for part in signs.split("-"))
    return "-".join(filter(None, parts))


def tag_label(tag: str) -> str:
    """The label of a tag's pages for caches, which take ASCII alone; no tag has two hyphens in a row."""
    return f"tag-{tag}" if tag.isascii() else f"tag--{hashlib.blake2b(tag.encode(), digest_size=12).hexdigest()}"


class TagPost(Listed):
    """One post under one of its tags."""

    class Meta:
        table_name = table("tags")

    tag = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True, attr_name="sort")
    slug = UnicodeAttribute()
    version = NumberAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()

    @classmethod
    def published(cls, tag: str) -> Query["TagPost"]:
        """A tag's public posts, newest first."""
        return Query(model=cls, hash_key=tag, range=cls.position < up_to(now()), forward=False)

    @classmethod
    def of(cls, post: Post, tag: str) -> "TagPost":
        names = cls.get_attributes().keys() - {"tag"}
        return cls(tag, **{name: getattr(post, name) for name in names})


class TagCount(Model):
    """How many posts a tag has, written without being read.

    `dated` counts scheduled posts, too; `ahead_even` and `ahead_odd` hold the positions of those, and a reader takes
    off what is still to come. What has come since does no harm there until it is tidied up. There are two sets, as one
    write can't take from a set and add to it: a position stands in the one for its post's `moves`, so that a post that
    is scheduled anew leaves one and comes into the other.
    """

    class Meta:
        table_name = table("tags")

    partition = UnicodeAttribute(hash_key=True, attr_name="tag", default=ALL_TAGS)
    tag = UnicodeAttribute(range_key=True, attr_name="sort")
    dated = NumberAttribute(default=0)
    ahead_even = UnicodeSetAttribute(null=True)
    ahead_odd = UnicodeSetAttribute(null=True)

    @classmethod
    def all(cls) -> Query["TagCount"]:
        """Every tag, by name."""
        return Query(model=cls, hash_key=ALL_TAGS)

    @classmethod
    def moved(cls, gone: Post | None, new: Post | None, at: datetime) -> list[Action]:
        """What it takes in a tag's row that one position leaves the tag, another comes, or both."""
        actions: list[Action] = []
        if (gone is None) != (new is None):
            actions.append(cls.dated.add(-1 if new is None else 1))
        if gone is not None:
            actions.append(cls._ahead(gone).delete({gone.position}))
        if new is not None and not new.is_public(at):
            actions.append(cls._ahead(new).add({new.position}))
        return actions

    @classmethod
    def _ahead(cls, post: Post) -> UnicodeSetAttribute:
        return cls.ahead_odd if int(post.moves) % 2 else cls.ahead_even

    @classmethod
    def tidy(cls, tag: str, at: datetime) -> None:
        """Drop positions that have come, and the row of a tag without posts. One GetItem, and a write if there are any.

        Harmless at any time. Raises Contended, Unavailable.
        """
        with suppress(DoesNotExist, ConditionFailed):
            row = cls.fetch((ALL_TAGS, tag), consistent=False)
            if not row.dated:
                cls.write("DeleteItem", (ALL_TAGS, tag), condition=cls.dated == 0)
            elif actions := row._past(at):
                cls.write("UpdateItem", (ALL_TAGS, tag), actions=actions, condition=cls.tag.exists())

    def _past(self, at: datetime) -> list[Action]:
        sets = ((TagCount.ahead_even, self.ahead_even), (TagCount.ahead_odd, self.ahead_odd))
        come = [(kept, {one for one in held or () if is_public(one, at)}) for kept, held in sets]
        return [kept.delete(positions) for kept, positions in come if positions]

    def visible(self, at: datetime) -> int:
        """How many public posts the tag has at this time."""
        ahead = {*(self.ahead_even or ()), *(self.ahead_odd or ())}
        return int(self.dated) - sum(not is_public(position, at) for position in ahead)
