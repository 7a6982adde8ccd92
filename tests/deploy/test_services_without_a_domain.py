"""One function for each service without a domain: each under its stage's prefix at API Gateway."""

from collections.abc import Callable

import pytest

from infra.verify import report
from tests.deploy.account import Account
from tests.deploy.site import Site
from tests.deploy.test_services import DEPLOYED, STAGES
from tests.deploy.tour import NAMES, TOUR

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def site(account: Account) -> Site:
    for stage in DEPLOYED:
        account.zappa("deploy", stage)
    return Site(account, DEPLOYED)


@pytest.mark.parametrize("way", TOUR, ids=NAMES)
def test_they_serve_their_users_under_the_stages_prefixes(site: Site, way: Callable[[Site], None]) -> None:
    way(site)


def test_a_site_without_its_edge_is_found_out(account: Account, site: Site) -> None:
    deployment = account.deployment("production_blog", STAGES)
    wrong = {each.check for each in report.results(deployment) if not each.is_fine}
    assert wrong >= {"contract", "upload to thumbnail", "headers at the edge", "cache hits", "origin closed"}
    assert not wrong & {"health", "subscription to mail", "alarms"}
