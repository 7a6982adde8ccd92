"""Whether an address of somebody else's answers. Posts name it, so whoever writes one must not reach what only we can.

Only public addresses are asked, at the ports of the web; the connection goes to the very address that was judged, each
redirect is judged anew, no body is read, and one address takes LONGEST seconds at most.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import urljoin, urlsplit

# Seconds: to connect and for each answer, and for all redirects of an address together.
TIMEOUT, LONGEST = 5.0, 15.0
REDIRECTS = 5
PORTS = {"http": 80, "https": 443}
# A page is gone, or will not be there by trying again.
GONE = {404, 410}
# They answer people and not programs, or want to be left in peace: nothing is known of the page.
SILENT = {401, 402, 403, 405, 406, 407, 418, 425, 429, 451, 501, 999}
UNFIT = "is no address of the public web"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Answer:
    """What came of it: an empty reason if all is well. `certain`: no later try is worth waiting for."""

    reason: str = ""
    certain: bool = False


class Unfit(Exception):
    """The address must not be asked, or has no answer. The message says why."""


class Nowhere(Unfit):
    """There is no such host, or it does not answer just now."""


Judge = Callable[[str, int], bool]


def is_public(address: str, port: int) -> bool:
    """Whether an IP address is one that anybody may ask, and the port one of the web's."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.sixtofour or found in _NAT64):
        return False
    return found.is_global and not found.is_multicast and port in PORTS.values()


def look(url: str, *, agent: str, allowed: Judge = is_public) -> Answer:
    """Ask for it: HEAD, then GET where that is refused or has no answer. `allowed` judges IP addresses and ports."""
    until, status = time.monotonic() + LONGEST, 0
    try:
        with suppress(Nowhere):
            status = _status(url, "HEAD", agent, until, allowed)
        if not status or (status >= 400 and status != 429):
            status = _status(url, "GET", agent, until, allowed)
    except Nowhere as error:
        return Answer(str(error))
    except Unfit as error:
        return Answer(str(error), certain=True)
    except (OSError, HTTPException, ValueError) as error:
        return Answer(f"no answer ({type(error).__name__})")
    if status < 400 or status in SILENT:
        return Answer()
    return Answer(f"answers {status}", certain=status in GONE)


def _status(url: str, method: str, agent: str, until: float, allowed: Judge) -> int:
    for _ in range(REDIRECTS + 1):
        status, place = _ask(url, method, agent, until, allowed)
        if place is None or status not in {301, 302, 303, 307, 308}:
            return status
        url = urljoin(url, place)
    raise Unfit(f"more than {REDIRECTS} redirects")


def _ask(url: str, method: str, agent: str, until: float, allowed: Judge) -> tuple[int, str | None]:
    from urllib3.util import parse_url

    parts = urlsplit(url)
    host, port = _host(parts.hostname or ""), parts.port or PORTS.get(parts.scheme, 0)
    if parts.scheme not in PORTS or parts.username is not None or not host:
        raise Unfit(UNFIT)
    left = min(TIMEOUT, until - time.monotonic())
    if left <= 0:
        raise Nowhere(f"no answer within {LONGEST:.0f} seconds")
    headers = {"Host": host if port == PORTS[parts.scheme] else f"{host}:{port}", "User-Agent": agent, "Accept": "*/*"}
    address = resolve(host, port, allowed)
    try:
        with _connected(address, port, left, host if parts.scheme == "https" else None) as connection:
            connection.request(method, parse_url(url).request_uri, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers["Location"]
    except ssl.SSLCertVerificationError as error:
        raise Nowhere("its certificate is not good") from error
    except (OSError, HTTPException) as error:
        raise Nowhere(f"no answer ({type(error).__name__})") from error


@contextmanager
def _connected(address: str, port: int, left: float, name: str | None) -> Iterator[HTTPConnection]:
    """A connection, by TLS to who has this name, that ends with the time that is left: bytes begin a time-out anew.

    Raises OSError.
    """
    with socket.create_connection((address, port), left) as plain, plain.dup() as same:
        end = Timer(left, same.shutdown, (socket.SHUT_RDWR,))
        end.start()
        try:
            connection = HTTPConnection(address, port)
            connection.sock = _trust().wrap_socket(plain, server_hostname=name) if name else plain
            with closing(connection):
                yield connection
        finally:
            end.cancel()


def _host(name: str) -> str:
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        raise Unfit(UNFIT) from None


def resolve(host: str, port: int, allowed: Judge) -> str:
    """An IP address of the host. Raises Unfit unless all of them are allowed, Nowhere if there is none."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError):
        raise Nowhere("there is no such host") from None
    if not all(allowed(each, port) for each in found):
        raise Unfit("leads to an address that is not public")
    # Lambda has no IPv6 outside a VPC.
    return min(found, key=lambda each: ":" in each)


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
