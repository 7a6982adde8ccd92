"""Finding posts by their words, for those who write: an index from each word to the posts that have it.

Its rows stand in the table of tags and follow the posts by their stream, a moment behind. A post has far more words
than one transaction has room for, so they can't be written together (docs/adr/0006-search.md). A row's sort key begins
with the weight of its word, so that the best come first, and of a word everybody uses the rest is left out.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action

from blog.models import SHELF, Post
from dynamo.batches import fetch_many
from dynamo.errors import DoesNotExist
from dynamo.models import Model, now, table
from dynamo.queries import Query

# What a word counts where it stands; in the text, how often it does, up to TEXT.
TITLE, TAG, AUTHOR, SUMMARY, TEXT = 40, 30, 20, 15, 5
MAX_WEIGHT = 99
# Words of the title and tags are found by their beginning, too: from so many characters on.
PREFIX, PREFIX_SHARE = 3, 4
MAX_LENGTH, MAX_WORDS = 40, 3000
# Of a question; and of the posts with one word, the best.
MAX_ASKED, MAX_READ = 4, 500
USES = "#uses"
# How long deleted posts and earlier states of posts count as uses of their pictures.
KEPT = timedelta(days=30)

# Thai, Lao, Burmese, Khmer, Japanese and Chinese, which have no spaces between words.
_UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
# Categories of what is left without accents; and what only chooses how the sign before it is drawn, as behind emoji.
_VOWELS = {"Mc", "Mn"}
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# An address ends where no address goes on, as there may be no space behind it; "a < b" begins no tag.
_NOT_WORDS = re.compile(r"https?://[!-(*-~]+|<[a-zA-Z/!][^<>]*>|&#?\w+;")
_RENDITIONS = re.compile(r"blog/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/")


class Word(Model):
    """A word of a post. `sort` is "<MAX_WEIGHT - weight>#<slug>"."""

    class Meta:
        table_name = table("tags")

    word = UnicodeAttribute(hash_key=True, attr_name="tag")
    sort = UnicodeAttribute(range_key=True)

    @classmethod
    def of(cls, word: str) -> Query["Word"]:
        """The posts with a word, those it says most about first."""
        return Query(model=cls, hash_key=_key(word))

    @property
    def weight(self) -> int:
        return MAX_WEIGHT - int(self.sort.partition("#")[0])

    @property
    def slug(self) -> str:
        return self.sort.partition("#")[2]


class PictureUse(Model):
    """The posts that show a picture, by the folder of its renditions; as a picture above them or in their text."""

    class Meta:
        table_name = table("tags")

    partition = UnicodeAttribute(hash_key=True, attr_name="tag", default=USES)
    folder = UnicodeAttribute(range_key=True, attr_name="sort")
    slugs = UnicodeSetAttribute(null=True)
    # Until when a deleted post, or an earlier state of one, may be brought back with it.
    kept_until = UTCDateTimeAttribute(null=True)


class Found(NamedTuple):
    """The posts that have every word the index can tell of, the best first; `more` where there may be others.

    `unasked` are words of the question that it was not asked for, or whose posts are too many.
    """

    slugs: list[str]
    more: bool
    unasked: frozenset[str]

    def has_rest(self, post: Post) -> bool:
        return not self.unasked or self.unasked <= weigh(post).keys()


def find(question: str) -> Found:
    """One Query for each word, of the MAX_ASKED longest. Nothing is found where nothing is asked."""
    asked = sorted(dict.fromkeys(split(question)), key=len, reverse=True)
    pages = {word: Word.of(word).page(MAX_READ) for word in asked[:MAX_ASKED]}
    weights = {word: {row.slug: row.weight for row in page.items} for word, page in pages.items()}
    # A list that was cut off, as that of "the", lacks posts: where another word has all of its own, that decides.
    whole = [word for word, page in pages.items() if page.next_key is None] or list(pages)
    common = set.intersection(*(set(weights[word]) for word in whole)) if whole else set()
    scores = {slug: sum(one.get(slug, 0) for one in weights.values()) for slug in common}
    ordered = sorted(scores, key=lambda slug: (-scores[slug], slug))
    more = any(pages[word].next_key is not None for word in whole)
    return Found(ordered, more, frozenset(asked) - set(whole))


def split(text: str) -> Iterator[str]:
    """Its words without case and accents; of scripts that have no spaces, every two signs."""
    letters = plain(text)
    for run in _UNSPACED.findall(letters):
        yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))
    rest = _UNSPACED.sub(" ", letters)
    # Vowels that are signs of their own, as in Hindi, belong to their word.
    for word in "".join(one if one.isalnum() or unicodedata.category(one) in _VOWELS else " " for one in rest).split():
        yield word[:MAX_LENGTH]


def plain(text: str) -> str:
    """Without case and accents, and without what only chooses how a sign is drawn."""
    if text.isascii():
        return text.casefold()
    # Accents go first, too: Unicode puts a long row of them in order in time by the square of its length.
    return _without_marks(unicodedata.normalize("NFKD", _without_marks(_VARIANTS.sub("", text.casefold()))))


def _without_marks(text: str) -> str:
    return "".join(one for one in text if not unicodedata.combining(one))


def weigh(post: Post) -> Mapping[str, int]:
    """What each word says about a post; MAX_WORDS of them, the weightiest."""
    weights: Counter[str] = Counter()
    for text, weight in ((post.title, TITLE), (" ".join(post.tags or ()), TAG)):
        for word in set(split(text or "")):
            weights[word] += weight
            for end in range(PREFIX, len(word)):
                weights[word[:end]] = max(weights[word[:end]], weight // PREFIX_SHARE)
    for text, weight in ((post.author_name, AUTHOR), (post.summary, SUMMARY)):
        for word in set(split(text or "")):
            weights[word] += weight
    for word, times in Counter(split(_NOT_WORDS.sub(" ", post.body or ""))).items():
        weights[word] += min(times, TEXT)
    # A question may be a single sign, as 猫 is a word.
    signs: Counter[str] = Counter()
    for pair in filter(_UNSPACED.match, weights):
        signs.update(dict.fromkeys(pair, weights[pair]))
    weights |= Counter({sign: min(weight, TITLE // PREFIX_SHARE) for sign, weight in signs.items()})
    return {word: min(weight, MAX_WEIGHT) for word, weight in weights.most_common(MAX_WORDS)}


def pictures(post: Post) -> set[str]:
    """The folders of the pictures a post shows."""
    above = [rendition.jpeg for rendition in post.hero.renditions] if post.hero else []
    return set(_RENDITIONS.findall(" ".join([*above, post.body or ""])))


class IndexChange(NamedTuple):
    """What comes to the index or leaves it by a change of the post at `slug`: keys of words, folders of pictures."""

    slug: str
    words: Set[tuple[str, str]]
    pictures: Set[str]


def compare(old: Post | None, new: Post | None) -> IndexChange:
    """The change of the index that a change of one post calls for."""
    before, after = (pictures(post) if post else set() for post in (old, new))
    return IndexChange(str((new or old or Post()).slug), _rows(old) ^ _rows(new), before ^ after)


def write(change: IndexChange) -> None:
    """Bring the index up to date. Doing so again changes nothing, nor does it later: the post as it is decides."""
    post = present(change.slug)
    words, shown = _rows(post), pictures(post) if post else set()
    with Word.batch_write() as batch:
        for key in change.words:
            if key in words:
                batch.save(Word(*key))
            else:
                batch.delete(Word(*key))
    _note(change.pictures - shown, PictureUse.slugs.delete({change.slug}), PictureUse.kept_until.set(now() + KEPT))
    _note(change.pictures & shown, PictureUse.slugs.add({change.slug}))


def present(slug: str) -> Post | None:
    """The post there is by now; None where there is none, or another stands in its place. Raises DynamoError."""
    post = Post.fetch_or_none((slug,))
    return post if post and post.shelf else None


def _rows(post: Post | None) -> set[tuple[str, str]]:
    if post is None:
        return set()
    return {(_key(word), f"{MAX_WEIGHT - weight:02}#{post.slug}") for word, weight in weigh(post).items()}


def _key(word: str) -> str:
    # No tag has such a sign.
    return f"word#{word}"


def _note(folders: Iterable[str], *actions: Action) -> None:
    for folder in sorted(folders):
        PictureUse.write("UpdateItem", (USES, folder), actions=actions)


def uses(folders: Iterable[str]) -> dict[str, tuple[set[str], datetime | None]]:
    """The posts that show each picture, and until when a deleted or earlier one may. One BatchGetItem for 100."""
    rows = fetch_many(PictureUse, [(USES, folder) for folder in folders])
    return {row.folder: (set(row.slugs or ()), row.kept_until) for row in rows}


def rebuild() -> int:
    """Index every post anew; how many there are. Rows of posts that are gone stay: their deletion has removed those."""
    count = 0
    for listed in Query(model=Post, hash_key=SHELF, index="by_changed").all():
        with suppress(DoesNotExist):
            write(compare(None, Post.fetch((listed.slug,))))
            count += 1
    return count
