"""A server that answers as it is told, byte by byte: what DynamoDB's network does on a bad day."""

import socket
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

DROP, SILENCE, CLOSE_AFTER = b"drop", b"silence", b"close after"


def answer(content: bytes, status: int = 200, checksum: int | None = None) -> bytes:
    """A response with its checksum, which is right unless another is given."""
    checksum = zlib.crc32(content) if checksum is None else checksum
    head = f"HTTP/1.1 {status} Told\r\nContent-Length: {len(content)}\r\nx-amz-crc32: {checksum}\r\n\r\n"
    return head.encode() + content


def refusal(code: str, status: int = 400) -> bytes:
    """An error of DynamoDB's."""
    return answer(b'{"__type":"com.amazonaws.dynamodb.v20120810#%b","message":"told so"}' % code.encode(), status)


@dataclass
class BrokenServer:
    """Does the next thing of `script` for each request; `connections` and `requests` are what came."""

    script: list[bytes]
    url: str
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.connections += 1
                Thread(target=self._converse, args=(client,), daemon=True).start()

    def _converse(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            while request := self._receive(client):
                self.requests.append(request)
                told = self.script.pop(0)
                if told == DROP:
                    return
                if told == SILENCE:
                    time.sleep(5)
                    return
                client.sendall(told.removeprefix(CLOSE_AFTER))
                if told.startswith(CLOSE_AFTER):
                    return

    @staticmethod
    def _receive(client: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            part = client.recv(65536)
            if not part:
                return b""
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += client.recv(65536)
        return head + b"\r\n\r\n" + body


@contextmanager
def broken_server(*script: bytes) -> Iterator[BrokenServer]:
    """A server on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = BrokenServer(list(script), f"http://127.0.0.1:{listener.getsockname()[1]}")
        Thread(target=server.serve, args=(listener,), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
