"""The URLs of the local stage: one takes events, the others show what happens inside. Open to this machine alone."""

import ipaddress
import json
import urllib.parse
from collections.abc import Callable
from functools import wraps

import urllib3
from django.apps import apps
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from config import env
from infra.local import events, mailbox, overview
from infra.local.welcome import ADMIN, LINKS, SIGN_INS, SiteLink
from rest import csp

View = Callable[..., HttpResponse]


def from_this_machine(view: View) -> View:
    """Refuse other machines, and pages of other sites that a browser on this one has open."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        address = ipaddress.ip_address(request.META["REMOTE_ADDR"].partition("%")[0])
        foreign = request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}
        if not address.is_loopback or (foreign and request.method != "GET"):
            return HttpResponse("Only for the machine the server runs on.\n", status=403, content_type="text/plain")
        response = view(request, *args, **kwargs)
        # A mail's HTML stands in a frame of the page and is held to the page's policy: its own styles, our pictures.
        response["Content-Security-Policy"] = csp.policy(
            style_src=[csp.SELF, "'unsafe-inline'"],
            img_src=[csp.SELF, csp.DATA, csp.origin(settings.THUMBNAILS_URL)],
        )
        return response

    return never_cache(guarded)


@csrf_exempt
@require_POST
@from_this_machine
def receive_event(request: HttpRequest) -> HttpResponse:
    """A batch of events from the embedded AWS; answers with the handler's result, or 500 if it failed."""
    # No page of another site can send this header without asking first, which is not answered.
    if "X-Amzn-Lambda-Function-Name" not in request.headers:
        return JsonResponse({"errorMessage": "Only the embedded AWS sends events."}, status=403)
    try:
        event = json.loads(request.read())  # request.body has the limit of the API
    except ValueError:
        event = None
    if not isinstance(event, dict):
        return JsonResponse({"errorMessage": "An event is a JSON object."}, status=400)
    status, answer = events.deliver(event, events.context_of(request.headers))
    return JsonResponse(answer, status=status, safe=False)


@require_GET
@from_this_machine
def overview_page(request: HttpRequest) -> HttpResponse:
    """Services, queues, failed events, links."""
    queues = overview.queues()
    return render(
        request,
        "local/overview.html",
        {
            "links": _links(),
            "sign_ins": SIGN_INS,
            "services": overview.services(),
            "queues": [queue for queue in queues if not queue.is_failures],
            "failures": [queue for queue in queues if queue.is_failures],
            "log": env.local_dir() / "aws.log",
            "notice": request.GET.get("notice", ""),
        },
    )


@require_GET
@from_this_machine
def list_links(request: HttpRequest) -> HttpResponse:
    """The paths of the site that are there."""
    return JsonResponse([link.path for link in _links()], safe=False)


@require_POST
@from_this_machine
def try_again(request: HttpRequest, queue: str, message_id: str) -> HttpResponse:
    """Send a failed event on its way once more."""
    try:
        overview.try_again(queue, message_id)
    except overview.TryAgainError as error:
        return _back_to("local:overview", str(error))
    return _back_to("local:overview", "Sent on its way again.")


@require_GET
@from_this_machine
def mailbox_page(request: HttpRequest) -> HttpResponse:
    """All mail, newest first."""
    return render(request, "local/mailbox.html", {"mails": mailbox.mails()})


@require_GET
@from_this_machine
def mail_page(request: HttpRequest, mail_id: str) -> HttpResponse:
    """One mail: its HTML in a sandbox, its text, its headers."""
    return render(request, "local/mail.html", {"mail": _mail(mail_id), "notice": request.GET.get("notice", "")})


@require_POST
@from_this_machine
def unsubscribe(request: HttpRequest, mail_id: str) -> HttpResponse:
    """Do what a mail client's unsubscribe button does (RFC 8058)."""
    url = _mail(mail_id).unsubscribe_url
    if not url.startswith(env.text("SITE_URL")):
        return _back_to("local:mail", "This mail has no unsubscribe link to this site.", mail_id=mail_id)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    said = urllib3.request("POST", url, body=b"List-Unsubscribe=One-Click", headers=form, timeout=10)
    return _back_to("local:mail", f"Posted to the unsubscribe link: it answered {said.status}.", mail_id=mail_id)


def _links() -> list[SiteLink]:
    return [link for link in LINKS if link != ADMIN or apps.is_installed("django.contrib.admin")]


def _mail(mail_id: str) -> mailbox.Mail:
    mail = mailbox.find(mail_id)
    if mail is None:
        raise Http404("No such mail.")
    return mail


def _back_to(view: str, notice: str, **where: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse(view, kwargs=where)}?{urllib.parse.urlencode({'notice': notice})}")
