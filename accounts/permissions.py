"""What a user's Cognito groups allow. Refused without a token: 401; with one: 403, which names the groups that may."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.groups import refusal
from accounts.users import User


class May(BasePermission):
    """Members of a group that has the subclass's permission."""

    what = permission = ""

    @property
    def message(self) -> str:
        """What DRF answers those who may not."""
        return refusal(self.what, self.permission)

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the request comes from someone who may."""
        user: object = request.user
        return isinstance(user, User) and user.may(self.permission)


class IsEditor(May):
    """Who writes the blog."""

    what, permission = "Writing the blog", "blog.change_post"
