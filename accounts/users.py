"""Who sends a request. There is no table of users: everything known comes from a verified token."""

from dataclasses import dataclass
from typing import Literal

from accounts.groups import groups_with


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in user. `sub` is the user's id for life; `username` is Cognito's, and equals it in this user pool."""

    sub: str
    username: str
    groups: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.sub

    @property
    def pk(self) -> str:
        """What DRF's throttles and Django's logs know a user by."""
        return self.sub

    @property
    def is_authenticated(self) -> Literal[True]:
        """Always true: a request without a token has no user at all, None."""
        return True

    def may(self, permission: str) -> bool:
        """Whether a group of theirs has this permission, such as `blog.publish_post`."""
        return not self.groups.isdisjoint(groups_with(permission))

    @property
    def is_editor(self) -> bool:
        """Whether the user may write the blog."""
        return self.may("blog.change_post")
