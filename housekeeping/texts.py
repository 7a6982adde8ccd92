"""Links and pictures of public pages: what leads nowhere.

Posts and pictures of our own are looked up where they are kept, each night. Other addresses are asked: those that
answered once in six days, those that did not each night, at most MOST_PER_HOST of a host in a day, one after the other.
"""

import re
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from ipaddress import ip_address
from urllib.parse import urldefrag, urljoin, urlsplit

from botocore.exceptions import ClientError
from django.conf import settings

from config import env
from config.aws import client
from dynamo.connection import shared
from dynamo.counters import count
from dynamo.models import now
from housekeeping import fetch
from housekeeping.models import BROKEN, LINK_KEPT, Link, digest_of
from housekeeping.reading import partition, rows
from housekeeping.turns import RESERVE, Found, Position, Turn
from serverless.events import Context
from serverless.service import PublicTexts

PAGES, THREADS, ASKED = 10, 8, 40  # pages a turn reads, hosts asked at once, addresses between two looks at the clock
HOST_SECONDS, PAUSE = 45.0, 0.5  # that one host is asked in a row, and between two of its addresses
MOST_PER_HOST, DAY = 100, 86_400
FINE_FOR, BROKEN_FOR = timedelta(days=6), timedelta(hours=20)
FAILURES = 3  # nights after which what may be a passing trouble is none
PLACES = 5  # of a link, that are kept
# What a row can be called. Other addresses below a page's path, as of lists of pages, are asked as any address is.
KEY = re.compile(r"[\w-]{1,200}")
MOST_BYTES = 1024  # that the name of a file in S3 has


@dataclass
class Page:
    """A public page: where it is, and what it leads to and shows. Pictures and pages of our own are keys.

    `unfit` are those that are no address at all: HTML may hold any text for one.
    """

    place: str
    pages: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    unfit: set[str] = field(default_factory=set)


class _References(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update(value for name, value in attrs if (tag, name) in {("a", "href"), ("img", "src")} and value)


def look(position: Position, context: Context | None) -> Turn:
    """Some pages, and all they lead to. The position stays where time ended before all were asked.

    Raises DynamoError and botocore's errors.
    """
    at, start = position or (0, None)
    declared = [texts for service in settings.DECLARATIONS for texts in service.public_texts]
    if at >= len(declared):
        return Turn()
    texts = declared[at]
    question = partition(texts.table, texts.index_name, texts.partition, (texts.moment, "0", _up_to_now()))
    more = {"ExclusiveStartKey": start} if start else {}
    answer = shared().dispatch("Query", {**question, "Limit": PAGES, **more})
    pages = list(_read(texts, [row[texts.key]["S"] for row in answer["Items"]]))
    known = _ask(pages, context)
    if known is None:
        return Turn([at, start])
    following = answer.get("LastEvaluatedKey")
    numbers = {
        "pages": len(pages),
        "links": sum(len(page.addresses) + len(page.pages) for page in pages),
        "pictures": sum(len(page.pictures) for page in pages),
    }
    found = [*_lost_pages(texts, pages), *_lost_pictures(pages), *_broken(pages, known)]
    return Turn([at, following] if following else [at + 1, None], {**numbers, "broken": len(found)}, found)


def _up_to_now() -> str:
    return f"{now():%Y-%m-%dT%H:%M:%S}~"


# --- What pages have --------------------------------------------------------------------------------------------------


def _read(texts: PublicTexts, keys: Sequence[str]) -> Iterator[Page]:
    for row in rows(texts.table, texts.key, keys, [texts.key, texts.body, texts.picture]):
        page = Page(texts.path.format(row[texts.key]["S"]))
        body = row.get(texts.body, {}).get("B")
        if body:
            _sort(page, texts, references(zlib.decompress(body).decode()))
        shown = row.get(texts.picture, {}).get("M", {}).get("renditions", {}).get("L", [])
        page.pictures.update(each["M"]["webp"]["S"] for each in shown)
        yield page


def references(html: str) -> set[str]:
    """What a page's links and pictures name."""
    parser = _References()
    parser.feed(html)
    return parser.found


def _sort(page: Page, texts: PublicTexts, found: Iterable[str]) -> None:
    site = env.text("SITE_URL").rstrip("/")
    before, _, after = f"{site}{texts.path}".partition("{}")
    folders = _picture_folders(site)
    for each in found:
        try:
            address = urldefrag(urljoin(f"{site}{page.place}", each)).url
        except ValueError:
            page.unfit.add(each)
            continue
        picture = next((key + address.removeprefix(one) for one, key in folders if address.startswith(one)), "")
        key = address.removeprefix(before).removesuffix(after)
        if picture and len(picture.encode()) <= MOST_BYTES:
            page.pictures.add(picture)
        elif address.startswith(before) and KEY.fullmatch(key):
            page.pages.add(key)
        elif urlsplit(address).scheme in fetch.PORTS:
            page.addresses.add(address)


def _picture_folders(site: str) -> list[tuple[str, str]]:
    """Where pictures of our own are, and how their keys begin: at the site, and at the bucket's own address."""
    found = []
    for published in (each for service in settings.DECLARATIONS for each in service.published if each.variable):
        folder = published.path.split("/", 2)[2].removesuffix("*")  # /pictures/blog/* is blog/
        found.append((f"{site}/{published.origin}/{folder}", folder))
        if bucket := env.text(published.variable, ""):
            found.append((f"{bucket}/{folder}", folder))
    return found


# --- What is ours -----------------------------------------------------------------------------------------------------


def _lost_pages(texts: PublicTexts, pages: Sequence[Page]) -> Iterator[Found]:
    wanted = sorted(set().union(*(page.pages for page in pages)))
    public = {
        row[texts.key]["S"]
        for row in rows(texts.table, texts.key, wanted, [texts.key, texts.moment, texts.moved])
        if texts.moved in row or row.get(texts.moment, {}).get("S", "~") <= _up_to_now()
    }
    for page in pages:
        for key in sorted(page.pages - public):
            yield ["page", page.place, texts.path.format(key), "there is no such page"]


def _lost_pictures(pages: Sequence[Page]) -> Iterator[Found]:
    bucket = env.text("THUMBNAILS_BUCKET", "none")
    wanted = sorted(set().union(*(page.pictures for page in pages))) if bucket != "none" else []
    with ThreadPoolExecutor(THREADS) as threads:
        is_there = dict(zip(wanted, threads.map(lambda key: _is_there(bucket, key), wanted), strict=True))
    for page in pages:
        for key in sorted(page.pictures):
            if not is_there.get(key, True):
                yield ["picture", page.place, key, "there is no such file"]


def _is_there(bucket: str, key: str) -> bool:
    try:
        client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
            return False
        raise
    return True


# --- What is others' --------------------------------------------------------------------------------------------------


def _ask(pages: Sequence[Page], context: Context | None) -> Mapping[str, Link] | None:
    """What is known of each address, asked as far as it is due; None if time ended before all were."""
    wanted = {digest_of(address): address for page in pages for address in page.addresses}
    known = {raw["digest"]["S"]: Link.from_raw_data(raw) for raw in rows("links", "digest", list(wanted))}
    places = {address: [page.place for page in pages if address in page.addresses] for address in wanted.values()}
    due = sorted(address for digest, address in wanted.items() if _is_due(known.get(digest)))
    for first in range(0, len(due), ASKED):
        # After the first ones: each turn has to come further.
        if first and context and context.get_remaining_time_in_millis() < RESERVE:
            return None
        for address, answer in _answers([each for each in due[first : first + ASKED] if _may_ask(each)]):
            row = _note(address, places[address], known.get(digest_of(address)), answer)
            known[row.digest] = row
    return known


def _is_due(row: Link | None) -> bool:
    at: datetime | None = row.checked_at if row else None
    return at is None or at < now() - (BROKEN_FOR if row and row.failures else FINE_FOR)


def _may_ask(address: str) -> bool:
    return _is_own(address) or count(f"links:{digest_of(str(urlsplit(address).hostname))}", DAY)[0] <= MOST_PER_HOST


def _is_own(address: str) -> bool:
    return address.startswith(f"{env.text('SITE_URL').rstrip('/')}/")


def _answers(addresses: Sequence[str]) -> Iterator[tuple[str, fetch.Answer]]:
    """What each answers: hosts side by side, addresses of one host one after the other, as far as HOST_SECONDS go."""
    hosts: dict[str, list[str]] = {}
    for address in addresses:
        hosts.setdefault(urlsplit(address).netloc, []).append(address)
    with ThreadPoolExecutor(THREADS) as threads:
        for answers in threads.map(_ask_host, hosts.values()):
            yield from answers


def _ask_host(addresses: Sequence[str]) -> list[tuple[str, fetch.Answer]]:
    until = time.monotonic() + HOST_SECONDS
    found: list[tuple[str, fetch.Answer]] = []
    agent = f"Mozilla/5.0 (compatible; link checker; +{env.text('SITE_URL')})"
    for address in addresses:
        if found:
            time.sleep(PAUSE)
        if time.monotonic() > until:
            break
        found.append((address, fetch.look(address, agent=agent, allowed=_judge(address))))
    return found


def _judge(address: str) -> fetch.Judge:
    """On a laptop the site itself is at no public address."""
    is_here = _is_own(address) and env.text("AWS_ENDPOINT_URL", "")
    return (lambda found, _: ip_address(found).is_loopback) if is_here else fetch.is_public


def _note(address: str, places: Sequence[str], before: Link | None, answer: fetch.Answer) -> Link:
    """Keep what it answered. One PutItem."""
    at, failures = now(), int(before.failures) + 1 if before and answer.reason else int(bool(answer.reason))
    is_broken = answer.certain or failures >= FAILURES
    row = Link(
        digest_of(address),
        address=address,
        checked_at=at,
        failures=failures,
        reason=answer.reason,
        places=list(dict.fromkeys([*places, *(before.places if before else ())]))[:PLACES],
        since=before.since if is_broken and before and before.shelf else at,
        shelf=BROKEN if is_broken else None,
        expires=at + LINK_KEPT,
    )
    row.save()
    return row


def _broken(pages: Sequence[Page], known: Mapping[str, Link]) -> Iterator[Found]:
    for page in pages:
        yield from (["link", page.place, each, fetch.UNFIT] for each in sorted(page.unfit))
        for address in sorted(page.addresses):
            row = known.get(digest_of(address))
            if row is not None and row.shelf:
                yield ["link", page.place, address, row.reason]
