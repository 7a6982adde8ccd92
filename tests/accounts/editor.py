"""An editor at a browser: cookies, redirects, forms, and Cognito's hosted page, over real HTTP."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings

from dynamo.sessions import Session, SessionStore
from tests.personas import PASSWORD, Persona


class _Forms(HTMLParser):
    """Each form of a page: its action, and what its fields hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((values.get("action", ""), {}))
        elif self.found and values.get("name") and tag in {"input", "textarea"}:
            self.found[-1][1][values["name"]] = values.get("value", "")
            self._area = values["name"] if tag == "textarea" else ""

    def handle_data(self, data: str) -> None:
        if self._area:
            # A browser drops the line break that begins a text area.
            self.found[-1][1][self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """(action, fields) of each form."""
    return _Forms(page).found


class Editor:
    """One browser. Requests follow redirects, as browsers do, unless told not to."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.http = requests.Session()
        self.http.trust_env = False

    def get(self, path: str, follow: bool = True, **headers: str) -> requests.Response:
        return self.http.get(urljoin(self.site, path), headers=headers, allow_redirects=follow, timeout=20)

    def post(self, path: str, data: dict[str, str], follow: bool = True, **headers: str) -> requests.Response:
        """Send a form from a page of this site; headers given replace what the browser would say."""
        said = {"Origin": self.site, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.http.post(urljoin(self.site, path), data, headers=said, allow_redirects=follow, timeout=20)

    def sign_in(self, person: Persona, path: str = "/admin/", password: str = PASSWORD) -> requests.Response:
        """Ask for a page, fill in the hosted page it leads to; the page it comes back to."""
        return self.fill_in(self.get(path), person, password)

    def fill_in(self, hosted: requests.Response, person: Persona, password: str = PASSWORD) -> requests.Response:
        """The hosted page's form, as that person."""
        assert urlsplit(hosted.url).path == "/oauth2/authorize", (hosted.status_code, hosted.url)
        action, fields = forms(hosted.text)[0]
        answer = {**fields, "username": person.email, "password": password}
        return self.http.post(urljoin(hosted.url, action), answer, timeout=20)

    def submit(self, page: requests.Response, action: str, **changes: str) -> requests.Response:
        """The page's form of that action, with changes."""
        fields = next(fields for found, fields in forms(page.text) if found == action)
        return self.post(action or page.url, {**fields, **changes})

    def sign_out(self, page: requests.Response) -> requests.Response:
        """The button every page has."""
        return self.submit(page, "/admin/logout/")

    @property
    def key(self) -> str | None:
        """The session's cookie."""
        return self.http.cookies.get(settings.SESSION_COOKIE_NAME)

    @property
    def session(self) -> SessionStore:
        """What the server holds of it."""
        return SessionStore(self.key)

    def change_session(self, **changes: float | str) -> None:
        """Age what the session holds of the sign-in."""
        session = self.session
        session["staff"] = {**session["staff"], **changes}
        session.save()

    def is_signed_in(self) -> bool:
        return self.get("/admin/", follow=False).status_code == 200

    def row(self) -> Session | None:
        return Session.find(self.key or "")
