"""Cognito's hosted page as a browser and an app use it together: authorization code with PKCE (RFC 7636)."""

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tests.accounts.issuer import encode


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class _Form(HTMLParser):
    """The first form of a page: where it goes, and the values its fields have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.action = values.get("action") or ""
        elif tag == "input" and values.get("name"):
            self.fields[values["name"] or ""] = values.get("value") or ""


@dataclass
class Answer:
    status: int
    location: str
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def request(url: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
    """GET, or POST of a form; redirects are answers like any other."""
    data = None if form is None else urlencode(form).encode()
    try:
        with build_opener(_NoRedirect).open(Request(url, data, headers), timeout=10) as answer:
            return Answer(answer.status, "", answer.read().decode())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers.get("Location", ""), error.read().decode())


@dataclass
class SignIn:
    """One sign-in of one app, knowing only what /api/auth/config/ says and its own redirect address."""

    config: dict[str, Any]
    redirect_uri: str
    client: str = "mobile"
    state: str = field(default_factory=secrets.token_urlsafe)
    nonce: str = field(default_factory=secrets.token_urlsafe)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def client_id(self) -> str:
        return str(self.config["clients"][self.client])

    @property
    def authorize_url(self) -> str:
        question = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.config["scopes"]),
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": encode(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return f"{self.config['endpoints']['authorize']}?{urlencode(question)}"

    def submit(self, email: str, password: str) -> Answer:
        """Fill in the page's form as a person would."""
        page = request(self.authorize_url)
        assert page.status == 200, page
        form = _Form(page.body)
        return request(
            urljoin(self.authorize_url, form.action), {**form.fields, "username": email, "password": password}
        )

    def code(self, email: str, password: str) -> str:
        """The code the page sends to the app's redirect address, once the state is found to be ours."""
        answer = self.submit(email, password)
        assert answer.location.startswith(self.redirect_uri + "?"), answer
        question = parse_qs(urlsplit(answer.location).query)
        assert question["state"] == [self.state]
        return question["code"][0]

    def exchange(self, code: str, **changes: str) -> Answer:
        """Code for tokens."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code": code,
            "code_verifier": self.verifier,
        }
        return request(self.config["endpoints"]["token"], {**form, **changes})

    def refresh(self, token: str) -> Answer:
        """Refresh token for a new access token."""
        form = {"grant_type": "refresh_token", "client_id": self.client_id, "refresh_token": token}
        return request(self.config["endpoints"]["token"], form)

    def logout(self, logout_uri: str) -> Answer:
        """The end of the hosted page's session."""
        question = urlencode({"client_id": self.client_id, "logout_uri": logout_uri})
        return request(f"{self.config['endpoints']['logout']}?{question}")
