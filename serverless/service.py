"""What a service says of itself. `todos/service.py` and its like hold one `Service`; config/services.py lists them.

Deployments, linters and every function read the declarations, so this imports neither Django nor anything heavy.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple


class EventSource(NamedTuple):
    """A queue, the stream of a table, or a stream of Kinesis, whose events a handler of the service takes.

    Names are without what a stage puts before them: `thumbnails` is `serverless-django-production-thumbnails`.
    """

    name: str
    handler: str
    """The function's path: `media.events.create_thumbnails`."""
    stream: bool = False
    """Whether `name` is a table's, and its stream is read; otherwise it is a queue's."""
    kinesis: bool = False
    """Whether `name` is that of a stream of Kinesis."""
    failures: str = ""
    """The queue of events that no retry could handle; none where they may be lost."""

    @property
    def is_queue(self) -> bool:
        """Whether `name` is a queue's."""
        return not (self.stream or self.kinesis)


class Worker(NamedTuple):
    """A function that answers no requests. The service's stack makes it, of a package of the service alone.

    On a laptop a function of the same name forwards its events to the server.
    """

    name: str
    """Without what a stage puts before it: `updates-signer`."""
    handler: str
    """What takes its events: `updates.signer.handler`."""
    requirements: frozenset[str] = frozenset()
    """Distributions of requirements.txt that it needs, and the function that answers requests does not."""
    in_each_region: bool = False
    """Whether a second region has one of its own; otherwise it runs in the home region alone."""
    takes_exports: bool = False
    """Whether it calls `exports` and `imports` of all services, whose code is in its package then."""


class PersonalRows(NamedTuple):
    """Rows of a table that are a user's, and go with their account.

    Where `attribute` is the first key they are queried, else the table is scanned: keep it small.
    """

    table: str
    keys: tuple[str, ...] = ("owner", "id")
    attribute: str = "owner"
    by_address: bool = False
    """Whether `attribute` is the user's address, in small letters, rather than their `sub`."""
    is_part: bool = False
    """Whether the attribute only contains it, as a counter's key does."""
    stays_with: str = ""
    """An attribute whose rows stay, as they are published."""


class SignedRows(NamedTuple):
    """Published rows, which stay when their author's account goes, under a name the author chose.

    An index has them by author, with their version, name, tags and place; rows of `copies` have the name, too, by a tag
    and the place, as `tag` and `sort`.
    """

    table: str
    index_name: str
    author: str
    key: str
    name: str
    tags: str
    place: str
    copies: str


class PersonalFiles(NamedTuple):
    """A user's folder in a bucket, every version of each file, which goes with their account."""

    bucket: str
    """The variable that names the bucket."""
    folder: str = "users/{owner}/"
    exported: bool = False
    """Whether an export of a user's data has its files, below `files/`."""


class PublicTexts(NamedTuple):
    """Pages that anybody reads, whose links and pictures are looked after.

    `partition` and a range key that begins with a time list them in an index; rows of `table` have the rest by `key`.
    """

    table: str
    index_name: str
    partition: tuple[str, str]
    moment: str
    key: str
    path: str
    """A page's path; `{}` is its key."""
    body: str
    """The attribute with its HTML, deflated by zlib."""
    picture: str
    """The attribute with the renditions of its own picture."""
    moved: str
    """The attribute that a former address leads on by."""


class StoredFiles(NamedTuple):
    """A bucket whose files each have a row: the second part of a file's key is the row's `owner`."""

    bucket: str
    """The variable that names the bucket."""
    folders: tuple[str, ...]
    table: str
    attribute: str
    """The attribute of a row that is the file's key."""
    unfinished: tuple[str, ...]
    """What `status` says of rows whose file has not come, or is still worked on."""


class Told(NamedTuple):
    """What the weekly mail tells of a table: how many rows of an index are of the week, or which are the first.

    With `top`, the partition is yesterday's month, such as 2026-11, and the mail has the first rows by their number.
    """

    title: str
    table: str
    index_name: str
    partition: tuple[str, str]
    moment: str = ""
    only: tuple[str, str] | None = None
    """An attribute and the value it has in rows that count."""
    top: tuple[str, str] | None = None
    """The attributes with a row's name and its number."""


class Published(NamedTuple):
    """A bucket that CloudFront shows to everybody under one path."""

    bucket: str
    """The output of the service's stack that names it."""
    path: str
    """A pattern such as `/pictures/blog/*`; its first part names the origin."""
    variable: str = ""
    """What the functions are told its address by, when they are: `THUMBNAILS_URL`."""
    byte_for_byte: bool = False
    """Whether it is sent as it lies there, so that a download can go on where it broke off; else by its headers."""

    @property
    def origin(self) -> str:
        """What CloudFront calls the bucket: `pictures`."""
        return self.path.split("/")[1]

    @property
    def parameter(self) -> str:
        """The edge template's parameter for the bucket's host name; `Second` is before that of the second region."""
        return f"{self.bucket}Host"


class Service(NamedTuple):
    """One service: its folder is a Django app of the same name."""

    name: str
    title: str
    urls: str = ""
    """Its module of URLs; none for a service that no function serves, such as software updates."""
    api_index: Mapping[str, str] = {}
    """Its entries in the API's index, `/api/`: path by name."""
    sources: tuple[EventSource, ...] = ()
    tasks: Mapping[str, str] = {}
    """Functions that states of its state machines call: path by name. Each takes the state's input, and the context."""
    workers: tuple[Worker, ...] = ()
    tables: tuple[str, ...] = ()
    """Its tables, which a second region has replicas of; names as an EventSource has them."""
    buckets: tuple[str, ...] = ()
    """Its buckets by the outputs of its stack; a second region has copies of their files."""
    outputs: Mapping[str, str] = {}
    """What the functions are told of its stack: output by variable (docs/settings.md)."""
    personal_rows: tuple[PersonalRows, ...] = ()
    signed_rows: tuple[SignedRows, ...] = ()
    personal_files: tuple[PersonalFiles, ...] = ()
    personal_schedules: tuple[str, ...] = ()
    """Groups of schedules, without what a stage puts before them. Names of a user's begin with `personal_prefix`."""
    public_texts: tuple[PublicTexts, ...] = ()
    stored_files: tuple[StoredFiles, ...] = ()
    told: tuple[Told, ...] = ()
    exports: Mapping[str, str] = {}
    """What an export of a user's data has of it: functions of the owner by name, called by a worker that knows no site.

    One of a file, such as `todos.csv`, yields its text; any other yields objects of JSON, for an array of `data.json`.
    Where an object has `key`, of a file in a personal folder, the export says its path in the ZIP instead.
    """
    imports: str = ""
    """A function that makes of a user's file what the service keeps: todos/imports.py says how it is called."""
    calls: tuple[str, ...] = ()
    """Services it asks by REST, which have to be deployed before it."""

    # --- What its settings are ---
    permissions: Mapping[str, frozenset[str]] = {}
    """What members of a group of the user pool may do: permissions by group, such as `{"notes.view_note"}`."""
    throttles: Mapping[str, tuple[tuple[str, int, int], ...]] = {}
    """Limits by scope, each (counted by, at most, in so many seconds). Counted by: address, network, user or all."""
    enums: Mapping[str, tuple[str, ...]] = {}
    """Names of choices in the API's schema, where two fields of one name differ."""
    hooks: Mapping[str, str] = {}
    """Functions that other services call where this one is served, too: path by name."""
    has_admin: bool = False
    """Whether the function that serves it serves the admin, too."""
    error_pages: str = ""
    """The module with `page_not_found` and `server_error` for people; the API's problems if there is none."""

    # --- CloudFront ---
    is_default: bool = False
    """Whether it gets all paths that no other service claims."""
    published: tuple[Published, ...] = ()
    counted_path: str = ""
    """Public pages whose requests CloudFront logs where `count_reads` asks for it: a pattern such as `/posts/*`."""
    socket: str = ""
    """The output of its stack with the id of its WebSocket API, which CloudFront has at the service's name: `/live`."""
    private_paths: tuple[str, ...] = ()
    """Beginnings of paths, each with its slashes, that no cache may keep."""

    # --- API Gateway's cache, for stages without CloudFront ---
    cached_reads: Mapping[str, tuple[str, ...]] = {}
    """Public reads it may keep: for each path, as `/api/blog/posts/{slug}`, all query parameters it declares."""

    # --- Its own function ---
    memory_mb: int = 1024
    timeout_seconds: int = 30
    requirements: frozenset[str] = frozenset()
    """Distributions of requirements.txt that it needs and not every service does."""
    aws: frozenset[str] = frozenset()
    """The services of AWS it makes a boto3 client of."""

    @property
    def is_served(self) -> bool:
        """Whether a function serves it."""
        return bool(self.urls)


def personal_prefix(owner: str) -> str:
    """What the names of a user's schedules begin with; whose it is can't be read from it."""
    return hashlib.sha256(owner.encode()).hexdigest()[:24]
