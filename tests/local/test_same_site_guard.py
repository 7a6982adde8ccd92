"""No page of another site gets at the embedded AWS, which runs whatever code it is given."""

import os
import socket
from urllib.parse import urlsplit

import pytest
import urllib3

from infra.local.same_site_guard import is_foreign

STRANGE = [
    ("POST", "/2015-03-31/functions", {"Origin": "https://evil.example"}),
    ("POST", "/2015-03-31/functions", {"Origin": "null"}),
    ("POST", "/", {"Origin": "http://localhost.evil.example"}),
    ("OPTIONS", "/", {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}),
    ("GET", "/?Action=ListQueues", {"Sec-Fetch-Site": "cross-site"}),
    ("GET", "/?%41ction=ListQueues", {"Sec-Fetch-Site": "same-site"}),
    ("GET", "/_ministack/ses/kept", {"Host": "evil.example:4566", "User-Agent": "Mozilla/5.0 (X11)"}),
    ("GET", "/_ministack/ses/kept", {"Host": "[", "User-Agent": "Mozilla/5.0 (X11)"}),
]
OURS = [
    ("GET", "/?Action=ListQueues", {}),
    ("GET", "/?Action=ListQueues", {"Sec-Fetch-Site": "none", "User-Agent": "Mozilla/5.0 (X11)"}),
    ("OPTIONS", "/", {"Origin": "http://localhost:8000", "Access-Control-Request-Method": "POST"}),
    ("OPTIONS", "/", {"Origin": "http://127.0.0.1:8000", "Access-Control-Request-Method": "POST"}),
    ("GET", "/_ministack/health", {"Sec-Fetch-Site": "cross-site", "User-Agent": "Mozilla/5.0 (X11)"}),
    ("GET", "/_ministack/health", {"Host": "api.example.com"}),
]


def ask(method: str, path: str, headers: dict[str, str]) -> int:
    """The status the embedded AWS answers with."""
    url = f"{os.environ['AWS_ENDPOINT_URL']}{path}"
    return urllib3.request(method, url, headers=headers, retries=False, redirect=False).status


@pytest.mark.parametrize(("method", "path", "headers"), STRANGE)
def test_it_refuses_pages_of_other_sites(method: str, path: str, headers: dict[str, str]) -> None:
    assert ask(method, path, headers) == 403


def test_the_body_of_what_is_refused_is_not_taken_for_the_next_request() -> None:
    address = urlsplit(os.environ["AWS_ENDPOINT_URL"])
    headers = "Origin: https://evil.example\r\nExpect: 100-continue\r\nContent-Length: 5"
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=10) as connection:
        connection.sendall(f"PUT /bucket/key HTTP/1.1\r\nHost: {address.netloc}\r\n{headers}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b""))  # to its end: the connection is closed
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(("method", "path", "headers"), OURS)
def test_it_answers_programs_and_pages_of_this_machine(method: str, path: str, headers: dict[str, str]) -> None:
    assert ask(method, path, headers) == 200


@pytest.mark.parametrize("host", ["[::1]:4566", "bucket.localhost:4566", "127.0.0.2"])
def test_a_browser_may_call_this_machine_by_any_of_its_names(host: str) -> None:
    assert not is_foreign({"host": host, "user-agent": "Mozilla/5.0", "origin": f"http://{host}"}, b"")
