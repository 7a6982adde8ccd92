"""Keys are fetched when needed, rarely, from a safe place only, and kept when Cognito can't be reached."""

import json
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from accounts.keys import KeySet, KeysUnavailable, UnknownKey, decode_base64url, parse_keys
from accounts.tokens import InvalidToken, Refusal, TokenUse, Verifier
from tests.accounts.issuer import CLIENT, ISSUER, Issuer, KeyServer, key_document, key_server

OLD = Issuer(kid="old")
NEW = Issuer(kid="new")
SHORT = "x" * 170 + "w"  # an odd number of 1,026 bits


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with key_server(key_document(OLD)) as running:
        yield running


def verifier(keys: KeySet) -> Verifier:
    return Verifier(keys, issuer=ISSUER, client_ids=frozenset({CLIENT}))


def knows(keys: KeySet, kid: str) -> bool:
    try:
        return bool(keys.get(kid))
    except UnknownKey:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come true within 10 s"
        time.sleep(0.005)


def test_it_fetches_nothing_until_a_key_is_needed(server: KeyServer) -> None:
    keys = KeySet(server.url)
    assert server.requests == 0
    keys.get("old")
    keys.get("old")
    assert server.requests == 1


def test_it_never_fetches_a_key_that_came_with_the_deployment(server: KeyServer) -> None:
    KeySet(server.url, key_document(OLD)).get("old")
    assert server.requests == 0


def test_it_follows_a_rotation(server: KeyServer) -> None:
    verify = verifier(KeySet(server.url, key_document(OLD))).verify
    former, next_one = OLD.sign(OLD.claims()), NEW.sign(NEW.claims())
    verify(former, TokenUse.ACCESS)
    server.document = key_document(NEW)
    verify(next_one, TokenUse.ACCESS)
    # A withdrawn key may be a stolen one: even a token that was accepted before is refused now.
    with pytest.raises(InvalidToken) as refusal:
        verify(former, TokenUse.ACCESS)
    assert refusal.value.reason is Refusal.KEY


def test_it_fetches_once_for_a_thousand_made_up_kids(server: KeyServer) -> None:
    keys = KeySet(server.url, key_document(OLD))
    for number in range(1000):
        with pytest.raises(UnknownKey):
            keys.get(f"made-up-{number}")
    assert server.requests == 1


def test_it_fetches_once_for_many_threads_at_the_same_time(server: KeyServer) -> None:
    keys = KeySet(server.url)
    server.ready.clear()
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(keys.get("old"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    wait_until(lambda: server.requests == 1)
    server.ready.set()
    for thread in threads:
        thread.join(timeout=10)
    assert len(found) == 20
    assert server.requests == 1


def test_it_fetches_again_after_the_interval(server: KeyServer) -> None:
    keys = KeySet(server.url, key_document(OLD), interval=0.05)
    with pytest.raises(UnknownKey):
        keys.get("new")
    server.document = key_document(OLD, NEW)
    wait_until(lambda: knows(keys, "new"))


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_it_keeps_its_keys_and_its_patience_when_cognito_fails(server: KeyServer, status: int) -> None:
    keys = KeySet(server.url, key_document(OLD))
    server.status = status
    for number in range(50):
        with pytest.raises(KeysUnavailable):
            keys.get(f"made-up-{number}")
    assert server.requests == 1
    assert keys.get("old")


@pytest.mark.parametrize(
    "document",
    ["", "no JSON", "[]", "{}", '{"keys": {}}', '{"keys": []}', '{"keys": [1, null, "key"]}', "x" * 100_000],
    ids=lambda document: document[:20] or "empty",
)
def test_it_keeps_its_keys_when_the_answer_is_no_key_set(server: KeyServer, document: str) -> None:
    keys = KeySet(server.url, key_document(OLD))
    server.document = document
    with pytest.raises(KeysUnavailable):
        keys.get("new")
    assert keys.get("old")


def test_it_reads_no_endless_answer(server: KeyServer) -> None:
    server.document = key_document(NEW) + " " * 64 * 1024
    with pytest.raises(KeysUnavailable):
        KeySet(server.url, key_document(OLD)).get("new")


def test_it_goes_on_verifying_when_nothing_listens() -> None:
    verify = verifier(KeySet("http://127.0.0.1:1/jwks.json", key_document(OLD))).verify
    with pytest.raises(KeysUnavailable):
        verify(NEW.sign(NEW.claims()), TokenUse.ACCESS)
    assert verify(OLD.sign(OLD.claims()), TokenUse.ACCESS).username == "alice"


def test_it_says_so_when_there_is_no_key_at_all() -> None:
    keys = KeySet("http://127.0.0.1:1/jwks.json")
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            keys.get("old")


def test_it_finds_known_keys_while_a_fetch_hangs(server: KeyServer) -> None:
    keys = KeySet(server.url, key_document(OLD))
    server.ready.clear()
    asking = threading.Thread(target=lambda: knows(keys, "made-up"))
    asking.start()
    wait_until(lambda: server.requests == 1)
    assert keys.get("old")
    assert asking.is_alive(), "the fetch ended before the known key was asked for"
    server.ready.set()
    asking.join(timeout=10)


def test_it_gives_up_on_a_server_that_does_not_answer(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.remote.TIMEOUT_SECONDS", 0.1)
    server.ready.clear()
    keys = KeySet(server.url, key_document(OLD))
    with pytest.raises(KeysUnavailable):
        keys.get("made-up")


def test_it_follows_no_redirect(server: KeyServer) -> None:
    with key_server(key_document(NEW)) as elsewhere:
        server.status, server.headers = 302, {"Location": elsewhere.url}
        with pytest.raises(KeysUnavailable):
            KeySet(server.url, key_document(OLD)).get("new")
        assert elsewhere.requests == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://cognito-idp.us-east-1.amazonaws.com/pool/.well-known/jwks.json",
        "http://127.0.0.1.evil.example/jwks.json",
        "http://127.0.0.1@evil.example/jwks.json",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/jwks.json",
        "https:///jwks.json",
        "/jwks.json",
        "",
    ],
)
def test_it_reads_keys_from_no_unsafe_address(url: str) -> None:
    with pytest.raises(ValueError, match="read over https"):
        KeySet(url)


@pytest.mark.parametrize(
    "url", ["https://cognito-idp.us-east-1.amazonaws.com/p", "http://localhost:4566/p", "http://[::1]/p"]
)
def test_it_reads_keys_from_cognito_and_from_this_machine(url: str) -> None:
    assert KeySet(url, key_document(OLD)).get("old")


def test_it_passes_over_keys_of_other_kinds() -> None:
    others = [
        {**NEW.jwk, "kid": "for encryption", "use": "enc"},
        {**NEW.jwk, "kid": "for RS512", "alg": "RS512"},
        {**NEW.jwk, "kid": 5},
        {"kty": "EC", "kid": "elliptic", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "oct", "kid": "symmetric", "k": "AA"},
    ]
    assert set(parse_keys(json.dumps({"keys": [*others, OLD.jwk]}))) == {"old"}


@pytest.mark.parametrize(
    "change", [{"n": ""}, {"n": "not base64!"}, {"e": "Ag"}, {"e": None}, {"n": 3}, {"n": SHORT}], ids=str
)
def test_it_refuses_a_weak_or_malformed_key(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_keys(json.dumps({"keys": [{**OLD.jwk, **change}]}))


@pytest.mark.parametrize("text", ["YQ==", "YQ=", "YR", "Y", "Y Q", "YQ\n", "+/", "é", "YQ."])
def test_it_refuses_base64url_in_another_spelling(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_base64url(text)
