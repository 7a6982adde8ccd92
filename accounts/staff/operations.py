"""The pages of failed events in the admin."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.staff import failures
from dynamo.errors import Unavailable


def overview(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Every failure queue, and how much is in it."""
    _only_admins(request)
    context = {**site.each_context(request), "title": "Failed events", "queues": failures.queues()}
    return TemplateResponse(request, "staff/failures.html", context)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def queue(request: HttpRequest, name: str, *, site: AdminSite) -> HttpResponse:
    """What is in one, and sending it on. Raises Http404 for no queue of ours, Unavailable."""
    _only_admins(request)
    if name not in settings.FAILURE_QUEUES:
        raise Http404
    try:
        if request.method == "POST":
            return _send_on(request, name)
        found = failures.look(name)
    except (ClientError, BotoCoreError) as error:
        raise Unavailable(str(error)) from error
    shown = failures.FailureQueue(name)
    context = {**site.each_context(request), "title": f"Failed: {shown.title}", "queue": shown, "failures": found}
    return TemplateResponse(request, "staff/failure_queue.html", context)


def _send_on(request: HttpRequest, name: str) -> HttpResponse:
    done, problems = failures.send_on(name, request.POST.get("message") or None)
    if done or not problems:
        messages.success(request, f"{done} event{'' if done == 1 else 's'} sent on the way again.")
    for problem in problems:
        messages.error(request, problem)
    return HttpResponseRedirect(reverse("admin:failure_queue", args=[name]))


def _only_admins(request: HttpRequest) -> None:
    # Messages may tell of anybody's files and addresses.
    user: Any = request.user
    if not user.is_superuser:
        raise PermissionDenied
