"""The file of an import, as it lies in S3: a ZIP of an export, its data.json, or an iCalendar file.

Of a ZIP nothing is unpacked but data.json, which is read piece by piece from S3: names and sizes that somebody made up
lead nowhere. What does not look like an export is refused all the same, before anything is changed.
"""

import io
import re
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from config.aws import client

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A file, and what is read of it: a ZIP may hold files of the user's, data.json and a calendar are text.
MAX_FILE_BYTES, MAX_TEXT_BYTES = 2_000_000_000, 32_000_000
# Of a ZIP: entries, and bytes of the list of them, which has to be read as a whole.
MAX_ENTRIES, MAX_LIST_BYTES = 20_000, 8_000_000
_END, _END_BYTES, _ZIP64, _ZIP64_BYTES = b"PK\x05\x06", 22, b"PK\x06\x07", 20
_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError)
_BUFFER = 256 * 1024


class Refused(Exception):
    """A file that is no import. The message says why, to its user."""


def read(bucket: str, key: str) -> tuple[str, bytes]:
    """The kind of the file, `json` or `ical`, and its text. Raises Refused and botocore's errors."""
    from botocore.exceptions import ClientError

    try:
        size = client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"]
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            raise Refused("No file has been uploaded.") from error
        raise
    if size > MAX_FILE_BYTES:
        raise Refused(f"The file is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
    remote = _Remote(bucket, key, size)
    if remote.read(2) == b"PK":
        return "json", _from_zip(remote)
    if size > MAX_TEXT_BYTES:
        raise Refused(f"The file is larger than {MAX_TEXT_BYTES // 1_000_000} MB.")
    remote.seek(0)
    text = remote.read(size)  # at once: without a size, it would ask for 8 KB at a time
    if _begins_as_json(text):
        return "json", text
    if re.match(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR\s", text[:1000], re.IGNORECASE):
        return "ical", text
    raise Refused("This is neither a ZIP file of an export, nor its data.json, nor an iCalendar file.")


def _begins_as_json(text: bytes) -> bool:
    return text[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def _from_zip(remote: "_Remote") -> bytes:
    _check_end(remote)
    try:
        with zipfile.ZipFile(cast(BinaryIO, io.BufferedReader(remote, _BUFFER))) as packed:
            entries = packed.infolist()
            for entry in entries:
                _check(entry)
            data = [entry for entry in entries if entry.filename == "data.json"]
            if len(data) != 1:
                raise Refused("The ZIP file has no data.json." if not data else "The ZIP file has two of data.json.")
            with packed.open(data[0]) as file:
                text = file.read(MAX_TEXT_BYTES + 1)
    except _DAMAGED as error:
        raise Refused("The ZIP file is damaged.") from error
    if len(text) > MAX_TEXT_BYTES:
        raise Refused(f"Its data.json is larger than {MAX_TEXT_BYTES // 1_000_000} MB.")
    if not _begins_as_json(text):
        raise Refused("Its data.json is no JSON.")
    return text


def _check_end(remote: "_Remote") -> None:
    """Before the list of entries is read, what its end says of it: a liar's list is at most as long. Raises Refused."""
    # The longest comment behind the end, and before that what says that there is one of ZIP64.
    tail_bytes = min(remote.size, 65_535 + _END_BYTES + _ZIP64_BYTES)
    remote.seek(remote.size - tail_bytes)
    tail = remote.read(tail_bytes)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise Refused("The ZIP file is damaged.")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    list_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    if entries > MAX_ENTRIES or list_bytes > MAX_LIST_BYTES or tail[max(0, at - _ZIP64_BYTES) : at].startswith(_ZIP64):
        raise Refused(f"The ZIP file has more than {MAX_ENTRIES} files: import its data.json alone.")


def _check(entry: zipfile.ZipInfo) -> None:
    """Raises Refused for what no export has."""
    name = entry.filename
    if entry.flag_bits & 0x1:
        raise Refused("The ZIP file is encrypted.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(f"The ZIP file has a link: {name[:100]!r}.")
    if (
        "\\" in entry.orig_filename
        or re.match(r"[A-Za-z]:", name)
        or not {"", ".", ".."}.isdisjoint(name.removesuffix("/").split("/"))
    ):
        raise Refused(f"The ZIP file has a name that leads out of its folder: {name[:100]!r}.")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused("The ZIP file is packed in a way that an export is not.")


class _Remote(io.RawIOBase):
    """An object of S3 as a file that is read from anywhere, by ranges."""

    def __init__(self, bucket: str, key: str, size: int) -> None:
        super().__init__()
        self.size, self._object, self._at = size, {"Bucket": bucket, "Key": key}, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence])
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        wanted = min(len(view), self.size - self._at)
        if wanted <= 0:
            return 0
        last = self._at + wanted - 1
        body: Any = client("s3").get_object(**self._object, Range=f"bytes={self._at}-{last}")["Body"]  # type: ignore[arg-type]
        data = body.read()
        view[: len(data)] = data
        self._at += len(data)
        return len(data)
