"""Pages of libraries run under a policy that allows nothing inline, and are shown in no frame."""

import re

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from config.aws import bucket_url
from rest import csp
from rest.middleware import ContentSecurityPolicy


def parse(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


@pytest.fixture
def admin() -> dict[str, list[str]]:
    return parse(Client().get("/admin/signed-out/")["Content-Security-Policy"])


@pytest.mark.parametrize("path", ["/admin/signed-out/", "/admin/none/?next=x", "/api/docs/"])
def test_html_has_one_strict_policy(path: str) -> None:
    answer = Client().get(path, follow=False, headers={"sec-fetch-mode": "navigate"})
    if answer.status_code == 303:
        return
    policy = parse(answer["Content-Security-Policy"])
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert answer["X-Frame-Options"] == "DENY"
    assert not re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", answer.content.decode())


@pytest.mark.parametrize(("prefix", "policy"), settings.CONTENT_SECURITY_POLICIES)
def test_no_policy_allows_inline_or_everything(prefix: str, policy: str) -> None:
    assert not re.search(r"unsafe|\*|https:(?!//)|http:(?!//)", policy), prefix


def test_the_admin_may_show_and_send_pictures(admin: dict[str, list[str]]) -> None:
    uploads = csp.origin(bucket_url(settings.UPLOADS_BUCKET))
    assert uploads in admin["connect-src"]
    assert {uploads, csp.origin(settings.THUMBNAILS_URL), "data:", "blob:"} <= set(admin["img-src"])


def test_forms_of_the_admin_may_lead_to_the_hosted_page(admin: dict[str, list[str]]) -> None:
    assert set(admin["form-action"]) == {"'self'", csp.origin(settings.COGNITO["domain_url"])}


def test_swagger_ui_may_ask_cognito_for_tokens() -> None:
    policy = parse(Client().get("/api/docs/")["Content-Security-Policy"])
    assert csp.origin(settings.COGNITO["domain_url"]) in policy["connect-src"]


def made(path: str, content_type: str, **headers: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("", content_type=content_type, headers=headers)

    answer = ContentSecurityPolicy(view)(RequestFactory().get(path))
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_page_that_has_its_own_keeps_it() -> None:
    own = made("/admin/", "text/html", **{"Content-Security-Policy": "sandbox"})
    assert own["Content-Security-Policy"] == "sandbox"


def test_a_page_that_has_none_gets_a_strict_one() -> None:
    policy = parse(made("/notes/", "text/html")["Content-Security-Policy"])
    assert (policy["default-src"], policy["script-src"]) == (["'none'"], ["'self'"])


def test_json_needs_none() -> None:
    assert "Content-Security-Policy" not in made("/api/", "application/json")


def test_sources_come_in_one_order_and_empty_ones_go() -> None:
    assert csp.policy(img_src={"https://b", "", "'self'", "https://a"}).endswith("img-src 'self' https://a https://b")


@pytest.mark.parametrize(("url", "origin"), [("https://a.example/x?y", "https://a.example"), ("/static/", "")])
def test_an_origin_is_scheme_and_host(url: str, origin: str) -> None:
    assert csp.origin(url) == origin
