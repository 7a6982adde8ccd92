"""One function for each service behind one domain: own URLs, own role, own package - and the same contract as in one.

Without a domain they are in test_services_without_a_domain.py.
"""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deploy import release
from infra.deploy.deployment import Deployment
from infra.lint import SETTINGS
from infra.stacks import PROJECT
from infra.verify.checks import CHECKS
from tests.deploy.account import Account
from tests.deploy.browser import Browser
from tests.deploy.edge_server import serving
from tests.deploy.roles import UNCALLED, calls_of, grants_of, is_listed, is_made_by_aws, is_too_much
from tests.deploy.site import Site, function
from tests.deploy.tour import NAMES, PICTURE, TOUR, ready
from tests.waiting import until

pytestmark = pytest.mark.timeout(900)
STAGES = json.loads(SETTINGS.read_text())
# Media first, which others ask about uploads; the blog last, as the hosted sign-in page leads back to the last of all.
SERVICES = ("media", "todos", "live", "reminders", "mydata", "housekeeping", "blog")
DEPLOYED = [f"production_{service}" for service in SERVICES]
PREFIX = f"{PROJECT}-production"
DOMAIN = "services.example"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def said(account: Account, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each deployment said."""
    stages = json.loads(SETTINGS.read_text())
    stages["production"]["deploy"] |= {"domain": DOMAIN, "certificate_arn": CERTIFICATE, "count_reads": 100}
    settings = tmp_path_factory.mktemp("settings") / SETTINGS.name
    settings.write_text(json.dumps(stages))
    return {service: account.zappa("deploy", f"production_{service}", "-s", str(settings)) for service in SERVICES}


@pytest.fixture(scope="module")
def site(account: Account, said: dict[str, str]) -> Site:
    return Site(account, DEPLOYED, at_the_edge=True)


def test_no_function_that_answers_carries_pillow_and_only_the_blogs_markdown(said: dict[str, str]) -> None:
    packed = {
        service: set(re.findall(r"^  ([\w.-]+) +\d+\.\d\d$", text, re.MULTILINE)) for service, text in said.items()
    }
    assert not any("pillow" in parts for parts in packed.values())
    assert {service for service, parts in packed.items() if "nh3" in parts} == {"blog"}
    assert all("django" in parts for parts in packed.values())


def test_each_has_its_own_size_and_serves_its_own_paths_alone(account: Account, site: Site) -> None:
    sizes = {}
    for service in SERVICES:
        stage = f"production_{service}"
        sizes[service] = account.client("lambda").get_function_configuration(FunctionName=function(stage))["MemorySize"]
        alone = Site(account, [stage], at_the_edge=True)
        served = {other for other in SERVICES if alone.request("GET", PATHS[other]).status != 404}
        assert served == {service}
    small = {"live": 512, "reminders": 512, "mydata": 512, "housekeeping": 512}
    assert sizes == {"media": 1024, "todos": 1024, "blog": 1024, **small}


PATHS = {
    "todos": "/api/todos/",
    "blog": "/api/blog/posts/",
    "media": "/api/media/uploads/",
    "live": "/api/live/tickets/",
    "reminders": "/api/reminders/settings/",
    "mydata": "/api/mydata/erasure/",
    "housekeeping": "/api/housekeeping/runs/",
}


@pytest.mark.parametrize("way", TOUR, ids=NAMES)
def test_they_serve_their_users_under_one_domain(site: Site, way: Callable[[Site], None]) -> None:
    assert site.variables["SITE_URL"] == f"https://{DOMAIN}"
    way(site)


def test_deploying_one_service_leaves_the_events_of_the_others(account: Account, site: Site) -> None:
    mappings = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    called = {
        (m["EventSourceArn"].split(":", 5)[5].split("/stream")[0], m["FunctionArn"].split(":", 6)[6]) for m in mappings
    }
    assert {(source.removeprefix("table/").removeprefix(f"{PREFIX}-"), name) for source, name in called} == {
        ("thumbnails", f"{PREFIX}-media-thumbnails"),
        ("uploads", f"{PREFIX}-media:events"),
        ("todos-media", f"{PREFIX}-todos:events"),
        ("blog-media", f"{PREFIX}-blog:events"),
        ("todos", f"{PREFIX}-live-push"),
        ("letters", f"{PREFIX}-blog:events"),
        ("mail-feedback", f"{PREFIX}-blog:events"),
        ("posts", f"{PREFIX}-blog:events"),
        ("subscribers", f"{PREFIX}-blog:events"),
        ("todos", f"{PREFIX}-reminders-collect"),
        ("reminder-changes", f"{PREFIX}-reminders-plan"),
        ("due-reminders", f"{PREFIX}-reminders-send"),
        ("erasures", f"{PREFIX}-mydata-erase"),
        ("housekeeping", f"{PREFIX}-housekeeping-run"),
        ("exports", f"{PREFIX}-mydata-export"),
        ("imports", f"{PREFIX}-mydata-import"),
        (f"stream/{PREFIX}-reads", f"{PREFIX}-reads-count"),
    }


# --- What each role may do, judged by IAM --------------------------------------------------------------------------


def test_the_admins_pages_open_with_the_blogs_role(site: Site) -> None:
    """All that lead on from its first page, as an administrator sees them; of those that differ by the row, one."""
    browser = Browser(site)
    browser.sign_in(site.new_user("adam", "admins"))
    known, left = {kind_of("/admin/logout/"): "/admin/logout/"}, ["/admin/"]
    while left:
        path = left.pop()
        page = browser.open(path)
        assert page.status == 200, f"{path}: {page.data.decode()[:2000]}"
        for each in re.findall(r'href="(?:/production_blog)?(/admin/[^"?#]*)', page.data.decode()):
            if kind_of(each) not in known:
                known[kind_of(each)] = each
                left.append(each)
    assert {"/admin/blog/post/", "/admin/blog/subscriber/"} <= set(known.values())
    assert ("blog", "post", "history") in known


def kind_of(path: str) -> tuple[str, ...]:
    """What is the same of pages that differ by the row: /admin/blog/post/SLUG/history/ is blog, post, history."""
    parts = path.strip("/").split("/")[1:]
    return tuple(part for number, part in enumerate(parts) if number != 2 or len(parts) == 3)


def test_what_is_deleted_leaves_s3(account: Account, site: Site) -> None:
    token = site.sign_up("alice")
    upload = site.upload(token, PICTURE)
    made = until(ready(site, token, upload), "the picture", 60)
    assert made
    assert site.http.request("GET", made["url"]).data == PICTURE
    link = made["renditions"][0]["webp"]
    assert site.request("DELETE", f"/api/media/uploads/{upload}/", token=token).status == 204
    until(lambda: site.http.request("GET", link).status in {403, 404}, "the end of its renditions", 60)
    listed = account.client("s3").list_object_versions
    bucket = site.variables["UPLOADS_BUCKET"]
    until(lambda: upload not in str(listed(Bucket=bucket).get("Versions")), "the end of the original", 60)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_allows_what_its_function_calls_and_no_more(account: Account, site: Site, service: str) -> None:
    """By all that was called before, from here on up."""
    calls = calls_of(account, f"{PREFIX}-{service}-function")
    grants = grants_of(account, f"{PREFIX}-{service}-function")
    assert calls
    assert [call for call in calls if call.verdict != "allowed"] == []
    assert [call for call in calls if not any(grant.covers(call) for grant in grants)] == []
    assert sorted(grant for grant in grants if is_too_much(grant, calls)) == []


WORKERS = [
    "housekeeping-run", "live-door", "live-push", "media-thumbnails", "mydata-erase", "mydata-export", "mydata-import",
    "reminders-collect",
    "reminders-plan", "reminders-send",
]  # fmt: skip


@pytest.mark.parametrize("worker", WORKERS)
def test_a_workers_role_allows_what_it_calls_and_no_more(account: Account, site: Site, worker: str) -> None:
    role = f"{PREFIX}-{worker}"
    calls, grants = calls_of(account, role), grants_of(account, role)
    assert calls
    assert [call for call in calls if call.verdict != "allowed"] == []
    # No connection of the tour is gone without a word, and no original is gone or comes twice.
    spared = {("dynamodb:DeleteItem", "live-push"), ("s3:ListBucket", "mydata-import")}
    spared |= {
        (action, "media-thumbnails") for action in ("dynamodb:DeleteItem", "s3:ListBucket", "s3:DeleteObjectVersion")
    }
    # No reminder of the tour comes at a moment that has moved without a schedule, and nobody's files have to wait.
    spared |= {
        (action, name)
        for action in ("sqs:SendMessage", "sqs:GetQueueUrl")
        for name in ("reminders-send", "media-thumbnails")
    }
    # No run of the tour is so long that it goes on, and a picture that is not there is known by the right to list.
    spared |= {(action, "housekeeping-run") for action in ("sqs:SendMessage", "sqs:GetQueueUrl", "s3:ListBucket")}
    # No file of the tour is a day old, so none is looked for among the rows.
    grants = {
        each for each in grants if worker != "housekeeping-run" or not is_listed(each, "dynamodb:Query", "-uploads")
    }
    grants = {grant for grant in grants if (grant.action, worker) not in spared}
    # No device of the tour takes nothing, so no connection is closed.
    grants = {
        grant for grant in grants if not is_listed(grant, "execute-api:ManageConnections", "/DELETE/@connections/*")
    }
    # Who tells pages of a change may have taken away the account's connection before the account was erased.
    grants = {grant for grant in grants if not is_listed(grant, "dynamodb:BatchWriteItem", "-connections")}
    unused = [grant for grant in grants if not any(grant.covers(call) for call in calls) and not is_made_by_aws(grant)]
    assert sorted(unused) == []


def test_every_reason_is_about_a_permission(account: Account, said: dict[str, str]) -> None:
    grants = set().union(*(grants_of(account, f"{PREFIX}-{service}-function") for service in SERVICES))
    assert [entry for entry in UNCALLED if not any(is_listed(grant, *entry) for grant in grants)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_allows_what_another_service_calls(account: Account, site: Site, service: str) -> None:
    own = grants_of(account, f"{PREFIX}-{service}-function")
    common = [f"{PREFIX}-counters", "secret-key", "edge-key", "push-key"]
    # The admin looks at the queues of failed events; a service asks for the address of its own to fill it. It sends
    # failed events on their way again, too. Pages and pictures have one CloudFront.
    shared = ("sqs:", "cloudfront:CreateInvalidation")
    for other in set(SERVICES) - {service}:
        for call in calls_of(account, f"{PREFIX}-{other}-function"):
            if not call.resource.endswith(tuple(common)) and not call.action.startswith(shared):
                assert not any(grant.covers(call) for grant in own), call


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


@pytest.mark.parametrize("service", SERVICES)
def test_no_role_scans_or_changes_tables(as_role: Callable[[str, str], Any], service: str) -> None:
    dynamodb = as_role(service, "dynamodb")
    tables = {"media": "uploads", "blog": "posts", "live": "tickets", "housekeeping": "runs"}
    own = f"{PREFIX}-{tables.get(service, service)}"
    assert not is_allowed(lambda: dynamodb.scan(TableName=own))
    assert not is_allowed(lambda: dynamodb.delete_table(TableName=own))
    assert not is_allowed(lambda: dynamodb.update_table(TableName=own, BillingMode="PAY_PER_REQUEST"))


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


def test_the_blog_sends_mail_as_the_sites_sender_alone(as_role: Callable[[str, str], Any]) -> None:
    def mail(service: str, sender: str) -> Callable[[], Any]:
        content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
        to = {"ToAddresses": ["reader@example.com"]}
        return lambda: as_role(service, "sesv2").send_email(FromEmailAddress=sender, Destination=to, Content=content)

    sender = STAGES["production"]["deploy"]["mail_from"]
    assert is_allowed(mail("blog", sender))
    assert not is_allowed(mail("blog", "somebody@example.com"))
    assert not is_allowed(mail("media", sender))
    assert not is_allowed(mail("todos", sender))


# --- The domain in front of all of them -------------------------------------------------------------------------------


def test_reads_are_counted_with_the_rights_it_takes_once_they_are_asked_for(account: Account, site: Site) -> None:
    client, slug = account.client("kinesis"), f"read-{time.time_ns()}"
    for line in (f"{time.time():.3f}\t200\tGET\t/posts/{slug}/\tMozilla/5.0%20(X11)\n", "poison"):
        client.put_record(StreamName=f"{PREFIX}-reads", Data=line.encode(), PartitionKey="1")
    scan, role = account.client("dynamodb").scan, f"{PREFIX}-reads-count"
    until(lambda: slug in str(scan(TableName=f"{PREFIX}-reads")["Items"]), "the read")
    until(lambda: any(call.action == "sqs:SendMessage" for call in calls_of(account, role)), "the poison put aside")
    calls, grants = calls_of(account, role), grants_of(account, role)
    assert [call for call in calls if call.verdict != "allowed"] == []
    unused = [grant for grant in grants if not any(grant.covers(call) for call in calls) and not is_made_by_aws(grant)]
    assert sorted(unused) == []
    behaviors = distribution_of(account)["CacheBehaviors"]["Items"]
    logged = {each["PathPattern"] for each in behaviors if each.get("RealtimeLogConfigArn")}
    assert logged == {"/posts/*"}


def test_who_was_there_before_the_edge_is_named(said: dict[str, str]) -> None:
    assert "CloudFront is new: deploy production_todos," in said["blog"]
    assert not any("CloudFront is new" in said[service] for service in SERVICES[:-1])


def test_nobody_comes_past_the_firewall(account: Account, site: Site) -> None:
    """From the first deployment on, also of services that were there before the distribution."""
    past = Site(account, DEPLOYED)
    for path in ("/", "/admin/", "/api/todos/", "/api/media/uploads/", "/api/blog/posts/"):
        answer = past.request("GET", path)
        assert (answer.status, answer.json()["detail"]) == (403, f"The site answers at https://{DOMAIN} alone."), path
    assert past.request("GET", "/api/health/deep/").status == 200


def left_by_visits(account: Account, site: Site) -> list[str]:
    """Users, rows and addresses of `make verify` that are still there."""
    users = account.client("cognito-idp").list_users(UserPoolId=site.variables["COGNITO_USER_POOL_ID"])["Users"]
    addresses = [attribute["Value"] for user in users for attribute in user["Attributes"]]
    scan = account.client("dynamodb").scan
    rows = [
        str(row) for name in ("todos", "uploads", "subscribers") for row in scan(TableName=f"{PREFIX}-{name}")["Items"]
    ]
    return [each for each in (*addresses, *rows) if "verify-" in each or "icon-512" in each]


def test_it_is_verified_at_its_addresses_and_nothing_of_that_stays(
    account: Account, site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "said.json"
    with serving(site) as edge:
        command = ("infra.deploy", "verify", "production_blog", "--address", edge.address, "--output", str(file))
        said = account.run(*command)
    written = json.loads(file.read_text())
    assert [each["check"] for each in written["checks"]] == list(CHECKS), said
    assert len(re.findall(r"^fine ", said, re.MULTILINE)) == len(CHECKS)
    until(lambda: left_by_visits(account, site) == [], "the end of what was made")


def test_a_new_edge_key_is_sent_when_all_believe_it(account: Account, site: Site) -> None:
    former = site.passed_on["X-Origin-Key"]
    assert "make one first" in account.run("infra.deploy", "rotate-edge-key", "production", "--finish", code=1)
    account.run("infra.deploy", "rotate-edge-key", "production")
    assert "is under way" in account.run("infra.deploy", "rotate-edge-key", "production", code=1)
    assert "would refuse all" in account.run("infra.deploy", "rotate-edge-key", "production", "--finish", code=1)
    assert sent_keys(account) == {former}
    for stage in DEPLOYED:
        publish_again(account.deployment(stage, STAGES))
    account.run("infra.deploy", "rotate-edge-key", "production", "--finish")
    assert sent_keys(account) == {Site(account, DEPLOYED, at_the_edge=True).passed_on["X-Origin-Key"]} != {former}


def publish_again(deployment: Deployment) -> None:
    """As a deployment of the same code."""
    client = deployment.client("lambda")
    client.update_function_configuration(FunctionName=deployment.function, Description="again")
    release.go_live(deployment, client.publish_version(FunctionName=deployment.function)["Version"])


def distribution_of(account: Account) -> Any:
    """What CloudFront's distribution is set to."""
    client = account.client("cloudfront")
    [distribution] = client.list_distributions()["DistributionList"]["Items"]
    return client.get_distribution_config(Id=distribution["Id"])["DistributionConfig"]


def sent_keys(account: Account) -> set[str]:
    """What the distribution sends to the APIs to be believed."""
    origins = distribution_of(account)["Origins"]["Items"]
    headers = [header for origin in origins for header in origin.get("CustomHeaders", {}).get("Items", [])]
    return {header["HeaderValue"] for header in headers if header["HeaderName"] == "X-Origin-Key"}
