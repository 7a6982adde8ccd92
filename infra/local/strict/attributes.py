"""Changes of a user's own address: verified by a code that is mailed to it, and kept as it was until then.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
"""

import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack.services import cognito

from infra.local.strict.places import Asked, refused

CODE_SECONDS = 24 * 60 * 60
# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html: set by Cognito alone.
_NOT_THEIRS = {"sub", "email_verified", "phone_number_verified"}
State = dict[str, Any]
Change = Callable[[State, State, Asked], Any]


def operations() -> dict[str, Callable[[Asked], Any]]:
    """What MiniStack's Cognito lacks, by its action. Each is a user's own, by an access token that allows it."""
    changes: dict[str, Change] = {
        "UpdateUserAttributes": update,
        "GetUserAttributeVerificationCode": send_code,
        "VerifyUserAttribute": verify,
    }
    return {action: partial(_of_the_user, change) for action, change in changes.items()}


def update(pool: State, user: State, asked: Asked) -> Any:
    """A new address counts at once and unverified, or once it is verified where the pool requires that.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserAttributeUpdateSettingsType.html
    """
    wanted = {each["Name"]: each.get("Value", "") for each in asked.get("UserAttributes", [])}
    if _NOT_THEIRS & set(wanted):
        return refused("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    email = wanted.get("email")
    if email is not None and not cognito._USERNAME_EMAIL_RE.fullmatch(email):
        return refused("InvalidParameterException", "Invalid email address format.")
    if email is not None and _is_anothers(pool, user, email):
        return refused("AliasExistsException", "An account with the email already exists.")
    attributes, sent = cognito._attr_list_to_dict(user["Attributes"]), []
    if email is not None and email != attributes.get("email"):
        first = pool.get("UserAttributeUpdateSettings", {}).get("AttributesRequireVerificationBeforeUpdate", [])
        if "email" in first:
            del wanted["email"]
        else:
            wanted["email_verified"] = "false"
        if "email" in {*first, *pool.get("AutoVerifiedAttributes", [])}:
            sent = [_mail_code(pool, user, email)]
    user["Attributes"] = cognito._dict_to_attr_list({**attributes, **wanted})
    user["UserLastModifiedDate"] = cognito._now_epoch()
    return cognito.json_response({"CodeDeliveryDetailsList": sent})


def send_code(pool: State, user: State, asked: Asked) -> Any:
    """Another code for the address that waits to be verified, or else for the one there is.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html
    """
    present = cognito._attr_list_to_dict(user["Attributes"]).get("email")
    email = user.get("_email_code", {}).get("email", present)
    if asked.get("AttributeName") != "email" or not email:
        return refused("InvalidParameterException", "The user has no such attribute to verify.")
    return cognito.json_response({"CodeDeliveryDetails": _mail_code(pool, user, email)})


def verify(pool: State, user: State, asked: Asked) -> Any:
    """The address is the user's once they know the code that went there, for a day and once.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html
    """
    waiting = user.get("_email_code", {})
    issued = waiting.get("code") if time.time() < waiting.get("until", 0) else None
    if asked.get("AttributeName") != "email":
        return refused("InvalidParameterException", "The user has no such attribute to verify.")
    if error := cognito._code_error(issued, asked.get("Code")):
        return error
    if _is_anothers(pool, user, waiting["email"]):
        return refused("AliasExistsException", "An account with the email already exists.")
    verified = [{"Name": "email", "Value": waiting["email"]}, {"Name": "email_verified", "Value": "true"}]
    user["Attributes"] = cognito._merge_attributes(user["Attributes"], verified)
    user["UserLastModifiedDate"] = cognito._now_epoch()
    del user["_email_code"]
    return cognito.json_response({})


def _of_the_user(change: Change, asked: Asked) -> Any:
    user, pool = cognito._user_pool_for_access_token(asked.get("AccessToken", ""))
    return change(pool, user, asked) if user else refused("NotAuthorizedException", "Invalid Access Token")


def _mail_code(pool: State, user: State, email: str) -> dict[str, str]:
    code = f"{secrets.randbelow(1_000_000):06}"
    user["_email_code"] = {"code": code, "email": email, "until": time.time() + CODE_SECONDS}
    cognito._send_verification_email(pool, user["Username"], {"email": email}, code)
    return {"Destination": cognito._masked_destination(email), "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def _is_anothers(pool: State, user: State, email: str) -> bool:
    """Whether somebody else signs in by that address."""
    if "email" not in {*pool.get("UsernameAttributes", []), *pool.get("AliasAttributes", [])}:
        return False
    others = (each for each in pool["_users"].values() if each is not user)
    taken = (cognito._attr_list_to_dict(each["Attributes"]).get("email", "") for each in others)
    return email.lower() in {each.lower() for each in taken}
