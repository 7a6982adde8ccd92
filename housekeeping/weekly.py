"""What administrators should know, by mail once a week."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice, takewhile
from typing import Any

from django.conf import settings

from config import env
from config.aws import client, queue_url
from config.mail import send_notice
from dynamo.models import now
from dynamo.queries import Query, answers
from housekeeping.models import BROKEN, DONE, Link, Run
from housekeeping.reading import partition
from housekeeping.turns import Position, Turn
from serverless.events import Context
from serverless.service import Told

ADMINS = "admins"
WEEK, NIGHT = timedelta(days=7), timedelta(hours=36)
LISTED, TOP = 20, 5
NOTHING = "  nothing"


def tell(position: Position, context: Context | None) -> Turn:
    """One mail: to the first administrator after `position`; who SES refuses keeps nobody from theirs.

    Whoever dies between the mail and its note sends it twice. Raises DynamoError and botocore's errors.
    """
    left = [address for address in admins() if address > (position or "")]
    if not left:
        return Turn(numbers={} if position else {"mails": 0})
    text = "\n".join(letter())
    is_sent = send_notice(left[0], f"The week at {env.text('SITE_URL')}", f"{text}\n")
    return Turn(left[0], {"mails": int(is_sent)})


def admins() -> list[str]:
    """The addresses of the group `admins` that are confirmed, in order. Raises botocore's errors."""
    groups = client("cognito-idp").get_paginator("list_users_in_group")
    found = set()
    for page in groups.paginate(UserPoolId=env.text("COGNITO_USER_POOL_ID"), GroupName=ADMINS):
        for user in page["Users"]:
            about = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
            if user["Enabled"] and about.get("email") and about.get("email_verified") == "true":
                found.add(about["email"])
    return sorted(found)


def letter() -> Iterator[str]:
    """Its lines. A few Queries, and two requests to SQS for each failure queue."""
    nights = [run for run in islice(Run.latest().all(50), 40) if run.job == "nightly" and run.status == DONE]
    yield "New broken links"
    yield from _links() or [NOTHING]
    yield from ("", "Events that failed: see Failed events in the admin")
    yield from _failures() or [NOTHING]
    for service in settings.DECLARATIONS:
        for told in service.told:
            yield from ("", f"{told.title}: {_number(told) if told.moment else _month()}")
            yield from [] if told.moment else _first(told) or [NOTHING]
    yield from ("", "Tables, and their growth since the first night of the week")
    yield from _growth(nights) or [NOTHING]
    yield ""
    if not nights or nights[0].created_at < now() - NIGHT:
        yield "No night's run has ended since yesterday: see Housekeeping in docs/deploy.md."
    yield f"All that was found: {env.text('SITE_URL')}/admin/housekeeping/run/"


def _links() -> list[str]:
    broken = Query(model=Link, hash_key=BROKEN, index="by_broken", forward=False)
    new = takewhile(lambda row: row.since > now() - WEEK, broken.all())
    # One that no post has any more is not asked any more.
    found = [row for row in new if row.checked_at > now() - 2 * NIGHT]
    lines = [f"  {row.address} {row.reason}, in {', '.join(row.places)}" for row in found[:LISTED]]
    return [*lines, *([f"  and {len(found) - LISTED} more"] if len(found) > LISTED else [])]


def _failures() -> list[str]:
    sqs, found = client("sqs"), []
    for name in (source.failures for service in settings.DECLARATIONS for source in service.sources if source.failures):
        with suppress(sqs.exceptions.QueueDoesNotExist):
            wanted: Any = ["ApproximateNumberOfMessages"]
            waiting = sqs.get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=wanted)["Attributes"]
            if number := int(waiting["ApproximateNumberOfMessages"]):
                found.append(f"  {name}: {number}")
    return found


def _number(told: Told) -> int:
    first, last = (f"{at:%Y-%m-%dT%H:%M:%S}" for at in (now() - WEEK, now()))
    question = {
        **partition(told.table, told.index_name, told.partition, (told.moment, first, f"{last}~")),
        "Select": "COUNT",
    }
    if told.only:
        question["FilterExpression"] = "#only = :only"
        question["ExpressionAttributeNames"]["#only"] = told.only[0]
        question["ExpressionAttributeValues"][":only"] = {"S": told.only[1]}
    return sum(answer["Count"] for answer in answers("Query", question))


def _month() -> str:
    """Yesterday's: on the first of a month nothing is in its own yet."""
    return f"{now() - timedelta(days=1):%Y-%m}"


def _first(told: Told) -> list[str]:
    name, number = told.top or ("", "")
    question = partition(told.table, told.index_name, (told.partition[0], _month()))
    found = next(answers("Query", {**question, "ScanIndexForward": False, "Limit": TOP}))["Items"]
    return [f"  {row[name]['S']}: {int(row[number]['N']):,}" for row in found]


def _growth(nights: list[Run]) -> list[str]:
    week = [json.loads(run.numbers).get("tables", {}) for run in nights if run.created_at > now() - WEEK]
    if not week:
        return []
    last, first = week[0], week[-1]
    return [
        f"  {name}: {rows:,} rows, {size / 1e6:,.1f} MB, {rows - first.get(name, [rows])[0]:+,} rows"
        for name, (rows, size) in last.items()
        if rows
    ]
