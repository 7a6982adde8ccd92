"""An editor at a browser, before a deployed site: cookies, redirects, forms, and Cognito's hosted page."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

from tests.accounts.editor import forms
from tests.accounts.totp import code
from tests.deploy.site import PASSWORD, Site
from tests.waiting import next_second


class Browser:
    """Follows redirects as browsers do. The site is HTTPS to it, though the embedded AWS speaks plain HTTP."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.stage = site.stage_of("/")
        self.home = urlsplit(site.variables["SITE_URL"])
        self.host = self.home.netloc if site.at_the_edge else site.hosts[self.stage]
        self.cookies: dict[str, dict[str, str]] = {}
        self.path = "/"

    def open(self, url: str, form: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        """The page at an address of the site, or of the hosted sign-in, where redirects end."""
        for _ in range(10):
            answer = self._ask(url, form)
            if answer.status not in {301, 302, 303}:
                return answer
            url, form = urljoin(url, answer.headers["Location"]), None
        raise AssertionError(f"redirected for ever, at last to {url}")

    def sign_in(self, email: str, path: str = "/admin/") -> urllib3.BaseHTTPResponse:
        """Ask for a page, set up an authenticator app as it wants first, and sign in with that; the page."""
        page = self._fill_in(self.open(path), username=email, password=PASSWORD).data.decode()
        key = page.partition('<code id="key">')[2].partition("<")[0]
        fields = next(fields for _, fields in forms(page) if "code" in fields)
        assert "asks for a code" in self.open("/admin/second-factor/", {**fields, "code": code(key)}).data.decode()
        next_second()
        hosted = self._fill_in(self.open(path), username=email, password=PASSWORD)
        return self._fill_in(hosted, code=code(key, 1))

    def _fill_in(self, hosted: urllib3.BaseHTTPResponse, **typed: str) -> urllib3.BaseHTTPResponse:
        action, fields = forms(hosted.data.decode())[0]
        page = f"{self.site.account.emulator.endpoint_url}{self.path}"
        return self.open(urljoin(page, action), {**fields, **typed})

    def _ask(self, url: str, form: dict[str, str] | None) -> urllib3.BaseHTTPResponse:
        path = self._path_of(url)
        jar = self.cookies.setdefault("hosted page" if path is None else "site", {})
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        if form is not None:
            # To protect against forgery Django takes either; the embedded AWS refuses any Origin but this machine.
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{self.host}/"}
        if path is not None:
            url, sent = self.site.place(path)
            headers |= sent
        self.path = urlsplit(url).path
        body = None if form is None else urlencode(form).encode()
        answer = self.site.http.request(
            "GET" if form is None else "POST", url, body=body, headers=headers, redirect=False
        )
        for line in answer.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                jar[name] = morsel.value
        return answer

    def _path_of(self, url: str) -> str | None:
        """The path within the site of an address, whichever of its names it has; None for the hosted page."""
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        for prefix in (self.home.path, f"/{self.stage}"):
            if parts.path.startswith(f"{prefix}/") and parts.netloc in {"", self.host, self.home.netloc}:
                return parts.path.removeprefix(prefix) + query
        return parts.path + query if not parts.netloc else None
