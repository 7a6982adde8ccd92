"""A browser that shows the to-do page, as far as signing in goes."""

from typing import Any

from django.conf import settings
from django.test import Client

from tests.accounts.hosted_page import SignIn
from tests.personas import PASSWORD, Persona

PATH, COOKIE = "/todos/session/", "todos-session"


class Browser:
    """One browser that shows the page."""

    def __init__(self) -> None:
        self.client = Client()
        self.headers: dict[str, Any] = {"HTTP_ORIGIN": settings.SITE_URL, "HTTP_SEC_FETCH_SITE": "same-origin"}
        self.sign_in = SignIn(self.client.get("/api/auth/config/").json(), f"{settings.SITE_URL}/todos/", client="web")

    def post(self, body: object, **headers: str) -> Any:
        return self.client.post(PATH, body, content_type="application/json", **{**self.headers, **headers})

    def enter(self, persona: Persona, **changes: object) -> Any:
        code = self.sign_in.code(persona.email, PASSWORD)
        body = {"code": code, "verifier": self.sign_in.verifier, "nonce": self.sign_in.nonce, "keep": True}
        return self.post({**body, **changes})

    @property
    def refresh_token(self) -> str:
        return self.client.cookies[COOKIE].value.partition(".")[2]
