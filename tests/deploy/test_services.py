"""One function for each service: own URLs, own role, own package - and the same contract as in one."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.lint import SETTINGS
from infra.stacks import PROJECT
from tests.deploy.account import Account, empty_account
from tests.deploy.site import Site, function
from tests.pictures import encode, quarters
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)
STAGES = json.loads(SETTINGS.read_text())
SERVICES = ("media", "todos", "blog")  # media first: the others ask it about uploads
PREFIX = f"{PROJECT}-production"
BUCKETS = {name: f"{PREFIX}-{name}-000000000000" for name in ("uploads", "thumbnails", "static", "deploy")}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with empty_account(tmp_path_factory.mktemp("services-account")) as account:
        yield account


@pytest.fixture(scope="module")
def said(account: Account) -> dict[str, str]:
    """What each deployment said."""
    found = {}
    for service in SERVICES:
        found[service] = account.zappa("deploy", f"production_{service}")
        account.allow_mail(f"production_{service}")
    return found


@pytest.fixture(scope="module")
def site(account: Account, said: dict[str, str]) -> Site:
    return Site(account, [f"production_{service}" for service in SERVICES])


def test_only_media_carries_pillow_and_only_blog_markdown(said: dict[str, str]) -> None:
    packed = {
        service: set(re.findall(r"^  ([\w.-]+) +\d+\.\d\d$", text, re.MULTILINE)) for service, text in said.items()
    }
    assert {service for service, parts in packed.items() if "pillow" in parts} == {"media"}
    assert {service for service, parts in packed.items() if "nh3" in parts} == {"blog"}
    assert all("django" in parts for parts in packed.values())


def test_each_has_its_own_size_and_serves_its_own_paths_alone(account: Account, site: Site) -> None:
    sizes = {}
    for service in SERVICES:
        stage = f"production_{service}"
        sizes[service] = account.client("lambda").get_function_configuration(FunctionName=function(stage))["MemorySize"]
        alone = Site(account, [stage])
        served = {other for other in SERVICES if alone.request("GET", PATHS[other]).status != 404}
        assert served == {service}
    assert sizes == {"media": 1769, "todos": 1024, "blog": 1024}


PATHS = {"todos": "/api/todos/", "blog": "/api/blog/posts/", "media": "/api/media/uploads/"}


def test_the_apis_own_tests_pass(site: Site, tmp_path: Path) -> None:
    assert site.run_contract(tmp_path) > 80


def test_a_picture_goes_through_all_three(site: Site) -> None:
    """Media makes its thumbnails and tells of it; MyTodoList asks media by REST and hears the news by its queue."""
    token = site.sign_up("alice")
    upload = site.upload(token, encode(quarters((800, 600)), "JPEG", quality=80))

    def make() -> Any:
        # Media may be starting for this very request, and take longer than the two seconds it is given.
        answer = site.request("POST", "/api/todos/", {"title": "Look", "attachments": [upload]}, token=token)
        assert answer.status in {201, 503}, answer.data
        return answer.json() if answer.status == 201 else None

    path = f"/api/todos/{until(make, 'the to-do', 30)['id']}/"

    def attached() -> Any:
        found = site.request("GET", path, token=token).json()["attachments"]
        return found and found[0]["status"] == "ready"

    until(attached, "the attachment", 30)


def test_a_subscription_becomes_a_mail(site: Site) -> None:
    address = "reader@example.com"
    assert site.request("POST", "/api/blog/subscribers/", {"email": address}).status in {201, 202}
    until(lambda: site.mails(address), "the mail", 30)


def test_deploying_one_service_leaves_the_events_of_the_others(account: Account, site: Site) -> None:
    mappings = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    called = {
        m["EventSourceArn"].split(":", 5)[5].split("/stream")[0]: m["FunctionArn"].split(":", 6)[6] for m in mappings
    }
    assert {source.removeprefix("table/").removeprefix(f"{PREFIX}-"): name for source, name in called.items()} == {
        "thumbnails": f"{PREFIX}-media:live",
        "uploads": f"{PREFIX}-media:live",
        "todos-media": f"{PREFIX}-todos:live",
        "blog-media": f"{PREFIX}-blog:live",
        "posts": f"{PREFIX}-blog:live",
        "subscribers": f"{PREFIX}-blog:live",
    }


# --- What each role may do, judged by IAM --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def as_role(account: Account, said: dict[str, str]) -> Callable[[str, str], Any]:
    """A boto3 client with the permissions of a service's function."""
    credentials = {service: _credentials(account, service) for service in SERVICES}
    return lambda service, aws: account.client(aws, **credentials[service])


def _credentials(account: Account, service: str) -> dict[str, str]:
    iam, role = account.client("iam"), f"{PREFIX}-{service}-function"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=f"like-{service}", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.attach_role_policy(RoleName=f"like-{service}", PolicyArn=policy["PolicyArn"])
    policy = iam.get_role_policy(RoleName=role, PolicyName="own-logs-and-calls")["PolicyDocument"]
    iam.put_role_policy(RoleName=f"like-{service}", PolicyName="own", PolicyDocument=json.dumps(policy))
    found = account.client("sts").assume_role(RoleArn=arn, RoleSessionName=service)["Credentials"]
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def is_allowed(act: Callable[[], Any]) -> bool:
    """Whether IAM lets it through, whatever becomes of it then."""
    try:
        act()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return not any(word in code for word in ("AccessDenied", "NotAuthorized", "AuthorizationError", "403"))
    return True


TABLES = {
    "todos": "todos", "posts": "blog", "tags": "blog", "subscribers": "blog", "sessions": "blog", "changes": "blog",
    "uploads": "media",
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_opens_its_own_tables_alone(as_role: Callable[[str, str], Any], service: str) -> None:
    dynamodb = as_role(service, "dynamodb")
    # A key no table has: what is allowed is then refused as malformed, and changes nothing.
    key = {"none": {"S": "x"}}
    for table, owner in TABLES.items():
        name = f"{PREFIX}-{table}"
        acts: list[Callable[[], Any]] = [
            lambda name=name: dynamodb.get_item(TableName=name, Key=key),  # type: ignore[misc]  # bound now
            lambda name=name: dynamodb.put_item(TableName=name, Item=key),  # type: ignore[misc]
            lambda name=name: dynamodb.delete_item(TableName=name, Key=key),  # type: ignore[misc]
        ]
        assert [is_allowed(act) for act in acts] == [owner == service] * 3, table
    assert is_allowed(lambda: dynamodb.get_item(TableName=f"{PREFIX}-counters", Key={"key": {"S": "x"}}))


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_scans_or_changes_tables(as_role: Callable[[str, str], Any], service: str) -> None:
    dynamodb = as_role(service, "dynamodb")
    own = next(f"{PREFIX}-{table}" for table, owner in TABLES.items() if owner == service)
    assert not is_allowed(lambda: dynamodb.scan(TableName=own))
    assert not is_allowed(lambda: dynamodb.delete_table(TableName=own))
    assert not is_allowed(lambda: dynamodb.update_table(TableName=own, BillingMode="PAY_PER_REQUEST"))


@pytest.mark.parametrize("service", SERVICES)
def test_media_alone_opens_the_buckets_of_files_and_none_the_others(
    as_role: Callable[[str, str], Any], service: str
) -> None:
    s3 = as_role(service, "s3")
    for name, bucket in BUCKETS.items():
        mine = service == "media" and name in {"uploads", "thumbnails"}
        acts: list[Callable[[], Any]] = [
            lambda bucket=bucket: s3.put_object(Bucket=bucket, Key=f"test/{service}", Body=b"x"),  # type: ignore[misc]
            lambda bucket=bucket: s3.get_object(Bucket=bucket, Key=f"test/{service}"),  # type: ignore[misc]
            lambda bucket=bucket: s3.list_objects_v2(Bucket=bucket),  # type: ignore[misc]
            lambda bucket=bucket: s3.delete_object(Bucket=bucket, Key=f"test/{service}"),  # type: ignore[misc]
        ]
        assert [is_allowed(act) for act in acts] == [mine] * 4, name
        assert not is_allowed(lambda bucket=bucket: s3.delete_bucket(Bucket=bucket))  # type: ignore[misc]
        assert not is_allowed(lambda bucket=bucket: s3.get_bucket_policy(Bucket=bucket))  # type: ignore[misc]


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_does_what_none_needs(as_role: Callable[[str, str], Any], service: str) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: as_role(service, "iam").list_roles(),
        lambda: as_role(service, "lambda").list_functions(),
        lambda: as_role(service, "lambda").invoke(FunctionName=f"{PREFIX}-{'blog' if service == 'todos' else 'todos'}"),
        lambda: as_role(service, "ssm").put_parameter(
            Name=f"/{PROJECT}/production/secret-key", Value="x", Overwrite=True
        ),
        lambda: as_role(service, "ssm").get_parameter(Name=f"/{PROJECT}/review/secret-key"),
        lambda: as_role(service, "cloudformation").list_stacks(),
        lambda: as_role(service, "cognito-idp").list_users(UserPoolId="us-east-1_none"),
        lambda: as_role(service, "sns").list_topics(),
        lambda: as_role(service, "sqs").list_queues(),
    ]
    assert [number for number, act in enumerate(acts) if is_allowed(act)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_media_alone_tells_of_uploads_and_each_reads_its_own_queue(
    account: Account, as_role: Callable[[str, str], Any], service: str
) -> None:
    topic = f"arn:aws:sns:us-east-1:000000000000:{PREFIX}-media"
    assert is_allowed(lambda: as_role(service, "sns").publish(TopicArn=topic, Message="{}")) is (service == "media")
    sqs = as_role(service, "sqs")
    for name, reader in {"thumbnails": "media", "todos-media": "todos", "blog-media": "blog"}.items():
        url = account.client("sqs").get_queue_url(QueueName=f"{PREFIX}-{name}")["QueueUrl"]
        allowed = is_allowed(lambda url=url: sqs.get_queue_attributes(QueueUrl=url))  # type: ignore[misc]
        assert allowed is (reader == service), name
        assert not is_allowed(lambda url=url: sqs.purge_queue(QueueUrl=url))  # type: ignore[misc]
