"""Puts the rules into MiniStack."""

from typing import Any

from ministack.services import cognito
from ministack.services.cloudformation import engine, provisioners

from infra.local.strict import (
    attributes,
    buckets,
    distributions,
    existing,
    expressions,
    functions,
    gateways,
    inert,
    mail,
    names,
    records,
    replication,
    requests,
    second_factor,
    sign_ins,
    tables,
    user_pools,
)
from infra.local.strict.places import Asked, Call, Rule, around


def install() -> None:
    """Have MiniStack's APIs and its CloudFormation refuse what the rules refuse."""
    for module in (
        distributions, names, functions, gateways, sign_ins, second_factor, user_pools, buckets, tables, expressions,
        records, mail, requests,
    ):  # fmt: skip
        module.install()
    replication.of_buckets()
    replication.of_tables()
    _refuse_nulls()
    _add_operations()
    for kind, rules in _resource_rules().items():
        _check_resources(kind, rules)
    for kind, make in inert.TYPES.items():
        provisioners._RESOURCE_HANDLERS.setdefault(kind, inert.handler(kind, make))


def _resource_rules() -> dict[str, tuple[Rule, ...]]:
    """The rules of a resource's creation by CloudFormation, by its type."""
    return {
        **{kind: (existing.named(kind),) for kind in existing.NAMED},
        **{kind: (existing.configured(kind),) for kind in existing.CONFIGURED},
        "AWS::S3::Bucket": (names.bucket, buckets.acceleration),
        "AWS::IAM::Role": (names.role, existing.named("AWS::IAM::Role")),
        "AWS::Lambda::Function": (names.function, existing.named("AWS::Lambda::Function"), functions.reserved),
        "AWS::SES::EmailIdentity": (existing.email_identity,),
        "AWS::SQS::Queue": (existing.queue,),
    }


def _refuse_nulls() -> None:
    """A template holds no null, not even where its type takes any JSON; what a transform makes of one does not count.

    https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1378
    """

    @around(engine, "_validate_template_limits")
    def validate(call: Call, template: Asked) -> None:
        call(template)
        if not template.get("Transform") and (place := _null_in(template)):
            raise ValueError(f"[{place}] 'null' values are not allowed in templates")


def _null_in(value: object) -> str:
    """Where the first null is, as a path; empty when there is none."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        if each is None or (found := _null_in(each)):
            return f"/{key}" if each is None else f"/{key}{found}"
    return ""


def _check_resources(kind: str, rules: tuple[Rule, ...]) -> None:
    """A resource is made by its handler, and by its update under another name, which calls the function itself."""
    handler = provisioners._RESOURCE_HANDLERS[kind]

    @around(handler, "create")
    def checked(create: Call, logical_id: str, properties: Asked, stack_name: str) -> Any:
        for rule in rules:
            if why := rule(properties):
                raise ValueError(why)
        return create(logical_id, properties, stack_name)

    setattr(provisioners, handler["create"].__name__, handler["create"])


def _add_operations() -> None:
    """The dispatcher knows its actions alone; ours run as its own do, those of users in the region of their token."""
    of_users = attributes.operations()
    ours = of_users | user_pools.operations()
    cognito._UNSIGNED_IDP_ACTIONS.update(of_users)

    @around(cognito, "_dispatch_idp")
    async def dispatch_idp(dispatch: Call, action: str, data: Asked) -> Any:
        if operation := ours.get(action):
            return cognito._run_idp_handler(operation, action, data)
        return await dispatch(action, data)
