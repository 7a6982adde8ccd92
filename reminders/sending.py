"""A reminder whose time has come: claimed, sent to each browser and by mail, marked.

Scheduler and SQS deliver at least once. The claim lets one delivery send; if it dies before the mark, the next sends
again, and browsers show the second in place of the first, without a sound, as both have the same tag.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config import env
from config.mail import header_text, send_text
from dynamo.counters import count
from dynamo.errors import ConditionFailed
from dynamo.models import now
from reminders import push
from reminders.models import MAIL, Preferences, Reminder, Subscription
from reminders.moments import is_day
from reminders.planning import ReminderChange, tell
from reminders.schedules import name_of
from serverless.events import Poison, TryAgain

log = logging.getLogger(__name__)

# What comes later than this, after a long failure, tells nobody anything.
OLD = timedelta(hours=24)
# Who has more browsers than this is told in the newest.
MAX_BROWSERS = 20
MAX_TITLE = 200
# Mails to one user in a day: SES's quota of the day, and the sender's good name, are everybody's.
MAX_MAILS, DAY = 200, 86_400


@dataclass(frozen=True, kw_only=True)
class DueReminder:
    """A to-do and the moment for which its reminder was planned."""

    owner: str
    id: str
    at: datetime


def remind(due: DueReminder) -> None:
    """Tell the owner, unless they were told, or the to-do reminds no more. What reminds later by now is arranged anew.

    Raises Poison where no browser's service takes it, TryAgain, Busy, DynamoError or botocore's errors.
    """
    try:
        row = Reminder.claim(due.owner, due.id, due.at)
    except ConditionFailed:
        raise TryAgain("another delivery is sending it") from None
    if row is None:
        return
    preferences = Preferences.of(due.owner)
    at, told_for = row.moment(preferences.clock), None
    try:
        if at is not None and at != due.at and at > now():
            # As when a country has changed its clocks, or a second region, where nothing plans, took the settings.
            tell([ReminderChange(owner=due.owner, id=due.id)])
        elif at is not None and at != row.sent_for and now() - at < OLD:
            _tell(row, replace(due, at=at), preferences)
            told_for = at
    except BaseException:
        row.release()
        raise
    row.release(sent_for=told_for)


def _tell(row: Reminder, due: DueReminder, preferences: Preferences) -> None:
    """By push, and by mail whatever becomes of that: each once, though others are tried again.

    Who has the mail needs no browser's service to take it.
    """
    if row.told_for != due.at or row.told is None:
        row.told_for, row.told = due.at, set()
    problem: Exception | None = None
    try:
        _push(row, due)
    except (push.Busy, Poison) as error:
        problem = error
    if preferences.email and MAIL not in row.told:
        _mail(row, preferences)
        row.told.add(MAIL)
    if problem and not (isinstance(problem, Poison) and preferences.email):
        raise problem


def _push(row: Reminder, due: DueReminder) -> None:
    """To all browsers at once that have not heard; those that have gone are forgotten.

    Raises Busy or Poison when all have had theirs.
    """
    # What the service worker is told; `tag` is the same for each delivery of one reminder.
    tag = f"{due.id} {due.at.isoformat()}"
    said = {"owner": due.owner, "todo": due.id, "title": str(row.title)[:MAX_TITLE], "due": row.due, "tag": tag}
    body, topic = json.dumps(said, ensure_ascii=False).encode(), name_of(due.owner, due.id)[-32:]
    newest = sorted(Subscription.of(due.owner), key=lambda each: each.created_at, reverse=True)[:MAX_BROWSERS]
    problems: list[Exception] = []
    # One after the other, services that hang would take longer than the function may.
    with ThreadPoolExecutor(MAX_BROWSERS) as threads:
        sent = [(one, threads.submit(push.send, one, body, topic=topic)) for one in newest if one.name not in row.told]
    for browser, answer in sent:
        try:
            answer.result()
            row.told.add(browser.name)
        except push.Gone:
            browser.delete()
        except (push.Busy, push.Refused) as problem:
            log.warning("a push service did not take a reminder: %s", problem)
            problems.append(problem)
    for each in problems:
        if isinstance(each, push.Busy):
            raise each
    if problems and not row.told - {MAIL}:
        raise Poison(f"no push service takes it: {problems[0]}")


def _mail(row: Reminder, preferences: Preferences) -> None:
    """Unless MAX_MAILS went to this user today. Raises Unavailable, or botocore's errors but of what SES refuses."""
    number, _ = count(f"reminder-mails:user:{row.owner}", DAY)
    if number > MAX_MAILS:
        log.warning("a user has had %d reminders by mail today: no more", MAX_MAILS)
        return
    title = header_text(str(row.title))
    text = f"{title}\nDue: {_in_words(str(row.due), preferences)}\n\n{env.text('SITE_URL')}/todos/\n\n"
    text += "You get this mail because you asked for reminders by mail; the page's account menu ends them.\n"
    if number == MAX_MAILS:
        text += f"It is the last of {MAX_MAILS} for today; browsers go on to show reminders.\n"
    send_text(preferences.email, f"Reminder: {title[:MAX_TITLE]}", text)


def _in_words(due: str, preferences: Preferences) -> str:
    if is_day(due):
        return due
    return f"{datetime.fromisoformat(due).astimezone(ZoneInfo(preferences.zone)):%Y-%m-%d %H:%M} ({preferences.zone})"
