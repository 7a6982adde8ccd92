"""The tasks of the state machine `erasure`, each of which may be done twice or end half way.

Access tokens can't be taken back: they may still write for an hour after the account is closed, and the forms for files
that they get a little longer. So everything is erased twice, at once and after that time, and then looked for.
"""

import logging
from contextlib import suppress
from typing import TypedDict

from config import env
from config.aws import client
from config.mail import send_notice
from mydata.holdings import holdings
from mydata.models import Erasure
from serverless.events import RESERVE, Context

log = logging.getLogger(__name__)

# How often what is found at the end is erased once more.
MAX_ROUNDS = 5


class State(TypedDict, total=False):
    """What passes from state to state; no address is in it. `settled`: no token of before lives any more."""

    owner: str
    settled: bool
    rounds: int
    seconds: int
    next: str


class NotErased(Exception):
    """Something is left, however often it was erased."""


def close(state: State, context: Context | None) -> State:
    """Nobody signs in to the account any more, or gets a new token. Raises botocore's errors."""
    if Erasure.fetch_or_none((state["owner"],)) is None:
        return {**state, "next": "Stop"}
    users, pool = client("cognito-idp"), env.text("COGNITO_USER_POOL_ID")
    with suppress(users.exceptions.UserNotFoundException):
        users.admin_disable_user(UserPoolId=pool, Username=state["owner"])
        users.admin_user_global_sign_out(UserPoolId=pool, Username=state["owner"])
    return {**state, "next": "Erase"}


def erase(state: State, context: Context | None) -> State:
    """Remove what there is, as far as time allows. Raises DynamoError and botocore's errors."""
    row = Erasure.fetch_or_none((state["owner"],))
    if row is None:
        return {**state, "next": "Stop"}
    for holding in holdings():
        for page in holding.find(row):
            holding.remove(page)
            if context and context.get_remaining_time_in_millis() < RESERVE:
                return {**state, "next": "Erase"}
    if state.get("settled"):
        return {**state, "next": "Prove"}
    return {**state, "next": "Settle", "seconds": int(env.text("TOKEN_SECONDS"))}


def prove(state: State, context: Context | None) -> State:
    """Look everywhere. What is left goes back to `erase`, MAX_ROUNDS times; then NotErased is raised."""
    row = Erasure.fetch_or_none((state["owner"],))
    if row is None:
        return {**state, "next": "Stop"}
    left = [holding.name for holding in holdings() if next(holding.find(row), None)]
    if not left:
        return {**state, "next": "End"}
    rounds = state.get("rounds", 0) + 1
    log.warning("after an erasure something is left in %s", ", ".join(left))
    if rounds > MAX_ROUNDS:
        raise NotErased(f"something is left in {', '.join(left)}")
    return {**state, "rounds": rounds, "next": "Erase"}


def end(state: State, context: Context | None) -> State:
    """The user goes from Cognito, a mail says so, and the row goes last. Raises DynamoError and botocore's errors.

    Whoever dies between the mail and the end sends a second mail.
    """
    row = Erasure.fetch_or_none((state["owner"],))
    if row is not None:
        users = client("cognito-idp")
        with suppress(users.exceptions.UserNotFoundException):
            users.admin_delete_user(UserPoolId=env.text("COGNITO_USER_POOL_ID"), Username=row.owner)
        if row.email:
            _mail(row.email)
        row.delete()
    return {**state, "next": "Stop"}


def _mail(address: str) -> None:
    text = f"Your account at {env.text('SITE_URL')} is deleted, and so is all that was kept of it.\n\n"
    text += "Backups that only the operator can read forget it within 35 days. This is the last mail you get from us.\n"
    send_notice(address, "Your account is deleted", text)
