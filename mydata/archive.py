"""A ZIP file that grows in S3 over several invocations: parts of a multipart upload, and a checkpoint beside them.

    with Archive(bucket, "exports/ann/1.zip") as archive:
        archive.add("a.txt", [b"text"], now())
        archive.save()
    with Archive(bucket, "exports/ann/1.zip") as archive:  # in another process, perhaps
        archive.finish()

Nothing but the current part is held in memory. Whoever dies does so without a trace: what the last checkpoint knows is
as it was, and parts that it does not know are written again. A key is written once; give each file a new one.
"""

import json
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from config.aws import client

# S3 takes 10,000 parts: 160 GB.
PART_BYTES = 16 * 1024 * 1024
# Below the lowest that S3's clock and ZIP's, which begins in 1980, have in common.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_KEPT = (
    "CRC", "compress_size", "file_size", "header_offset", "flag_bits", "create_version", "extract_version",
    "external_attr",
)  # fmt: skip


class Lost(Exception):
    """S3 knows the upload no more, as after a day without an end: the next try begins from the start."""


class Archive:
    """One ZIP file under way. `notes` is the caller's own, kept with the checkpoint: anything of JSON.

    All methods raise Lost and botocore's errors.
    """

    def __init__(self, bucket: str, key: str) -> None:
        self._bucket, self._key = bucket, key
        s3, said = client("s3"), {}
        with suppress(s3.exceptions.NoSuchKey):
            said = json.loads(s3.get_object(Bucket=bucket, Key=f"{key}.part")["Body"].read())
        self.notes: dict[str, Any] = said.get("notes", {})
        self._parts = _Parts(bucket, key, said)
        # Without `seek` ZipFile takes it for a file that can't go back: it writes sizes behind each entry.
        target: Any = self._parts
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False)
        for entry in said.get("entries", ()):
            info = zipfile.ZipInfo(entry["filename"], tuple(entry["date_time"]))
            info.compress_type = zipfile.ZIP_DEFLATED
            for name in _KEPT:
                setattr(info, name, entry[name])
            self._zip.filelist.append(info)
            self._zip.NameToInfo[info.filename] = info

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.fp = None  # or ZipFile would end the file when it is forgotten

    @property
    def names(self) -> Iterable[str]:
        """What is in it so far."""
        return self._zip.NameToInfo.keys()

    def add(self, name: str, chunks: Iterable[bytes], at: datetime, *, packed: bool = False) -> int:
        """Add a file of less than 2 GiB; its size in bytes. `packed` is for what can't be made smaller, as pictures.

        A larger one raises RuntimeError: it would need ZIP64, which not all know who read a ZIP from its beginning.
        """
        info = zipfile.ZipInfo(name, max(_EPOCH, at.timetuple()[:6]))
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        # Level 0 is no STORED: who reads a ZIP from its beginning finds the end of a packed entry alone.
        info._compresslevel = 0 if packed else 6  # type: ignore[attr-defined]
        with self._zip.open(info, "w") as entry:
            for chunk in chunks:
                entry.write(chunk)
        return info.file_size

    def save(self) -> None:
        """Keep it as it is, for another process to go on with."""
        entries = [
            {"filename": info.filename, "date_time": info.date_time, **{name: getattr(info, name) for name in _KEPT}}
            for info in self._zip.filelist
        ]
        said = {"notes": self.notes, "entries": entries, **self._parts.state()}
        client("s3").put_object(Bucket=self._bucket, Key=f"{self._key}.part", Body=json.dumps(said).encode())

    def finish(self) -> int:
        """Make it a whole file; its size in bytes. The checkpoint goes."""
        self._zip.close()
        size = self._parts.finish()
        client("s3").delete_object(Bucket=self._bucket, Key=f"{self._key}.part")
        return size


class _Parts:
    """A file to write to, in parts of PART_BYTES; S3 wants at least 5 MiB of each but the last."""

    def __init__(self, bucket: str, key: str, said: dict[str, Any]) -> None:
        self._at: Any = {"Bucket": bucket, "Key": key}
        # As parts have it, which S3 wants to know before; of the full object, so that the end need not name them.
        checksum: Any = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
        self._upload: str = (
            said.get("upload")
            or client("s3").create_multipart_upload(**self._at, **checksum, ContentType="application/zip")["UploadId"]
        )
        self._tags: list[str] = said.get("tags", [])
        self._left = bytearray(b64decode(said.get("left", "")))
        self._size: int = said.get("size", 0)

    def state(self) -> dict[str, Any]:
        return {
            "upload": self._upload,
            "tags": list(self._tags),
            "left": b64encode(self._left).decode(),
            "size": self._size,
        }

    def write(self, data: bytes) -> int:
        self._left += data
        self._size += len(data)
        while len(self._left) >= PART_BYTES:
            self._send(bytes(self._left[:PART_BYTES]))
            del self._left[:PART_BYTES]
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """A part goes when it is full."""

    def finish(self) -> int:
        s3 = client("s3")
        self._send(bytes(self._left))
        parts: Any = [{"PartNumber": number, "ETag": tag} for number, tag in enumerate(self._tags, 1)]
        try:
            s3.complete_multipart_upload(**self._at, UploadId=self._upload, MultipartUpload={"Parts": parts})
        except s3.exceptions.NoSuchUpload as error:
            raise Lost(self._at["Key"]) from error
        return self._size

    def _send(self, part: bytes) -> None:
        s3 = client("s3")
        try:
            number = len(self._tags) + 1
            answer = s3.upload_part(**self._at, UploadId=self._upload, PartNumber=number, Body=part)
        except s3.exceptions.NoSuchUpload as error:
            s3.delete_object(Bucket=self._at["Bucket"], Key=f"{self._at['Key']}.part")
            raise Lost(self._at["Key"]) from error
        self._tags.append(answer["ETag"])
