"""Sign-ins as at Cognito: codes, a client's flows, access tokens, disabled users, addresses in capitals.

MiniStack has checks of most of them, which it makes with AUTH=true alone.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UsernameConfigurationType.html
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

Asked = Mapping[str, Any]


def install(cognito: ModuleType) -> None:
    """Put the rules into MiniStack's module."""
    run, disable, refresh = cognito._run_idp_handler, cognito._admin_disable_user, cognito._refresh_auth_user
    refused = ({"ALLOW_REFRESH_TOKEN_AUTH"}, "Auth flow not enabled for this client")
    cognito._PASSWORD_AUTH_FLOWS.update(REFRESH_TOKEN_AUTH=refused, REFRESH_TOKEN=refused)

    def run_checked(handler: Callable[[Asked], Any], action: str, data: Asked) -> Any:
        def checked(asked: Asked) -> Any:
            by_action = cognito._auth_flow_error(action, asked) or cognito._confirmation_code_error(action, asked)
            return by_action or cognito._access_token_error(asked) or handler(asked)

        # It finds the pool's region first, for a call without a signature.
        return run(checked, action, data)

    def disable_and_sign_out(data: Asked) -> Any:
        answer = disable(data)
        return cognito._admin_user_global_sign_out(data) if answer[0] == 200 else answer

    def refresh_if_enabled(*of: object) -> tuple[Any, Any]:
        user, error = refresh(*of)
        if user and not user.get("Enabled", True):
            return None, cognito.error_response_json("NotAuthorizedException", "User is disabled.", 400)
        return user, error

    vars(cognito).update(
        _resolve_user=_in_any_case(cognito, cognito._resolve_user),
        _run_idp_handler=run_checked,
        _admin_disable_user=disable_and_sign_out,
        _refresh_auth_user=refresh_if_enabled,
    )


def _in_any_case(cognito: ModuleType, resolve: Callable[..., tuple[Any, Any]]) -> Callable[..., tuple[Any, Any]]:
    def resolve_in_any_case(pool: Mapping[str, Any], name: str) -> tuple[Any, Any]:
        if not name or name in pool["_users"]:
            return resolve(pool, name)
        # MiniStack makes a dictionary of the attributes of all users, twice: here of those who can be meant alone.
        wanted, users = name.lower(), pool["_users"]
        meant = {key: user for key, user in users.items() if key.lower() == wanted}
        meant |= {
            key: user for key, user in users.items() for one in user["Attributes"] if one["Value"].lower() == wanted
        }
        user, error = resolve({**pool, "_users": meant}, name)
        if user or pool.get("UsernameConfiguration", {}).get("CaseSensitive", True):
            return user, error
        for each in meant.values():
            known = (each["Username"], cognito._attr_list_to_dict(each["Attributes"]).get("email", ""))
            if name.lower() in {one.lower() for one in known}:
                return each, None
        return user, error

    return resolve_in_any_case
