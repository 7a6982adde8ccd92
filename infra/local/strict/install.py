"""Puts the rules into MiniStack."""

import functools
import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from xml.etree.ElementTree import Element

from infra.local.strict import (
    api_models,
    attributes,
    buckets,
    concurrency,
    distributions,
    event_destinations,
    existing,
    expressions,
    gateways,
    inert,
    names,
    paging,
    records,
    replication,
    requests,
    sandbox,
    second_factor,
    sign_ins,
    tables,
    user_pools,
    versions,
)

Rule = Callable[[Mapping[str, Any]], str]
Call = Callable[..., Any]
# MiniStack's modules of APIs that speak JSON, by the names botocore has for them.
_JSON_APIS = {
    "cognito-idp": "cognito",
    "kinesis": "kinesis",
    "lambda": "lambda_svc",
    "scheduler": "scheduler",
    "sesv2": "ses_v2",
    "ssm": "ssm",
    "stepfunctions": "stepfunctions",
}


def install() -> None:
    """Have MiniStack's APIs and its CloudFormation refuse what the rules refuse."""
    provisioners = _module("cloudformation.provisioners")
    _check_distributions(_module("cloudfront"), provisioners)
    _check_names()
    _check_concurrency(_module("lambda_svc"))
    versions.install(_module("lambda_svc"))
    gateways.install(_module("apigateway_v1"))
    cognito, kms = _module("cognito"), _module("kms")
    sign_ins.install(cognito)
    second_factor.install(cognito)
    user_pools.install(cognito, kms, provisioners)
    _add_operations(cognito, attributes.operations(cognito), user_pools.operations(cognito, kms))
    s3 = _module("s3")
    s3._apply_bucket_scope = buckets.for_whom_it_is(s3, s3._apply_bucket_scope)
    replication.of_buckets(s3)
    dynamodb = _module("dynamodb")
    replication.of_tables(dynamodb)
    tables.take_their_time(dynamodb)
    _check_expressions(dynamodb)
    ssm = _module("ssm")
    ssm._describe_parameters = paging.empty_first_page(ssm, ssm._describe_parameters)
    records.install(_module("route53"))
    sandbox.begin(_module("ses"), _module("ses_v2"))
    event_destinations.install(_module("ses_v2"), _module("sns"))
    _check_requests()
    for kind, rules in _resource_rules(provisioners).items():
        _check_resources(provisioners, kind, rules)
    for kind, make in inert.TYPES.items():
        provisioners._RESOURCE_HANDLERS.setdefault(kind, inert.handler(provisioners, kind, make))


def _resource_rules(provisioners: ModuleType) -> dict[str, tuple[Rule, ...]]:
    """The rules of a resource's creation by CloudFormation, by its type."""
    return {
        **{kind: (existing.named(kind),) for kind in existing.NAMED},
        **{kind: (existing.configured(kind),) for kind in existing.CONFIGURED},
        "AWS::S3::Bucket": (names.bucket, buckets.acceleration),
        "AWS::IAM::Role": (names.role, existing.named("AWS::IAM::Role")),
        "AWS::Lambda::Function": (names.function, existing.named("AWS::Lambda::Function"), _reserved),
        "AWS::DynamoDB::Table": (functools.partial(existing.table, provisioners),),
        "AWS::SES::EmailIdentity": (functools.partial(existing.email_identity, provisioners),),
        "AWS::SQS::Queue": (functools.partial(existing.queue, provisioners),),
    }


def _check_resources(provisioners: ModuleType, kind: str, rules: tuple[Rule, ...]) -> None:
    """A resource is made by its handler, and by its update under another name, which calls the function itself."""
    handler = provisioners._RESOURCE_HANDLERS[kind]
    create: Call = handler["create"]

    def checked(logical_id: str, props: Mapping[str, Any], stack_name: str) -> Any:
        for rule in rules:
            if why := rule(props):
                raise ValueError(why)
        return create(logical_id, props, stack_name)

    handler["create"] = checked
    setattr(provisioners, create.__name__, checked)


def _check_distributions(cloudfront: Any, provisioners: Any) -> None:
    """The API asks `_distribution_vpc_origin_error` at each creation and update."""
    check, convert = cloudfront._distribution_vpc_origin_error, provisioners._cf_distribution_config

    def error(config: Element) -> Any:
        for rule, code in distributions.RULES.items():
            if why := rule(config):
                return cloudfront._error(code, why, 400)
        return check(config)

    def checked_config(props: object, reference: str) -> Any:
        config = convert(props, reference)
        for rule in distributions.RULES:
            if why := rule(config):
                raise ValueError(why)
        return config

    cloudfront._distribution_vpc_origin_error, provisioners._cf_distribution_config = error, checked_config


def _check_names() -> None:
    """Parameters and domains are made by these functions for CloudFormation, too."""
    s3, iam, awslambda, ssm, cognito = (_module(name) for name in ("s3", "iam", "lambda_svc", "ssm", "cognito"))
    s3._create_bucket = _checked(
        s3._create_bucket,
        lambda name: names.bucket({"BucketName": name}),
        lambda why: s3._error("InvalidBucketName", why, 400),
    )
    iam._IAM_HANDLERS["CreateRole"] = _checked(
        iam._IAM_HANDLERS["CreateRole"],
        lambda asked: names.role({"RoleName": iam._p(asked, "RoleName")}),
        lambda why: iam._error(400, "ValidationError", why),
    )
    for module, call, rule, code in (
        (awslambda, "_create_function", names.function, "ValidationException"),
        (ssm, "_put_parameter", names.parameter, "ValidationException"),
        (cognito, "_create_user_pool_domain", names.user_pool_domain, "InvalidParameterException"),
    ):
        answer = functools.partial(_json_error, module, code)
        setattr(module, call, _checked(getattr(module, call), rule, answer))


def _add_operations(cognito: ModuleType, of_users: dict[str, Call], of_operators: dict[str, Call]) -> None:
    """The dispatcher knows its actions alone; ours run as its own do, those of users in the region of their token."""
    dispatch, ours = cognito._dispatch_idp, of_users | of_operators
    cognito._UNSIGNED_IDP_ACTIONS.update(of_users)

    async def dispatch_idp(action: str, data: Mapping[str, Any]) -> Any:
        if operation := ours.get(action):
            return cognito._run_idp_handler(operation, action, data)
        return await dispatch(action, data)

    vars(cognito).update(_dispatch_idp=dispatch_idp)


def _reserved(asked: Mapping[str, Any]) -> str:
    return concurrency.reserved(_module("lambda_svc"), asked)


def _check_requests() -> None:
    for service, name in _JSON_APIS.items():
        api_models.install(_module(name), service, requests.RULES)
    s3, sns = _module("s3"), _module("sns")
    publish = sns._publish

    def checked_publish(asked: Mapping[str, Any]) -> Any:
        subject = sns._p(asked, "Subject", None)
        why = requests.notification(sns._p(asked, "Message"), subject)
        return sns._error("InvalidParameter", why, 400) if why else publish(asked)

    vars(sns).update(_publish=checked_publish)
    for call in ("_put_object", "_create_multipart_upload", "_copy_object"):
        setattr(s3, call, _checked_key(s3, getattr(s3, call)))


def _checked_key(s3: ModuleType, call: Call) -> Call:
    @functools.wraps(call)
    def checked(bucket: str, key: str, *args: object, **options: object) -> Any:
        why = requests.object_key(key)
        return s3._error("KeyTooLongError", why, 400) if why else call(bucket, key, *args, **options)

    return checked


def _check_expressions(dynamodb: ModuleType) -> None:
    for call, rule in (
        ("_query", functools.partial(expressions.filter_of_query, dynamodb)),
        ("_update_item", expressions.update),
        ("_transact_write_items", expressions.updates),
    ):
        answer = functools.partial(_json_error, dynamodb, "ValidationException")
        setattr(dynamodb, call, _checked(getattr(dynamodb, call), rule, answer))
    types = dynamodb._index_key_type_reason

    def index_key_reason(table: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
        return types(table, item) or expressions.index_keys(table, item)

    vars(dynamodb).update(_index_key_type_reason=index_key_reason)


def _check_concurrency(awslambda: ModuleType) -> None:
    put = awslambda._put_function_concurrency

    def put_function_concurrency(name: str, asked: Mapping[str, Any]) -> Any:
        why = concurrency.reserved(awslambda, asked, name)
        return _json_error(awslambda, "InvalidParameterValueException", why) if why else put(name, asked)

    vars(awslambda).update(_put_function_concurrency=put_function_concurrency)


def _checked(call: Call, rule: Callable[[Any], str], answer: Callable[[str], Any]) -> Call:
    """`call`, refused where the rule says why by its first argument."""

    @functools.wraps(call)
    def checked(asked: object, *args: object, **options: object) -> Any:
        why = rule(asked)
        return answer(why) if why else call(asked, *args, **options)

    return checked


def _json_error(module: ModuleType, code: str, why: str) -> Any:
    return module.error_response_json(code, why, 400)


def _module(name: str) -> Any:
    return importlib.import_module(f"ministack.services.{name}")
