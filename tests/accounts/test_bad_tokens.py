"""Every forged, altered, foreign, stale or malformed token is refused, each for the reason that holds."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest

from accounts.keys import KeySet
from accounts.tokens import Claims, InvalidToken, Refusal, TokenUse, Verifier
from tests.accounts.issuer import CLIENT, ISSUER, SUB, Issuer, encode, key_document, key_server

DAY = 24 * 3600
US = Issuer()
STRANGER = Issuer(kid="stranger")
IMPOSTOR = Issuer(kid=US.kid)
OTHER_POOL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other0001"


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with key_server(key_document(US)) as server:
        keys = KeySet(server.url, key_document(US))
        yield Verifier(keys, issuer=ISSUER, client_ids=frozenset({CLIENT, "mobile-client"}))


def replace_part(index: int, text: str) -> str:
    parts = good().split(".")
    parts[index] = text
    return ".".join(parts)


def good(**changes: Any) -> str:
    return US.sign(US.claims(**changes))


def with_header(**headers: Any) -> str:
    return US.sign(US.claims(), **headers)


def unsigned(algorithm: str) -> str:
    return f"{encode({'alg': algorithm, 'kid': US.kid})}.{encode(US.claims())}."


def signed_with_public_key() -> str:
    """RS256's public key taken as HS256's secret: RFC 8725, section 2.1."""
    signed = f"{encode({'alg': 'HS256', 'kid': US.kid})}.{encode(US.claims())}"
    return f"{signed}.{encode(hmac.new(US.pem, signed.encode(), hashlib.sha256).digest())}"


def altered_payload() -> str:
    return replace_part(1, encode(US.claims(sub="00000000-0000-4000-8000-000000000000")))


def altered_signature() -> str:
    signature = bytearray(US.signature(good().rpartition(".")[0]))
    signature[100] ^= 1
    return replace_part(2, encode(bytes(signature)))


def respelt_signature() -> str:
    """Another last character for the same bytes: the four bits that base64 leaves unused."""
    token = good()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    respelt = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    signatures = [urlsafe_b64decode(each.rsplit(".", 1)[1] + "==") for each in (token, respelt)]
    assert signatures[0] == signatures[1]
    return respelt


def nested_deeply() -> str:
    return US.sign(b"[" * 5000)


BAD: dict[str, tuple[Callable[[], str], Refusal]] = {
    "unsigned": (lambda: unsigned("none"), Refusal.HEADER),
    "unsigned, odd case": (lambda: unsigned("nOnE"), Refusal.HEADER),
    "unsigned, empty algorithm": (lambda: unsigned(""), Refusal.HEADER),
    "unsigned, claiming RS256": (lambda: unsigned("RS256"), Refusal.SIGNATURE),
    "no algorithm": (lambda: with_header(alg=None), Refusal.HEADER),
    "algorithm a list": (lambda: with_header(alg=["RS256"]), Refusal.HEADER),
    "algorithm in lower case": (lambda: with_header(alg="rs256"), Refusal.HEADER),
    "HS256 with the public key": (signed_with_public_key, Refusal.HEADER),
    "HS256 by a library": (
        lambda: jwt.encode(US.claims(), "a secret of thirty-two characters", "HS256", headers={"kid": US.kid}),
        Refusal.HEADER,
    ),
    "RS512": (
        lambda: jwt.encode(US.claims(), US.private_key, "RS512", headers={"kid": US.kid}),
        Refusal.HEADER,
    ),
    "PS256": (
        lambda: jwt.encode(US.claims(), US.private_key, "PS256", headers={"kid": US.kid}),
        Refusal.HEADER,
    ),
    "PS256 claiming RS256": (
        lambda: replace_part(2, jwt.encode(US.claims(), US.private_key, "PS256").split(".")[2]),
        Refusal.SIGNATURE,
    ),
    "ES256": (lambda: with_header(alg="ES256"), Refusal.HEADER),
    "unknown kid": (lambda: STRANGER.sign(US.claims()), Refusal.KEY),
    "our kid, another key": (lambda: IMPOSTOR.sign(US.claims()), Refusal.SIGNATURE),
    "missing kid": (lambda: with_header(kid=None), Refusal.KEY),
    "empty kid": (lambda: with_header(kid=""), Refusal.KEY),
    "numeric kid": (lambda: with_header(kid=1), Refusal.KEY),
    "kid a list": (lambda: with_header(kid=[US.kid]), Refusal.KEY),
    "kid an object": (lambda: with_header(kid={"kid": US.kid}), Refusal.KEY),
    "kid like a path": (lambda: with_header(kid="../../../../dev/null"), Refusal.KEY),
    "kid like a URL": (lambda: with_header(kid="https://evil.example/jwks.json"), Refusal.KEY),
    "kid like SQL": (lambda: with_header(kid="' OR 1=1 --"), Refusal.KEY),
    "kid with a NUL": (lambda: with_header(kid=f"{US.kid}\0"), Refusal.KEY),
    "embedded jwk": (lambda: STRANGER.sign(US.claims(), jwk=STRANGER.jwk), Refusal.HEADER),
    "embedded jwk beside our kid": (lambda: IMPOSTOR.sign(US.claims(), jwk=IMPOSTOR.jwk), Refusal.HEADER),
    "jku": (lambda: STRANGER.sign(US.claims(), jku="https://evil.example/jwks.json"), Refusal.HEADER),
    "x5u": (lambda: STRANGER.sign(US.claims(), x5u="https://evil.example/cert.pem"), Refusal.HEADER),
    "x5c": (lambda: STRANGER.sign(US.claims(), x5c=["MIIB"]), Refusal.HEADER),
    "crit": (lambda: with_header(crit=["exp"]), Refusal.HEADER),
    "unencoded payload": (lambda: with_header(b64=False), Refusal.HEADER),
    "expired": (lambda: good(iat=int(US.now) - 7200, exp=int(US.now) - 3600), Refusal.EXPIRED),
    "just expired": (lambda: good(iat=int(US.now) - 3600, exp=int(US.now) - 31), Refusal.EXPIRED),
    "no expiry": (lambda: good(exp=None), Refusal.CLAIMS),
    "null expiry": (lambda: US.sign({**US.claims(), "exp": None}), Refusal.CLAIMS),
    "string expiry": (lambda: good(exp=str(int(US.now) + 3600)), Refusal.CLAIMS),
    "fractional expiry": (lambda: good(exp=US.now + 3600.5), Refusal.CLAIMS),
    "expiry true": (lambda: good(exp=True), Refusal.CLAIMS),
    "expiry a list": (lambda: good(exp=[int(US.now) + 3600]), Refusal.CLAIMS),
    "expiry of fifty digits": (lambda: good(exp=10**50), Refusal.CLAIMS),
    "expiry of five thousand digits": (
        lambda: US.sign(json.dumps(US.claims(exp=0)).replace('"exp": 0', '"exp": ' + "9" * 5000).encode()),
        Refusal.MALFORMED,
    ),
    "expiry infinite": (lambda: good(exp=float("inf")), Refusal.MALFORMED),
    "expiry not a number": (lambda: good(exp=float("nan")), Refusal.MALFORMED),
    "expiry beyond what Cognito allows": (lambda: good(exp=int(US.now) + DAY + 60), Refusal.CLAIMS),
    "expiry before the issue": (lambda: good(exp=int(US.now) - 1), Refusal.CLAIMS),
    "negative expiry": (lambda: good(exp=-1), Refusal.CLAIMS),
    "nbf in the future": (lambda: good(nbf=int(time.time()) + 600), Refusal.EARLY),
    "nbf true": (lambda: good(nbf=True), Refusal.CLAIMS),
    "nbf a string": (lambda: good(nbf="0"), Refusal.CLAIMS),
    "iat in the future": (lambda: good(iat=int(time.time()) + 600), Refusal.EARLY),
    "iat in the future, nbf in the past": (
        lambda: good(iat=int(time.time()) + 600, nbf=int(US.now) - 600),
        Refusal.EARLY,
    ),
    "no iat": (lambda: good(iat=None), Refusal.CLAIMS),
    "iat a string": (lambda: good(iat="yesterday"), Refusal.CLAIMS),
    "other pool": (lambda: good(iss=OTHER_POOL), Refusal.ISSUER),
    "no issuer": (lambda: good(iss=None), Refusal.ISSUER),
    "issuer with a slash more": (lambda: good(iss=ISSUER + "/"), Refusal.ISSUER),
    "issuer in other case": (lambda: good(iss=ISSUER.upper()), Refusal.ISSUER),
    "issuer over http": (lambda: good(iss=ISSUER.replace("https", "http")), Refusal.ISSUER),
    "issuer as a prefix": (lambda: good(iss=ISSUER + ".evil.example"), Refusal.ISSUER),
    "issuer as a suffix": (lambda: good(iss="https://evil.example/" + ISSUER), Refusal.ISSUER),
    "issuer as user information": (lambda: good(iss=ISSUER.replace(".com/", ".com@evil.example/")), Refusal.ISSUER),
    "issuer with a look-alike letter": (
        lambda: good(iss=ISSUER.replace("amazonaws", "\N{CYRILLIC SMALL LETTER A}mazonaws")),
        Refusal.ISSUER,
    ),
    "issuer a list": (lambda: good(iss=[ISSUER]), Refusal.ISSUER),
    "id token as access token": (lambda: US.sign(US.id_claims()), Refusal.USE),
    "id token with a client_id": (lambda: US.sign(US.id_claims(client_id=CLIENT)), Refusal.USE),
    "refresh token": (lambda: good(token_use="refresh"), Refusal.USE),
    "no use": (lambda: good(token_use=None), Refusal.USE),
    "use a list": (lambda: good(token_use=["access"]), Refusal.USE),
    "other client": (lambda: good(client_id="someone-elses-client"), Refusal.CLIENT),
    "no client": (lambda: good(client_id=None), Refusal.CLIENT),
    "client only as aud": (lambda: good(client_id=None, aud=CLIENT), Refusal.CLIENT),
    "client a list": (lambda: good(client_id=[CLIENT]), Refusal.CLIENT),
    "no sub": (lambda: good(sub=None), Refusal.CLAIMS),
    "empty sub": (lambda: good(sub=""), Refusal.CLAIMS),
    "numeric sub": (lambda: good(sub=7), Refusal.CLAIMS),
    "sub a path": (lambda: good(sub="../" + SUB), Refusal.CLAIMS),
    "sub with a newline": (lambda: good(sub=SUB + "\n"), Refusal.CLAIMS),
    "groups a string": (lambda: good(**{"cognito:groups": "admins"}), Refusal.CLAIMS),
    "groups an object": (lambda: good(**{"cognito:groups": {"admins": True}}), Refusal.CLAIMS),
    "groups of numbers": (lambda: good(**{"cognito:groups": [1]}), Refusal.CLAIMS),
    "username a list": (lambda: good(username=["alice"]), Refusal.CLAIMS),
    "empty": (lambda: "", Refusal.MALFORMED),
    "one part": (lambda: "token", Refusal.MALFORMED),
    "two parts": (lambda: good().rsplit(".", 1)[0], Refusal.MALFORMED),
    "four parts": (lambda: good() + ".x", Refusal.MALFORMED),
    "five parts": (lambda: "a.b.c.d.e", Refusal.MALFORMED),
    "only dots": (lambda: "..", Refusal.MALFORMED),
    "altered payload": (altered_payload, Refusal.SIGNATURE),
    "altered signature": (altered_signature, Refusal.SIGNATURE),
    "signature of something else": (lambda: replace_part(2, encode(US.signature("a.b"))), Refusal.SIGNATURE),
    "respelt signature": (respelt_signature, Refusal.MALFORMED),
    "no signature": (lambda: replace_part(2, ""), Refusal.SIGNATURE),
    "short signature": (lambda: replace_part(2, encode(b"x" * 255)), Refusal.SIGNATURE),
    "padded signature": (lambda: good() + "==", Refusal.MALFORMED),
    "newline at the end": (lambda: good() + "\n", Refusal.MALFORMED),
    "newline inside": (lambda: good().replace(".", ".\n", 1), Refusal.SIGNATURE),
    "space before": (lambda: " " + good(), Refusal.MALFORMED),
    "NUL": (lambda: good() + "\0", Refusal.MALFORMED),
    "64 KB": (lambda: good(padding="x" * 64 * 1024), Refusal.MALFORMED),
    "just over 8 KB": (lambda: "x" * 8 * 1024 + ".y", Refusal.MALFORMED),
    "non-ASCII": (lambda: good()[:-1] + "é", Refusal.MALFORMED),
    "full-width digits": (lambda: good()[:-1] + "1", Refusal.MALFORMED),
    "header a list": (lambda: replace_part(0, encode(b'["RS256"]')), Refusal.MALFORMED),
    "header not JSON": (lambda: replace_part(0, encode(b"RS256")), Refusal.MALFORMED),
    "header not UTF-8": (lambda: replace_part(0, encode(b'{"alg": "\xff"}')), Refusal.MALFORMED),
    "payload a list": (lambda: US.sign(b"[]"), Refusal.MALFORMED),
    "payload a string": (lambda: US.sign(b'"sub"'), Refusal.MALFORMED),
    "payload not JSON": (lambda: US.sign(b"sub"), Refusal.MALFORMED),
    "payload not UTF-8": (lambda: US.sign(b'{"sub": "\xff"}'), Refusal.MALFORMED),
    "payload nested deeply": (nested_deeply, Refusal.MALFORMED),
}


@pytest.mark.parametrize("name", BAD)
def test_it_refuses(verifier: Verifier, name: str) -> None:
    make, reason = BAD[name]
    token = make()
    # Twice: a refused token must not be remembered as a good one.
    for _ in range(2):
        with pytest.raises(InvalidToken) as refusal:
            verifier.verify(token, TokenUse.ACCESS)
        assert refusal.value.reason is reason


def test_it_accepts_what_cognito_issues(verifier: Verifier) -> None:
    token = US.sign(US.claims(**{"cognito:groups": ["editors"], "nbf": int(US.now)}))
    assert verifier.verify(token, TokenUse.ACCESS) == Claims(
        sub=SUB,
        use=TokenUse.ACCESS,
        client_id=CLIENT,
        username="alice",
        groups=frozenset({"editors"}),
        scopes=frozenset({"aws.cognito.signin.user.admin"}),
        issued_at=int(US.now),
        expires_at=int(US.now) + 3600,
        not_before=int(US.now),
        signed_in_at=int(US.now),
    )


def test_it_accepts_each_client_of_the_project(verifier: Verifier) -> None:
    assert verifier.verify(good(client_id="mobile-client"), TokenUse.ACCESS).client_id == "mobile-client"


def test_it_allows_for_clocks_that_differ_by_half_a_minute(verifier: Verifier) -> None:
    now = int(time.time())
    late = good(iat=now - 3600, exp=now - 5)
    early = good(iat=now + 25, nbf=now + 25, exp=now + 3600)
    assert {verifier.verify(token, TokenUse.ACCESS).sub for token in (late, early)} == {SUB}


def test_it_reads_an_id_token_only_where_one_is_asked_for(verifier: Verifier) -> None:
    claims = verifier.verify(US.sign(US.id_claims(nonce="n-0S6")), TokenUse.ID)
    assert (claims.email, claims.nonce, claims.username) == ("alice@example.com", "n-0S6", "alice")
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(good(), TokenUse.ID)
    assert refusal.value.reason is Refusal.USE


@pytest.mark.parametrize("verified", [False, None])
def test_an_address_nobody_has_shown_to_be_theirs_is_none(verifier: Verifier, verified: bool | None) -> None:
    assert verifier.verify(US.sign(US.id_claims(email_verified=verified)), TokenUse.ID).email is None


@pytest.mark.parametrize("audience", ["someone-elses-client", [CLIENT], None])
def test_it_refuses_an_id_token_for_another_audience(verifier: Verifier, audience: object) -> None:
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(US.sign(US.id_claims(aud=audience)), TokenUse.ID)
    assert refusal.value.reason is Refusal.CLIENT


def test_it_refuses_a_remembered_token_once_it_has_expired(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    token = good(jti="remembered until it expires")
    verifier.verify(token, TokenUse.ACCESS)
    monkeypatch.setattr("accounts.tokens.time.time", lambda: US.now + 3631)
    with pytest.raises(InvalidToken) as refusal:
        verifier.verify(token, TokenUse.ACCESS)
    assert refusal.value.reason is Refusal.EXPIRED


def test_it_refuses_text_that_no_header_can_hold(verifier: Verifier) -> None:
    with pytest.raises(InvalidToken):
        verifier.verify(good()[:-1] + "\ud800", TokenUse.ACCESS)


def test_it_remembers_no_token_it_refused() -> None:
    verifier = Verifier(KeySet("http://127.0.0.1:1/", key_document(US)), issuer=ISSUER, client_ids=frozenset({CLIENT}))
    for token in (good(exp=int(US.now) - 60, iat=int(US.now) - 90), good(client_id="other"), US.sign(US.id_claims())):
        with pytest.raises(InvalidToken):
            verifier.verify(token, TokenUse.ACCESS)
    assert not verifier._verified


def test_it_remembers_a_bounded_number_of_tokens(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.tokens.MAX_VERIFIED", 5)
    for number in range(12):
        verifier.verify(good(jti=str(number)), TokenUse.ACCESS)
        assert len(verifier._verified) <= 5
