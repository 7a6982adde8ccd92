"""API Gateway's cache: the blog's own tests through it, and nobody gets an answer that was made for another."""

import json

import pytest
from rest_framework import test
from rest_framework.test import APIClient

from config import services
from infra.deploy import gateway
from infra.lint import PRIVATE_PATHS, SETTINGS
from infra.settings_lint import merged, zappa_findings
from tests.blog.test_list_posts import (  # noqa: F401  # pytest finds them here, too
    test_a_cursor_opens_its_own_list_alone,
    test_a_token_changes_nothing,
    test_readers_list_no_drafts,
    test_two_authors_have_their_own,
)
from tests.blog.test_list_tags import test_it_counts_public_posts, test_it_leads_to_the_posts  # noqa: F401
from tests.blog.test_read_post import (  # noqa: F401
    test_a_bad_token_is_refused,
    test_it_links_to_its_neighbours,
    test_only_editors_see_what_is_not_public,
    test_there_is_nothing_else,
    test_what_is_asked_with_a_token_is_kept_by_nobody,
)
from tests.blog.writing import POSTS, word, write
from tests.infra.gateway import STAGE, CachedDeployment, Gateway
from tests.personas import Persona

STAGES = json.loads(SETTINGS.read_text())


@pytest.fixture(scope="module")
def deployment() -> CachedDeployment:
    found = CachedDeployment(merged(STAGES, STAGE))
    found.configure(api_cache="0.5")
    return found


@pytest.fixture(autouse=True)
def cache(deployment: CachedDeployment, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The site behind the cache, for every client of a test."""
    found = Gateway(deployment)
    monkeypatch.setattr(test.ForceAuthClientHandler, "__call__", lambda _, environ: found(environ))
    return found


def test_it_saves_calls_of_the_function(cache: Gateway, edith: Persona, api: APIClient) -> None:
    tag = word()
    post = write(edith, tags=[tag])
    for path in (f"{POSTS}?tag={tag}", f"{POSTS}{post['slug']}/", "/api/blog/tags/"):
        first = api.get(path)
        before = cache.hits
        assert api.get(path).content == first.content
        assert cache.hits > before
        assert first["X-Request-ID"] != "whose-id-is-this"


def test_a_page_elsewhere_may_read_what_is_kept(api: APIClient) -> None:
    for _ in range(2):
        answer = api.get(POSTS, headers={"Origin": "https://app.example.org"})
        assert answer["Access-Control-Allow-Origin"] == "*"


def test_only_declared_reads_are_kept(cache: Gateway, deployment: CachedDeployment, alice: Persona) -> None:
    assert set(cache.integrations) == set(services.cached_reads())
    assert not [path for path in cache.integrations if f"{path}/".startswith(PRIVATE_PATHS)]
    assert gateway.missing(deployment) == []
    alice.api.get("/api/todos/")
    alice.api.get("/api/me/")
    assert cache.kept == {}


def test_every_parameter_a_read_declares_is_a_key(api: APIClient) -> None:
    paths = api.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()["paths"]
    for path, names in services.cached_reads().items():
        declared = {each["name"] for each in paths[f"{path}/"]["get"].get("parameters", []) if each["in"] == "query"}
        assert declared == set(names)


def test_a_key_that_is_missing_stops_a_deployment() -> None:
    deployment = CachedDeployment(merged(STAGES, STAGE), api_cache="0.5")
    deployment.configure()
    client = deployment.client("apigateway")
    [posts] = [each for each in client.get_resources(restApiId=deployment.api)["items"] if each["path"] == POSTS[:-1]]
    place = {"restApiId": deployment.api, "resourceId": posts["id"], "httpMethod": "GET"}
    client.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri="arn", cacheKeyParameters=[])
    [problem] = gateway.missing(deployment)
    assert "method.request.header.Authorization" in problem
    everything = [{"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}]
    client.update_stage(restApiId=deployment.api, stageName=STAGE, patchOperations=everything)
    assert any("*/*" in problem for problem in gateway.missing(deployment))
    deployment.configure()
    assert gateway.missing(deployment) == []


def test_without_it_the_api_is_as_zappa_makes_it() -> None:
    plain = CachedDeployment(merged(STAGES, STAGE), api_cache="0.5")
    plain.configure()
    plain.configure(api_cache="")
    assert gateway.missing(plain) == []
    assert Gateway(plain).integrations == {}


@pytest.mark.parametrize("options", [{"api_cache": "0.5"}, {"edge": False, "api_cache": 0.5}])
def test_it_is_refused_behind_cloudfront_and_in_sizes_there_are_not(options: dict[str, object]) -> None:
    stages = {STAGE: {**STAGES[STAGE], "deploy": {**STAGES[STAGE]["deploy"], **options}}}
    assert [each for each in zappa_findings(stages) if each.startswith(f"{STAGE}.deploy.api_cache: ")]
    stages[STAGE]["deploy"] |= {"edge": False, "api_cache": "0.5"}
    assert zappa_findings(stages) == []
