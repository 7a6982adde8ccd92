"""What the terminal and `/_local/` say first: where everything is, and who can sign in."""

from collections.abc import Iterable
from typing import NamedTuple


class DemoAccount(NamedTuple):
    """A demo account."""

    email: str
    password: str
    may: str
    group: str = ""


class SiteLink(NamedTuple):
    """A place of the site."""

    name: str
    path: str


SIGN_INS = [
    DemoAccount("alice@example.com", "Alice-walks-2026", "to-dos of her own"),
    DemoAccount("bob@example.com", "Bob-bakes-2026", "to-dos of his own, none yet"),
    DemoAccount("edith@example.com", "Edith-writes-2026", "write and publish posts of the blog", "publishers"),
    DemoAccount("admin@example.com", "Admin-tends-2026", "everything", "admins"),
]
ADMIN = SiteLink("Admin", "/admin/")
LINKS = [
    SiteLink("Site", "/"),
    SiteLink("To-dos", "/todos/"),
    SiteLink("API", "/api/"),
    SiteLink("Swagger UI", "/api/docs/"),
    ADMIN,
    SiteLink("Mailbox", "/_local/mail/"),
    SiteLink("Inside", "/_local/"),
]
LINKS_PATH = "/_local/links/"  # answers with those that are there, once the site answers at all


def table(*, site: str, there: Iterable[str], aws: str, log: str, seconds: float) -> str:
    """The short table printed when everything is there; `there` are paths, `seconds` is how long it took."""
    links = [f"  {link.name:<11} {site + link.path if link.path in there else 'comes later'}" for link in LINKS]
    people = [f"  {person.email:<18}  {person.password:<18}  {person.may}" for person in SIGN_INS]
    lines = [
        f"MyTodoList and MyBlog are ready ({seconds:.1f} s). Ctrl-C stops them; the data stays.",
        "",
        *links,
        f"  {'AWS':<11} {aws} (embedded; its log is {log})",
        "",
        "  Sign in as          with                may use",
        *people,
    ]
    return "\n" + "\n".join(lines) + "\n"
