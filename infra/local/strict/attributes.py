"""Changes of a user's own address: verified by a code that is mailed to it, and kept as it was until then.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
"""

import secrets
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

CODE_SECONDS = 24 * 60 * 60
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html: set by Cognito alone.
_NOT_THEIRS = {"sub", "email_verified", "phone_number_verified"}
Asked = Mapping[str, Any]
State = dict[str, Any]
Change = Callable[[ModuleType, State, State, Asked], Any]


def operations(cognito: ModuleType) -> dict[str, Callable[[Asked], Any]]:
    """What MiniStack's Cognito lacks, by its action. Each is a user's own, by an access token that allows it."""
    changes = {
        "UpdateUserAttributes": update,
        "GetUserAttributeVerificationCode": send_code,
        "VerifyUserAttribute": verify,
    }
    return {action: _of_the_user(cognito, change) for action, change in changes.items()}


def update(cognito: ModuleType, pool: State, user: State, asked: Asked) -> Any:
    """A new address counts at once and unverified, or once it is verified where the pool requires that.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserAttributeUpdateSettingsType.html
    """
    wanted = {each["Name"]: each.get("Value", "") for each in asked.get("UserAttributes", [])}
    if _NOT_THEIRS & set(wanted):
        return _refused(cognito, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
    email = wanted.get("email")
    if email is not None and not cognito._USERNAME_EMAIL_RE.fullmatch(email):
        return _refused(cognito, "InvalidParameterException", "Invalid email address format.")
    if email is not None and _is_anothers(cognito, pool, user, email):
        return _refused(cognito, "AliasExistsException", "An account with the email already exists.")
    attributes, sent = cognito._attr_list_to_dict(user["Attributes"]), []
    if email is not None and email != attributes.get("email"):
        first = pool.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate", [])
        if "email" in first:
            del wanted["email"]
        else:
            wanted["email_verified"] = "false"
        if "email" in {*first, *pool.get("AutoVerifiedAttributes", [])}:
            sent = [_mail_code(cognito, pool, user, email)]
    user["Attributes"] = cognito._dict_to_attr_list({**attributes, **wanted})
    user["UserLastModifiedDate"] = cognito._now_epoch()
    return cognito.json_response({"CodeDeliveryDetailsList": sent})


def send_code(cognito: ModuleType, pool: State, user: State, asked: Asked) -> Any:
    """Another code for the address that waits to be verified, or else for the one there is.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html
    """
    present = cognito._attr_list_to_dict(user["Attributes"]).get("email")
    email = user.get("_email_code", {}).get("email", present)
    if asked.get("AttributeName") != "email" or not email:
        return _refused(cognito, "InvalidParameterException", "The user has no such attribute to verify.")
    return cognito.json_response({"CodeDeliveryDetails": _mail_code(cognito, pool, user, email)})


def verify(cognito: ModuleType, pool: State, user: State, asked: Asked) -> Any:
    """The address is the user's once they know the code that went there, for a day and once.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html
    """
    waiting = user.get("_email_code", {})
    issued = waiting.get("code") if time.time() < waiting.get("until", 0) else None
    if asked.get("AttributeName") != "email":
        return _refused(cognito, "InvalidParameterException", "The user has no such attribute to verify.")
    if error := cognito._code_error(issued, asked.get("Code")):
        return error
    if _is_anothers(cognito, pool, user, waiting["email"]):
        return _refused(cognito, "AliasExistsException", "An account with the email already exists.")
    verified = [{"Name": "email", "Value": waiting["email"]}, {"Name": "email_verified", "Value": "true"}]
    user["Attributes"] = cognito._merge_attributes(user["Attributes"], verified)
    user["UserLastModifiedDate"] = cognito._now_epoch()
    del user["_email_code"]
    return cognito.json_response({})


def _of_the_user(cognito: ModuleType, change: Change) -> Callable[[Asked], Any]:
    def operation(asked: Asked) -> Any:
        user, pool = cognito._user_pool_for_access_token(asked.get("AccessToken", ""))
        if not user:
            return _refused(cognito, "NotAuthorizedException", "Invalid Access Token")
        return change(cognito, pool, user, asked)

    return operation


def _mail_code(cognito: ModuleType, pool: State, user: State, email: str) -> dict[str, str]:
    code = f"{secrets.randbelow(1_000_000):06}"
    user["_email_code"] = {"code": code, "email": email, "until": time.time() + CODE_SECONDS}
    cognito._send_verification_email(pool, user["Username"], {"email": email}, code)
    return {
        "Destination": cognito._masked_destination(email),
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }


def _is_anothers(cognito: ModuleType, pool: State, user: State, email: str) -> bool:
    """Whether somebody else signs in by that address."""
    if "email" not in {*pool.get("UsernameAttributes", []), *pool.get("AliasAttributes", [])}:
        return False
    others = (each for each in pool["_users"].values() if each is not user)
    taken = (cognito._attr_list_to_dict(each["Attributes"]).get("email", "") for each in others)
    return email.lower() in {each.lower() for each in taken}


def _refused(cognito: ModuleType, code: str, why: str) -> Any:
    return cognito.error_response_json(code, why, 400)
