"""A whole stage whose users have a replica in its second region: made with it, kept with it, and without it again."""

from typing import Any

import jwt
import pytest

from tests.deploy.account import REGION, Account
from tests.deploy.second import SECOND, SecondRegion
from tests.deploy.site import Site
from tests.deploy.tour import PICTURE, ready
from tests.infra.copies import Copy
from tests.waiting import until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project, its stage with the setting that docs/deploy.md has for it."""
    copy = Copy(tmp_path_factory.mktemp("replicated") / "project")
    copy.set_option("replicate_users", True)
    return copy


@pytest.fixture(scope="module")
def home(account: Account, copy: Copy) -> Site:
    copy.run("-m", "zappa.cli", "deploy", "production", **account.environment)
    return Site(account)


@pytest.fixture(scope="module")
def second(account: Account, copy: Copy, home: Site) -> Site:
    copy.run("-m", "infra.deploy", "second-region", "production", SECOND, **account.environment)
    return Site(SecondRegion(account))


def replicas(home: Site) -> dict[str, str]:
    """The status of the users in each region."""
    cognito, pool = home.account.client("cognito-idp"), home.variables["COGNITO_USER_POOL_ID"]
    listed: Any = cognito.list_user_pool_replicas(UserPoolId=pool)["UserPoolReplicas"]
    return {each["RegionName"]: each["Status"] for each in listed}


def test_tokens_of_the_updated_issuer_are_believed_at_home_alone_first(home: Site) -> None:
    token = home.sign_up("alice")
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    assert issuer == f"https://issuer-cognito-idp.{REGION}.amazonaws.com/{home.variables['COGNITO_USER_POOL_ID']}"
    assert home.request("GET", "/api/auth/config/").json()["issuer"] == issuer
    assert home.request("POST", "/api/todos/", {"title": "Pack"}, token=token).status == 201
    assert replicas(home) == {REGION: "ACTIVE"}


def test_people_sign_in_where_the_site_is(home: Site, second: Site) -> None:
    assert replicas(home) == {REGION: "ACTIVE", SECOND: "ACTIVE"}
    told = {site: site.request("GET", "/api/auth/config/").json() for site in (home, second)}
    assert (told[home]["region"], told[second]["region"]) == (REGION, SECOND)
    assert told[home]["issuer"] == told[second]["issuer"]
    token = home.sign_up("alice")
    made = second.request("POST", "/api/todos/", {"title": "There"}, token=token)
    assert made.status == 201, made.data
    path = f"/api/todos/{made.json()['id']}/"
    until(lambda: home.request("GET", path, token=token).status == 200, "the replica of the row")


def test_files_go_to_both_by_presigned_posts(home: Site, second: Site) -> None:
    token = home.sign_up("alice")
    for site in (home, second):
        upload = site.upload(token, PICTURE)
        until(ready(site, token, upload), "the picture", 60)


def test_the_identity_pool_does_not_know_the_issuer(home: Site, second: Site) -> None:
    """As docs/adr/0030 says."""
    tokens = home.tokens(home.new_user("alice"))
    for site in (home, second):
        asked = {"id_token": tokens["IdToken"]}
        refused = site.request("POST", "/api/media/credentials/", asked, token=tokens["AccessToken"])
        assert (refused.status, refused.json()["errors"][0]["pointer"]) == (400, "/id_token")


def test_the_choice_is_kept(account: Account, copy: Copy, home: Site) -> None:
    copy.set_option("replicate_users", False)
    with pytest.raises(AssertionError, match="another issuer would end every sign-in"):
        copy.run("-m", "zappa.cli", "update", "production", **account.environment)
    copy.set_option("replicate_users", True)
    copy.run("-m", "zappa.cli", "update", "production", **account.environment)


def test_nothing_is_left_of_it_there(account: Account, copy: Copy, home: Site, second: Site) -> None:
    token = home.sign_up("alice")
    copy.run("-m", "infra.deploy", "remove-second-region", "production", **account.environment)
    assert replicas(home) == {REGION: "ACTIVE"}
    kms = second.account.client("kms")
    states = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"] for each in kms.list_keys()["Keys"]]
    assert states == ["PendingDeletion"] * 3
    assert home.request("POST", "/api/todos/", {"title": "Stay"}, token=token).status == 201
