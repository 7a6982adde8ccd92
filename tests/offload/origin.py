"""A small application that hands out files and knows nothing of caches: `python -m tests.offload.origin FOLDER PORT`.

It is the unchanged application of the tests: ranges and conditions as RFC 9110 has them, an access log in the combined
format, at most so many bits a second for all its readers together, and one core.
"""

import argparse
import asyncio
import os
import re
import time
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

CHUNK = 16 * 1024
_REASONS = {200: "OK", 206: "Partial Content", 304: "Not Modified", 404: "Not Found", 416: "Range Not Satisfiable"}


class Line:
    """The network of the machine: `bits` a second, 0 for as many as there are."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.free_at = 0.0

    async def send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Write when the line is free."""
        if self.bits:
            start = max(time.monotonic(), self.free_at)
            self.free_at = start + len(data) * 8 / self.bits
            await asyncio.sleep(self.free_at - time.monotonic())
        writer.write(data)
        await writer.drain()


class Application:
    """Files of a folder; in each, `echo` answers with what it was asked, `broken` is a 500, `answer-302.zip` a 302."""

    def __init__(self, folder: Path, line: Line) -> None:
        self.folder = folder
        self.line = line
        self.log = (folder / "access.log").open("a", buffering=1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await self.answer(writer, first, headers, body)
                if headers.get("connection", "").lower() == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, writer: asyncio.StreamWriter, first: str, headers: dict[str, str], body: bytes) -> None:
        """One request."""
        method, target, _ = first.split(" ")
        path = target.partition("?")[0]
        if path.endswith("/echo"):
            said = "\n".join([first, *(f"{name}: {value}" for name, value in sorted(headers.items())), body.decode()])
            status, extra, content = 200, ["Content-Type: text/plain", "Set-Cookie: session=1"], said.encode()
        elif path.endswith("/broken"):
            status, extra, content = 500, [], b"broken"
        elif found := re.search(r"/answer-(\d+)", path):
            status, extra, content = int(found[1]), ["Location: /elsewhere"], b""
        else:
            status, extra, content = self.file(path, headers)
        length = [] if status == 304 else [f"Content-Length: {len(content)}"]
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}", *extra, *length]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        sent = 0
        try:
            if method != "HEAD":
                for start in range(0, len(content), CHUNK):
                    await self.line.send(writer, content[start : start + CHUNK])
                    sent = min(len(content), start + CHUNK)
            await writer.drain()
        finally:
            now = datetime.now(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
            self.log.write(f'127.0.0.1 - - [{now}] "{first}" {status} {sent} "-" "-"\n')

    def file(self, path: str, headers: dict[str, str]) -> tuple[int, list[str], bytes]:
        """Status, header lines and content."""
        found = self.folder / path.lstrip("/")
        if not found.is_file():
            return 404, [], b"not here"
        content = found.read_bytes()
        changed = found.stat().st_mtime
        tag = f'"{int(changed * 1e6):x}-{len(content):x}"'
        known = [f"ETag: {tag}", f"Last-Modified: {formatdate(changed, usegmt=True)}", "Accept-Ranges: bytes"]
        if headers.get("if-none-match") == tag:
            return 304, known, b""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("range", ""))
        if not wanted or headers.get("if-range", tag) != tag:
            return 200, known, content
        start, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if start > end:
            return 416, [f"Content-Range: bytes */{len(content)}"], b""
        return 206, [*known, f"Content-Range: bytes {start}-{end}/{len(content)}"], content[start : end + 1]


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--bits", type=int, default=0)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    server = await asyncio.start_server(
        Application(options.folder, Line(options.bits)).serve, "127.0.0.1", options.port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
