"""Who may sign in to the sample's admin: a list in memory, as the sign-in service would be elsewhere."""

from typing import Any

from dynamo.admin.backends import GroupsBackend

GROUPS = {"vera": ["viewers"], "ed": ["editors"], "pia": ["publishers"], "ada": [], "nobody": []}


def person(name: str) -> Any:
    """Someone of that name."""
    from dynamo.tests.sample.models import Person

    found = Person(id=f"id-{name}", username=name, is_superuser=name == "ada")
    found.group_names = GROUPS[name]
    return found


class Backend(GroupsBackend):
    """Knows everybody by name, and trusts them."""

    def authenticate(self, request: Any, username: str | None = None, **credentials: Any) -> Any:
        """Whoever says so."""
        return person(username) if username in GROUPS else None

    def get_user(self, user_id: Any) -> Any:
        """From the session."""
        name = str(user_id).removeprefix("id-")
        return person(name) if name in GROUPS else None
