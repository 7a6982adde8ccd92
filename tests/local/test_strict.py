"""What AWS refuses, the embedded AWS refuses first."""

import json
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from infra.local.strict.distributions import WRITES_AND_GROUPS
from infra.local.strict.mail import quota
from tests.local.account import TABLE, Account, Resource, refusal
from tests.waiting import until

WEB_ACL = "arn:aws:wafv2:{}:000000000000:{}/webacl/all/1"
ASSUMED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
CODE = {"Role": "arn:aws:iam::000000000000:role/all", "Runtime": "python3.11", "Handler": "index.handler"}


def certificate(region: str) -> Resource:
    """A ViewerCertificate of CloudFormation."""
    return {
        "AcmCertificateArn": f"arn:aws:acm:{region}:000000000000:certificate/1",
        "SslSupportMethod": "sni-only",
    }


def origins(*headers: str) -> list[Resource]:
    """Two of CloudFormation, `one` and `other`, which are sent these headers."""
    sent = [{"HeaderName": each, "HeaderValue": "x"} for each in headers]
    more = {"CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}, "OriginCustomHeaders": sent}
    return [{"Id": name, "DomainName": f"{name}.example.com", **more} for name in ("one", "other")]


def distribution(**more: Any) -> Resource:
    """A DistributionConfig of CloudFormation with an origin `one` and an origin group `both`."""
    group = {
        "Id": "both",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [503]}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "one"}, {"OriginId": "other"}]},
    }
    return {
        "Enabled": True,
        "Origins": origins(),
        "OriginGroups": {"Quantity": 1, "Items": [group]},
        "DefaultCacheBehavior": behavior("one", ["GET", "HEAD"]),
        **more,
    }


def behavior(target: str, methods: list[str], **more: Any) -> Resource:
    """A cache behaviour."""
    policy = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's CachingDisabled
    return {
        "TargetOriginId": target,
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": methods,
        "CachePolicyId": policy,
        **more,
    }


def wire(config: Resource) -> Resource:
    """The same for CloudFront's API, whose lists are counted."""

    def counted(items: list[Any]) -> Resource:
        return {"Quantity": len(items), "Items": items}

    def methods(each: Resource) -> Resource:
        return {**each, "AllowedMethods": counted(each["AllowedMethods"])}

    asked = [
        {
            **{key: value for key, value in each.items() if key != "OriginCustomHeaders"},
            "CustomHeaders": counted(each["OriginCustomHeaders"]),
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, **each["CustomOriginConfig"]},
        }
        for each in config["Origins"]
    ]
    certificate = {
        {"AcmCertificateArn": "ACMCertificateArn", "SslSupportMethod": "SSLSupportMethod"}[key]: value
        for key, value in config.get("ViewerCertificate", {}).items()
    }
    return {
        **{key: value for key, value in config.items() if key != "ViewerCertificate"},
        **({"ViewerCertificate": certificate} if certificate else {}),
        "CallerReference": str(uuid4()),
        "Comment": config.get("Comment", ""),
        "Origins": counted(asked),
        "DefaultCacheBehavior": methods(config["DefaultCacheBehavior"]),
        "CacheBehaviors": counted([methods(each) for each in config.get("CacheBehaviors", [])]),
    }


EVERY = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
REFUSED_DISTRIBUTIONS: dict[str, tuple[Resource, str, str]] = {
    "writes of the default behaviour": (
        {"DefaultCacheBehavior": behavior("both", EVERY)},
        "InvalidArgument",
        WRITES_AND_GROUPS,
    ),
    "writes of another behaviour": (
        {"CacheBehaviors": [behavior("both", EVERY, PathPattern="/api/*")]},
        "InvalidArgument",
        WRITES_AND_GROUPS,
    ),
    "a certificate of another region": (
        {"ViewerCertificate": certificate("eu-central-1")},
        "InvalidViewerCertificate",
        "us-east-1",
    ),
    "a header that CloudFront has a meaning for": ({"Origins": origins("X-Edge-Key")}, "InvalidArgument", "X-Edge-Key"),
    "a long comment": ({"Comment": "x" * 129}, "InvalidArgument", "Comment"),
    "a header that HTTP has a meaning for": ({"Origins": origins("X-Key", "Via")}, "InvalidArgument", "Via"),
    "a web ACL of another region": (
        {"WebACLId": WEB_ACL.format("eu-central-1", "regional")},
        "InvalidWebACLId",
        "us-east-1",
    ),
}
ACCEPTED_DISTRIBUTIONS: dict[str, Resource] = {
    "reads of an origin group": {"DefaultCacheBehavior": behavior("both", ["GET", "HEAD", "OPTIONS"])},
    "a header of one's own": {"Origins": origins("X-Key"), "Comment": "x" * 128},
    "writes to one origin": {"CacheBehaviors": [behavior("one", EVERY, PathPattern="/api/*")]},
    "what lies in us-east-1": {
        "ViewerCertificate": certificate("us-east-1"),
        "WebACLId": WEB_ACL.format("us-east-1", "global"),
    },
}


@pytest.mark.parametrize("name", REFUSED_DISTRIBUTIONS)
def test_a_distribution_cloudfront_refuses(account: Account, name: str) -> None:
    part, code, why = REFUSED_DISTRIBUTIONS[name]
    config = distribution(**part)
    cloudfront = account.client("cloudfront")
    assert refusal(lambda: cloudfront.create_distribution(DistributionConfig=wire(config))) == code
    made = cloudfront.create_distribution(DistributionConfig=wire(distribution()))
    change = {"Id": made["Distribution"]["Id"], "IfMatch": made["ETag"], "DistributionConfig": wire(config)}
    assert refusal(lambda: cloudfront.update_distribution(**change)) == code
    assert why in account.create("AWS::CloudFront::Distribution", {"DistributionConfig": config})


@pytest.mark.parametrize("name", REFUSED_DISTRIBUTIONS)
def test_an_update_of_a_stack_to_a_distribution_cloudfront_refuses(account: Account, name: str) -> None:
    part, _, why = REFUSED_DISTRIBUTIONS[name]
    kind, stack = "AWS::CloudFront::Distribution", f"stack-{uuid4()}"
    assert account.create(kind, {"DistributionConfig": distribution()}, stack) == ""
    refused = {"Type": kind, "Properties": {"DistributionConfig": distribution(**part)}}
    assert why in account.update(stack, {"Resources": {"It": refused}})


@pytest.mark.parametrize("name", ACCEPTED_DISTRIBUTIONS)
def test_a_distribution_cloudfront_accepts(account: Account, name: str) -> None:
    config = distribution(**ACCEPTED_DISTRIBUTIONS[name])
    account.client("cloudfront").create_distribution(DistributionConfig=wire(config))
    assert account.create("AWS::CloudFront::Distribution", {"DistributionConfig": config}) == ""


@pytest.mark.parametrize(
    "name", ["ab", "x" * 64, "Upper", "under_score", "192.168.1.1", "two..dots", "xn--it", "it-s3alias", "-it"]
)
def test_names_of_buckets(account: Account, name: str) -> None:
    bucket = {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    assert refusal(lambda: account.client("s3").create_bucket(**bucket)) == "InvalidBucketName"
    assert account.create("AWS::S3::Bucket", {"BucketName": name})


@pytest.mark.parametrize("name", ["with space", "x" * 65, "with/slash"])
def test_names_of_roles(account: Account, name: str) -> None:
    role = {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(ASSUMED)}
    assert refusal(lambda: account.client("iam").create_role(**role)) == "ValidationError"
    assert name in account.create("AWS::IAM::Role", {"RoleName": name, "AssumeRolePolicyDocument": ASSUMED})


@pytest.mark.parametrize("name", ["with space", "x" * 65, "with.dot"])
def test_names_of_functions(account: Account, name: str) -> None:
    empty = b"PK\x05\x06" + bytes(18)
    function = {"FunctionName": name, "Code": {"ZipFile": empty}, **CODE}
    assert refusal(lambda: account.client("lambda").create_function(**function)) == "ValidationException"
    properties = {"FunctionName": name, "Code": {"ZipFile": "handler = None"}, **CODE}
    assert name in account.create("AWS::Lambda::Function", properties)


@pytest.mark.parametrize("name", ["with space", "/deep" * 17, "sign!"])
def test_names_of_parameters(account: Account, name: str) -> None:
    parameter = {"Name": name, "Value": "1", "Type": "String"}
    refusal(lambda: account.client("ssm").put_parameter(**parameter))
    assert account.create("AWS::SSM::Parameter", parameter)


@pytest.mark.parametrize("domain", ["Upper", "under_score", "x" * 64, "my-cognito", "aws-it", "-it"])
def test_names_of_user_pool_domains(account: Account, domain: str) -> None:
    cognito = account.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=str(uuid4()))["UserPool"]["Id"]
    asked = {"UserPoolId": pool, "Domain": domain}
    assert refusal(lambda: cognito.create_user_pool_domain(**asked)) == "InvalidParameterException"
    assert account.create("AWS::Cognito::UserPoolDomain", asked)


@pytest.mark.parametrize(
    ("kind", "properties", "changed"),
    [
        ("AWS::DynamoDB::Table", {"TableName": "one-table", **TABLE}, {}),
        ("AWS::SES::EmailIdentity", {"EmailIdentity": "one@example.com"}, {}),
        ("AWS::S3::Bucket", {"BucketName": "one-bucket-of-the-world"}, {}),
        ("AWS::SQS::Queue", {"QueueName": "one-queue", "VisibilityTimeout": 30}, {"VisibilityTimeout": 60}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_exists_is_not_created_again(account: Account, kind: str, properties: Resource, changed: Resource) -> None:
    assert account.create(kind, properties) == ""
    again = f"stack-{uuid4()}"
    assert account.create(kind, {**properties, **changed}, again)
    assert account.status(again) == "ROLLBACK_COMPLETE"


def test_a_template_holds_no_null(account: Account) -> None:
    nulls = {"Resources": {"It": {"Type": "AWS::SQS::Queue", "Metadata": {"some": [{"thing": None}]}}}}
    with pytest.raises(ClientError, match=r"/Resources/It/Metadata/some/0/thing\] 'null' values are not allowed"):
        account.client("cloudformation").create_stack(StackName="nulls", TemplateBody=json.dumps(nulls))


def test_an_update_without_a_change_is_an_error(account: Account) -> None:
    stack, kind = f"stack-{uuid4()}", "AWS::DynamoDB::Table"
    assert account.create(kind, {"TableName": "kept-table", **TABLE}, stack) == ""
    former = {"Resources": {"It": {"Type": kind, "Properties": {"TableName": "kept-table", **TABLE}}}}
    assert refusal(lambda: account.update(stack, former)) == "ValidationError"
    wrong = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "Upper"}}
    assert account.update(stack, {"Resources": {**former["Resources"], "Wrong": wrong}})
    assert account.status(stack) == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="No updates are to be performed"):
        account.update(stack, former)


def test_a_rolled_back_update_leaves_tags_and_parameters_as_they_were(account: Account) -> None:
    stack, cloudformation = f"stack-{uuid4()}", account.client("cloudformation")
    queue = {"Type": "AWS::SQS::Queue", "Properties": {}}
    wrong = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "Upper"}}
    for change, value, resources in (
        (cloudformation.create_stack, "former", {"It": queue}),
        (cloudformation.update_stack, "later", {"It": queue, "Wrong": wrong}),
    ):
        template = {"Parameters": {"Value": {"Type": "String"}}, "Resources": resources}
        change(
            StackName=stack,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "Value", "ParameterValue": value}],
            Tags=[{"Key": "value", "Value": value}],
        )
        account.outcome(stack)
    [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    assert found["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (found["Parameters"][0]["ParameterValue"], found["Tags"][0]["Value"]) == ("former", "former")


def test_a_first_page_may_be_empty(account: Account) -> None:
    ssm, filters = account.client("ssm"), [{"Key": "Name", "Option": "Equals", "Values": ["/paged"]}]
    ssm.put_parameter(Name="/paged", Value="1", Type="String")
    assert ssm.describe_parameters(ParameterFilters=filters)["Parameters"] == []
    pages = ssm.get_paginator("describe_parameters").paginate(ParameterFilters=filters)
    assert [each["Name"] for page in pages for each in page["Parameters"]] == ["/paged"]


def test_in_its_sandbox_ses_sends_to_known_addresses_alone(account: Account) -> None:
    ses = account.client("sesv2", region_name="eu-west-3")
    for address in ("sender@example.com", "known@example.com"):
        ses.create_email_identity(EmailIdentity=address)
    ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com", ProductionAccessEnabled=False)

    def send(to: str) -> object:
        content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hello"}}}}
        return ses.send_email(FromEmailAddress="sender@example.com", Destination={"ToAddresses": [to]}, Content=content)

    def is_sent(to: str) -> bool:
        try:
            return bool(send(to))
        except ses.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ThrottlingException":
                raise
            return False

    try:
        assert refusal(lambda: send("stranger@example.com")) == "MessageRejected"
        send("known@example.com")
        quota = ses.get_account()["SendQuota"]
        assert (quota["Max24HourSend"], quota["MaxSendRate"]) == (200, 1)
        until(lambda: is_sent("success@simulator.amazonses.com"))
    finally:
        ses.put_account_details(
            MailType="TRANSACTIONAL", WebsiteURL="https://example.com", ProductionAccessEnabled=True
        )


ALARM = {
    "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
MACHINE = '{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}'
CACHED = {"CookiesConfig": {"CookieBehavior": "none"}, "HeadersConfig": {"HeaderBehavior": "none"}}
CACHE = {
    "DefaultTTL": 1, "MaxTTL": 1, "MinTTL": 1,
    "ParametersInCacheKeyAndForwardedToOrigin": {
        **CACHED, "QueryStringsConfig": {"QueryStringBehavior": "none"}, "EnableAcceptEncodingGzip": False,
    },
}  # fmt: skip
SIGNED = {"OriginAccessControlOriginType": "s3", "SigningBehavior": "always", "SigningProtocol": "sigv4"}
NAMED: dict[str, Resource] = {
    "AWS::IAM::Role": {"RoleName": "there", "AssumeRolePolicyDocument": ASSUMED},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName": "there", "PolicyDocument": {**ASSUMED, "Statement": []}},
    "AWS::Lambda::Function": {**CODE, "FunctionName": "there", "Code": {"ZipFile": "handler = print"}},
    "AWS::Logs::LogGroup": {"LogGroupName": "/there"},
    "AWS::Kinesis::Stream": {"Name": "there", "ShardCount": 1},
    "AWS::SES::ConfigurationSet": {"Name": "there"},
    "AWS::Scheduler::ScheduleGroup": {"Name": "there"},
    "AWS::CloudWatch::Alarm": {"AlarmName": "there", **ALARM},
    "AWS::CloudWatch::Dashboard": {"DashboardName": "there", "DashboardBody": '{"widgets": []}'},
    "AWS::Events::Rule": {"Name": "there", "ScheduleExpression": "rate(1 day)"},
    "AWS::SNS::Topic": {"TopicName": "there"},
    "AWS::StepFunctions::StateMachine": {
        "StateMachineName": "there",
        "RoleArn": CODE["Role"],
        "DefinitionString": MACHINE,
    },
    "AWS::CloudFront::KeyValueStore": {"Name": "there"},
    "AWS::CloudFront::CachePolicy": {"CachePolicyConfig": {"Name": "there", **CACHE}},
    "AWS::CloudFront::OriginAccessControl": {"OriginAccessControlConfig": {"Name": "there", **SIGNED}},
    "AWS::CloudFront::Function": {
        "Name": "there",
        "FunctionCode": "function handler(event) { return event.request; }",
        "FunctionConfig": {"Comment": "", "Runtime": "cloudfront-js-2.0"},
    },
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_stack_creates_nothing_under_a_name_that_is_there(account: Account, kind: str) -> None:
    stack, cloudformation = f"stack-{uuid4()}", account.client("cloudformation")
    assert account.create(kind, NAMED[kind], stack) == ""
    assert "there already exists" in account.create(kind, NAMED[kind])
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert account.create(kind, NAMED[kind]) == ""


@pytest.mark.parametrize(("policy", "is_kept"), [("Retain", True), ("RetainExceptOnCreate", False), ("Delete", False)])
def test_what_a_failed_creation_leaves_is_said_by_the_template(account: Account, policy: str, is_kept: bool) -> None:
    name, stack = f"table-{uuid4()}", f"stack-{uuid4()}"
    table = {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": policy, "Properties": {"TableName": name, **TABLE}}
    wrong = {"Type": "AWS::S3::Bucket", "DependsOn": "It", "Properties": {"BucketName": "Upper"}}
    template = json.dumps({"Resources": {"It": table, "Wrong": wrong}})
    account.client("cloudformation").create_stack(StackName=stack, TemplateBody=template)
    assert account.outcome(stack)
    assert (name in account.client("dynamodb").list_tables()["TableNames"]) == is_kept


def test_the_sandbox_allows_a_mail_a_second_and_two_hundred_a_day() -> None:
    now, day = 1_000_000.0, 24 * 60 * 60
    assert quota([(now - 0.5, False)], now) == "Maximum sending rate exceeded."
    assert quota([(now - 2, False)] * 199 + [(now - 3, True), (now - day - 1, False)], now) == ""
    assert quota([(now - 2, False)] * 200, now) == "Daily message quota exceeded."


INERT = {
    "AWS::Route53::HealthCheck": ({"HealthCheckConfig": {"Type": "TCP", "Port": 443}}, "HealthCheckId"),
    "AWS::CloudFront::RealtimeLogConfig": ({"Name": "log", "EndPoints": [], "Fields": [], "SamplingRate": 1}, "Arn"),
    "AWS::DAX::Cluster": ({"ClusterName": "dax", "NodeType": "dax.t3.small"}, "ClusterDiscoveryEndpointURL"),
    "AWS::DAX::ParameterGroup": ({"ParameterGroupName": "parameters"}, ""),
    "AWS::DAX::SubnetGroup": ({"SubnetGroupName": "subnets", "SubnetIds": ["subnet-1"]}, ""),
    "AWS::EC2::EIP": ({"Domain": "vpc"}, "AllocationId"),
    "AWS::EC2::NatGateway": ({"SubnetId": "subnet-1"}, "NatGatewayId"),
    "AWS::ApplicationAutoScaling::ScalableTarget": ({"MaxCapacity": 10, "MinCapacity": 1}, "Id"),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ({"PolicyName": "load", "PolicyType": "StepScaling"}, "Arn"),
    "AWS::Budgets::Budget": ({"Budget": {"BudgetType": "COST", "TimeUnit": "MONTHLY"}}, ""),
    "AWS::KMS::ReplicaKey": ({"PrimaryKeyArn": "arn:aws:kms:us-east-1:000000000000:key/mrk-1"}, "KeyId"),
}


@pytest.mark.parametrize("kind", INERT)
def test_types_that_do_nothing_are_held_and_deleted_by_their_stack(account: Account, kind: str) -> None:
    properties, attribute = INERT[kind]
    stack, cloudformation = f"stack-{uuid4()}", account.client("cloudformation")
    value = {"Fn::GetAtt": ["It", attribute]} if attribute else {"Ref": "It"}
    template = {
        "Resources": {"It": {"Type": kind, "Properties": properties}},
        "Outputs": {"Value": {"Value": value}},
    }
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    assert account.outcome(stack) == ""
    resource = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId="It")["StackResourceDetail"]
    assert resource["ResourceType"] == kind
    assert cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"][0]["OutputValue"]
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
