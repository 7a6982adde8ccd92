"""CloudFormation stacks of one environment, the same on the embedded AWS and on AWS."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import takewhile
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, WaiterError

from config.services import SERVED
from infra.adoption import KINDS, Adopted, Connect, existing, importing, keeping
from infra.lint import Json, parsed, text_of
from serverless.service import Service

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

INFRA_DIR: Path = Path(__file__).resolve().parent
PROJECT = "serverless-django"
_FINGERPRINT = "fingerprint"
_MISSING = "does not exist"
_UNCHANGED = "No updates are to be performed"
_HOUR = 3600
_CHANGES = ("CREATE", "UPDATE", "DELETE", "IMPORT")
_SERVICE = "service-"  # before it, so that no service's stack is called like the API's of a stage
_STUCK = "UPDATE_ROLLBACK_FAILED"
_REVIEW = "REVIEW_IN_PROGRESS"  # of a new stack whose change set nobody has executed: nothing goes on there
_NEVER_CREATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", _REVIEW}


class StackError(Exception):
    """A stack could not be applied or deleted. The message says which resources failed and why."""


class Stacks:
    """The stacks of one environment, each applied when its template or parameters have changed."""

    def __init__(
        self,
        client: "CloudFormationClient",
        *,
        stage: str,
        say: Callable[[str], None] = lambda _: None,
        project: str = PROJECT,
        poll_seconds: float = 1,
        connect: Connect | None = None,
    ) -> None:
        """`poll_seconds` is the time between two looks at a stack that is being changed, for at most an hour.

        `connect` makes a client of a service of AWS; with it, a new stack takes over tables, buckets, queues
        and user pools that are there already (infra/adoption.py).
        """
        self.client = client
        self.stage = stage
        self.say = say
        self.project = project
        self.poll_seconds = poll_seconds
        self.connect = connect

    def name(self, template: str) -> str:
        """The name of the stack of a template."""
        return f"{self.project}-{self.stage}-{template}"

    def apply_known(self, template: str, values: Mapping[str, str]) -> dict[str, str]:
        """Apply a template with those of the values that it asks for; its outputs. Raises StackError.

        A parameter that is not among the values stays as it was.
        """
        declared = _declared(text_of(template_path(template)))
        defaults = {name: str(each["Default"]) for name, each in declared.items() if "Default" in each}
        known = {**defaults, **self.parameters(template), **values}
        return self.apply(template, **{name: value for name, value in known.items() if name in declared})

    def apply(self, template: str, **parameters: str) -> dict[str, str]:
        """Create or update the stack of a template, as `template_path` finds it; its outputs. Raises StackError.

        A stack whose creation failed is removed and created again, because CloudFormation can't update such a stack.
        A change that is under way, from a deployment that broke off, is waited for.
        """
        name = self.name(template)
        path = template_path(template)
        body = text_of(path)
        fingerprint = f"{_hash(body)}.{_hash(str(sorted(parameters.items())))}"
        stack = self.updatable(name)
        if stack and stack["StackStatus"] in _NEVER_CREATED:
            self.delete(template)
            stack = None
        mark = {"Key": _FINGERPRINT, "Value": fingerprint}
        if stack is None or mark not in stack.get("Tags", []) or "ROLLBACK" in stack["StackStatus"]:
            self.say(f"applying {path.parent.name}/{path.name}")
            if stack is None:
                stack = self._adopt(name, parsed(body), parameters, {"Resources": {}})
            elif not _is_of(stack, body):
                self._keep_what_goes(name, parsed(body)["Resources"])
                self._adopt(name, parsed(body), parameters, parsed(self._body(name)))
            stack = self._change(name, body, parameters, fingerprint, exists=stack is not None)
        return outputs_of(stack)

    def preview(self, template: str, **parameters: str) -> Iterator[str]:
        """What `apply` would change, one resource a line: "Add Distribution (AWS::CloudFront::Distribution)".

        Nothing is changed. Raises StackError.
        """
        name, preview = self.name(template), f"preview-{token_hex(4)}"
        status = (self.describe(name) or {"StackStatus": _REVIEW})["StackStatus"]
        exists = status not in _NEVER_CREATED
        if not exists and status != _REVIEW:
            name += f"-{preview}"  # as `apply` makes it anew, of which no change set under its own name can tell
        try:
            kind, body = "UPDATE" if exists else "CREATE", text_of(template_path(template))
            self._make_change_set(name, preview, ChangeSetType=kind, TemplateBody=body, Parameters=_listed(parameters))
            pages = self.client.get_paginator("describe_change_set").paginate(StackName=name, ChangeSetName=preview)
            for change in pages.search("Changes[].ResourceChange"):
                yield f"{change['Action']} {change['LogicalResourceId']} ({change['ResourceType']})"
        except WaiterError as error:
            reason = str(error.last_response.get("StatusReason", ""))
            if "didn't contain changes" not in reason and _UNCHANGED not in reason:
                raise StackError(f"Could not preview the stack {name}: {reason}") from None
        except ClientError as error:
            raise StackError(f"Could not preview the stack {name}: {error.response['Error']['Message']}") from None
        finally:
            self._forget_preview(name, preview)

    def protect(self, template: str) -> None:
        """Have the stack refuse to be deleted."""
        self.client.update_termination_protection(StackName=self.name(template), EnableTerminationProtection=True)

    def outputs(self, template: str) -> dict[str, str]:
        """The outputs of a stack as it is; nothing when it does not exist."""
        stack = self.describe(self.name(template))
        return outputs_of(stack) if stack else {}

    def parameters(self, template: str) -> dict[str, str]:
        """The parameters a stack was applied with; nothing when it does not exist."""
        stack = self.describe(self.name(template)) or {}
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack.get("Parameters", [])}

    def delete(self, template: str) -> bool:
        """Delete the stack, wait until it is gone; whether it existed. Raises StackError."""
        return self.remove(self.name(template))

    def remove(self, name: str) -> bool:
        """Delete the stack of a name, as `delete` does. Raises StackError."""
        if self.describe(name) is None:
            return False
        try:
            self.client.update_termination_protection(StackName=name, EnableTerminationProtection=False)
            self.client.delete_stack(StackName=name)
            self._wait("stack_delete_complete", name)
        except WaiterError:
            raise StackError(f"Could not delete the stack {name}: {self.failures(name)}") from None
        except ClientError as error:
            raise StackError(f"Could not delete the stack {name}: {error.response['Error']['Message']}") from None
        return True

    def release(self, template: str) -> None:
        """Delete the stack without its tables, buckets and queues, which another can take over. Raises StackError."""
        self._keep_what_goes(self.name(template), {})
        self.delete(template)

    def body(self, template: str) -> str:
        """The text of the template that the stack was made with; empty when it does not exist."""
        name = self.name(template)
        return self._body(name) if self.describe(name) else ""

    def resources(self, template: str, kind: str) -> list[str]:
        """The physical ids of a stack's resources of a kind such as `AWS::DynamoDB::Table`."""
        pages = self.client.get_paginator("list_stack_resources").paginate(StackName=self.name(template))
        return list(pages.search(f"StackResourceSummaries[?ResourceType=='{kind}'].PhysicalResourceId"))

    def describe(self, name: str) -> dict[str, Any] | None:
        """What CloudFormation says of a stack, or None when there is none of that name."""
        try:
            return dict(self.client.describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if _MISSING in error.response["Error"]["Message"]:
                return None
            raise

    def at_rest(self, name: str) -> dict[str, Any] | None:
        """The stack once nothing changes it any more; None when there is none. Raises StackError after an hour."""
        deadline, stack = time.monotonic() + _HOUR, self.describe(name)
        if stack and _is_changing(stack["StackStatus"]):
            self.say(f"waiting for the stack {name}, which is {stack['StackStatus']}")
        while stack and _is_changing(stack["StackStatus"]):
            if time.monotonic() > deadline:
                raise StackError(f"The stack {name} is still {stack['StackStatus']}: see the CloudFormation console.")
            time.sleep(self.poll_seconds)
            stack = self.describe(name)
        return stack

    def updatable(self, name: str) -> dict[str, Any] | None:
        """The stack at rest, a rollback that failed tried anew, as it takes no update before. Raises StackError."""
        stack = self.at_rest(name)
        if stack and stack["StackStatus"] == _STUCK:
            self.client.continue_update_rollback(StackName=name)
            stack = self.at_rest(name)
        if stack and stack["StackStatus"] == _STUCK:
            command = f"aws cloudformation continue-update-rollback --stack-name {name} --resources-to-skip NAMES"
            raise StackError(f"The stack {name} is {_STUCK}: {self.failures(name)}. Mend that, or `{command}`.")
        return stack

    @property
    def patience(self) -> Any:
        """How long and how often boto3's waiters look."""
        return {"Delay": self.poll_seconds, "MaxAttempts": int(_HOUR / self.poll_seconds)}

    def _change(
        self, name: str, body: str, parameters: dict[str, str], fingerprint: str, *, exists: bool
    ) -> dict[str, Any]:
        verb = "update" if exists else "create"
        request = getattr(self.client, f"{verb}_stack")
        try:
            request(
                StackName=name,
                TemplateBody=body,
                Parameters=_listed(parameters),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": _FINGERPRINT, "Value": fingerprint}],
                RetainExceptOnCreate=True,  # else the tables of a failed creation stay, and stop the next one
            )
            self._wait(f"stack_{verb}_complete", name)
        except WaiterError:
            raise StackError(f"Could not {verb} the stack {name}: {self.failures(name)}") from None
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if _UNCHANGED not in message:
                raise StackError(f"Could not {verb} the stack {name}: {message}") from None
        stack = self.describe(name)
        if stack is None:
            raise StackError(f"The stack {name} went away while it was read.")
        return stack

    def _adopt(self, name: str, template: Json, parameters: dict[str, str], present: Json) -> dict[str, Any] | None:
        """The stack with what the template adds to its `present` one and is there already; None when nothing is.

        A stack that is there has let go of it, as to a deployment of an older version.
        """
        if not self.connect:
            return None
        new = {each: resource for each, resource in template["Resources"].items() if each not in present["Resources"]}
        try:
            found = existing({**template, "Resources": new}, parameters, self.connect)
        except (LookupError, WaiterError) as error:
            raise StackError(f"Could not take over what is there into the stack {name}: {error}") from None
        if not found:
            return None
        self.say(f"taking over {', '.join(each['LogicalResourceId'] for each in found)}")
        try:
            own = {key: value for key, value in parameters.items() if key not in present.get("Parameters", {})}
            values = _as_before(present) + _listed(own)
            self._import(name, importing(template, found, self.connect, present), values, found)
        except (ClientError, WaiterError) as error:
            raise StackError(f"Could not take over what is there into the stack {name}: {error}") from None
        return self.describe(name)

    def _import(self, name: str, template: Json, values: list[Json], adopted: list[Adopted]) -> None:
        adoption, body = f"adoption-{token_hex(4)}", json.dumps(template)  # one that broke off may have left its own
        told = {"Parameters": values, "ResourcesToImport": adopted}
        self._make_change_set(name, adoption, ChangeSetType="IMPORT", TemplateBody=body, **told)
        self.client.execute_change_set(StackName=name, ChangeSetName=adoption)
        self._wait("stack_import_complete", name)

    def _make_change_set(self, name: str, change_set: str, **what: object) -> None:
        """Make a change set and wait until it is there."""
        create: Callable[..., object] = self.client.create_change_set
        create(StackName=name, ChangeSetName=change_set, Capabilities=["CAPABILITY_NAMED_IAM"], **what)
        self._wait("change_set_create_complete", name, ChangeSetName=change_set)

    def _wait(self, waiter: str, name: str, **which: str) -> None:
        """Wait with one of boto3's waiters for a stack. Raises WaiterError."""
        get_waiter: Any = self.client.get_waiter
        get_waiter(waiter).wait(StackName=name, WaiterConfig=self.patience, **which)

    def _keep_what_goes(self, name: str, staying: Json) -> None:
        """Have the stack keep what holds data and is not among what stays with it: another takes it over."""
        present = parsed(self._body(name))
        going = {
            each
            for each, resource in present["Resources"].items()
            if resource["Type"] in KINDS and each not in staying and "DeletionPolicy" not in resource
        }
        if going:
            self.client.update_stack(
                StackName=name,
                TemplateBody=json.dumps(keeping(present, going)),
                Parameters=_as_before(present),
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
            self._wait("stack_update_complete", name)

    def _body(self, name: str) -> str:
        body: Any = self.client.get_template(StackName=name)["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)

    def _forget_preview(self, name: str, preview: str) -> None:
        """A change set of a new stack leaves an empty stack behind, unless somebody has made the stack meanwhile."""
        if (stack := self.describe(name)) is None:
            return
        if stack["StackStatus"] != _REVIEW:
            self.client.delete_change_set(StackName=name, ChangeSetName=preview)
        else:
            self.client.delete_stack(StackName=name)
            self._wait("stack_delete_complete", name)

    def failures(self, name: str) -> str:
        """Why resources failed since the last change of the stack began; else which it is still waiting for."""
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=name)
        newest_first: Iterator[Any] = (event for page in pages for event in page["StackEvents"])
        events = list(takewhile(lambda event: not _begins(event), newest_first))
        failed = [_reason(event) for event in reversed(events) if event["ResourceStatus"].endswith("_FAILED")]
        last = {event["LogicalResourceId"]: event for event in reversed(events)}
        waiting = [_reason(event) for event in last.values() if event["ResourceStatus"].endswith("_IN_PROGRESS")]
        still = f"still waiting for {'; '.join(waiting)}" if waiting else ""
        return "; ".join(failed) or still or "no resource gave a reason"


def _reason(event: Json) -> str:
    what = f"{event['LogicalResourceId']} ({event.get('ResourceType', '')})"
    return f"{what}: {event.get('ResourceStatusReason', '')}"


def _begins(event: Json) -> bool:
    """Whether an event is the beginning of a change of the stack as a whole."""
    is_of_all = event.get("PhysicalResourceId") == event["StackId"]
    return is_of_all and event["ResourceStatus"] in {f"{verb}_IN_PROGRESS" for verb in _CHANGES}


@cache
def _declared(body: str) -> Json:
    """The parameters that a template's text declares."""
    found: Json = parsed(body).get("Parameters", {})
    return found


def _is_of(stack: dict[str, Any], body: str) -> bool:
    """Whether the stack has this template already, as its tags say; those of a rollback may be of the other one."""
    marks = [each["Value"] for each in stack.get("Tags", []) if each["Key"] == _FINGERPRINT]
    return "ROLLBACK" not in stack["StackStatus"] and any(mark.startswith(_hash(body)) for mark in marks)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def template_path(template: str) -> Path:
    """Where a template is: `data` is infra/data.yaml, `service-todos` is todos/stack.yaml."""
    if template.startswith(_SERVICE):
        return INFRA_DIR.parent / template.removeprefix(_SERVICE) / "stack.yaml"
    return INFRA_DIR / f"{template}.yaml"


def service_template(service: Service) -> str:
    """What the template of a service's own stack is called; empty when it has none."""
    template = f"{_SERVICE}{service.name}"
    return template if template_path(template).is_file() else ""


def outputs_of(stack: dict[str, Any]) -> dict[str, str]:
    """A described stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def resource_variables(outputs: dict[str, str]) -> dict[str, str]:
    """The variables config/env.py reads that name what the stacks made, from the outputs of all of them."""
    return {
        **{variable: outputs[output] for each in SERVED for variable, output in each.outputs.items()},
        "TABLE_PREFIX": outputs["TablePrefix"],
        "STATIC_BUCKET": outputs["StaticBucket"],
        "COGNITO_USER_POOL_ID": outputs["UserPoolId"],
        "COGNITO_CLIENT_IDS": ",".join(outputs[f"{name}ClientId"] for name in ("Web", "Mobile", "Staff")),
        "COGNITO_ISSUER": outputs["UserPoolIssuer"],
    }


def _is_changing(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != _REVIEW


def _listed(parameters: Mapping[str, str]) -> Any:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def _as_before(template: Json) -> Any:
    return [{"ParameterKey": key, "UsePreviousValue": True} for key in template.get("Parameters", {})]
