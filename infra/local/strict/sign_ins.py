"""Sign-ins as at Cognito: codes, a client's flows, access tokens, disabled users, addresses in capitals.

MiniStack has checks of most of them, which it makes with AUTH=true alone.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UsernameConfigurationType.html
"""

from collections.abc import Mapping
from typing import Any

from ministack.services import cognito

from infra.local.strict.places import Asked, Call, around, refused


def install() -> None:
    """Put the rules into MiniStack's module."""
    why = ({"ALLOW_REFRESH_TOKEN_AUTH"}, "Auth flow not enabled for this client")
    cognito._PASSWORD_AUTH_FLOWS.update(REFRESH_TOKEN_AUTH=why, REFRESH_TOKEN=why)

    @around(cognito, "_run_idp_handler")
    def run_checked(run: Call, handler: Call, action: str, data: Asked) -> Any:
        def checked(asked: Asked) -> Any:
            by_action = cognito._auth_flow_error(action, asked) or cognito._confirmation_code_error(action, asked)
            return by_action or cognito._access_token_error(asked) or handler(asked)

        # It finds the pool's region first, for a call without a signature.
        return run(checked, action, data)

    @around(cognito, "_admin_disable_user")
    def disable_and_sign_out(disable: Call, data: Asked) -> Any:
        answer = disable(data)
        return cognito._admin_user_global_sign_out(data) if answer[0] == 200 else answer

    @around(cognito, "_refresh_auth_user")
    def refresh_if_enabled(refresh: Call, *of: object) -> tuple[Any, Any]:
        user, error = refresh(*of)
        if user and not user.get("Enabled", True):
            return None, refused("NotAuthorizedException", "User is disabled.")
        return user, error

    @around(cognito, "_resolve_user")
    def resolve_in_any_case(resolve: Call, pool: Mapping[str, Any], name: str) -> Any:
        if not name or name in pool["_users"]:
            return resolve(pool, name)
        # MiniStack makes a dictionary of the attributes of all users, twice: here of those who can be meant alone.
        meant = {key: user for key, user in pool["_users"].items() if name.lower() in _names(key, user)}
        user, error = resolve({**pool, "_users": meant}, name)
        if user or pool.get("UsernameConfiguration", {}).get("CaseSensitive", True):
            return user, error
        found = next((each for each in meant.values() if _is_called(each, name.lower())), None)
        return (found, None) if found else (user, error)


def _names(key: str, user: Mapping[str, Any]) -> set[str]:
    """What a user may be called, in lower case."""
    return {key.lower(), *(one["Value"].lower() for one in user["Attributes"])}


def _is_called(user: Mapping[str, Any], name: str) -> bool:
    """Whether a user signs in by this name or address, in lower case."""
    email = cognito._attr_list_to_dict(user["Attributes"]).get("email", "")
    return name in {user["Username"].lower(), email.lower()}
