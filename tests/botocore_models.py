"""Botocore's descriptions of services, each read once in a process: every session of its own would read them anew."""

from functools import cache, partial

from botocore.loaders import JSONFileLoader, Loader

# What commands of a deployment ask. They are forks: what is read before is there in each.
_ASKED = (
    "acm", "apigateway", "budgets", "cloudformation", "cloudfront", "cloudfront-keyvaluestore", "cloudwatch",
    "cognito-idp", "dynamodb", "events", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sesv2", "sns", "sqs",
    "ssm", "sts",
)  # fmt: skip


def keep() -> None:
    """Have all sessions of this process share them."""
    read = cache(partial(JSONFileLoader.load_file, JSONFileLoader()))
    JSONFileLoader.load_file = lambda _, path: read(path)  # type: ignore[assignment,method-assign]


def read_before() -> None:
    """Read what many will need."""
    loader = Loader()
    for service in _ASKED:
        loader.load_service_model(service, "service-2")
