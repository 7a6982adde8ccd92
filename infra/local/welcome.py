"""What the terminal and `/_local/` say first: where everything is, and who can sign in."""

from typing import NamedTuple

from django.apps import apps

from config import env


class SignIn(NamedTuple):
    """A demo account."""

    email: str
    password: str
    may: str
    group: str = ""


class Link(NamedTuple):
    """A place of the site."""

    name: str
    path: str


SIGN_INS = [
    SignIn("alice@example.com", "Alice-walks-2026", "to-dos of her own"),
    SignIn("bob@example.com", "Bob-bakes-2026", "to-dos of his own, none yet"),
    SignIn("edith@example.com", "Edith-writes-2026", "write posts of the blog", "editors"),
    SignIn("admin@example.com", "Admin-tends-2026", "everything", "admins"),
]
LINKS = [
    Link("Site", "/"),
    Link("API", "/api/"),
    Link("Swagger UI", "/api/docs/"),
    Link("Admin", "/admin/"),
    Link("Mailbox", "/_local/mail/"),
    Link("Inside", "/_local/"),
]


def table(*, seconds: float) -> str:
    """The short table printed when the server is ready; `seconds` is how long that took."""
    site = env.text("SITE_URL")
    links = [f"  {link.name:<11} {site}{link.path}{_note(link)}" for link in LINKS]
    people = [f"  {person.email:<18}  {person.password:<18}  {person.may}" for person in SIGN_INS]
    lines = [
        f"MyTodoList and MyBlog are ready ({seconds:.1f} s). Ctrl-C stops them; the data stays.",
        "",
        *links,
        f"  {'AWS':<11} {env.text('AWS_ENDPOINT_URL')} (embedded; its log is {env.local_dir() / 'aws.log'})",
        "",
        "  Sign in as          with                may use",
        *people,
    ]
    return "\n" + "\n".join(lines) + "\n"


def _note(link: Link) -> str:
    if link.name == "Admin" and not apps.is_installed("django.contrib.admin"):
        return " (comes later)"
    return ""
