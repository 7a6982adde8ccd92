"""Has every policy of the templates judged by parliament, a linter of IAM policies: `python -m infra.policies`.

infra/lint.py knows what this project refuses; parliament knows what AWS knows: actions, and which resources and
conditions each takes. It needs a setuptools the project must not have, so it runs in .venv-tools, which `make check`
makes of infra/tools/requirements.txt.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from typing import Any

import yaml

from infra.lint import INFRA_DIR, Json, branches, load, templates

TOOLS_PYTHON = INFRA_DIR.parent / ".venv-tools" / "bin" / "python"
JUDGE = INFRA_DIR / "tools" / "judge_policies.py"
_KNOWN: Json = yaml.safe_load((INFRA_DIR / "tools" / "policies.yaml").read_text())
_PSEUDO, _PARAMETERS, _ARNS = (dict[str, Any](_KNOWN[name]) for name in ("pseudo", "parameters", "arns"))
SILENCED = [finding for named in _KNOWN["silenced"].values() for finding in named]
REGION, ACCOUNT = _PSEUDO["AWS::Region"], _PSEUDO["AWS::AccountId"]
_NOTHING = {"Ref": "AWS::NoValue"}


class Renderer:
    """A template's values as CloudFormation would fill them in."""

    def __init__(self, template: Json) -> None:
        self._resources: Json = template["Resources"]
        self._parameters: Json = template.get("Parameters", {})

    def policies(self) -> Iterator[tuple[str, Json]]:
        """Every policy document with a name such as `TodosPolicy.PolicyDocument`."""
        for name, resource in self._resources.items():
            yield from self._documents(name, resource.get("Properties", {}))

    def _documents(self, place: str, value: object) -> Iterator[tuple[str, Json]]:
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._documents(f"{place}.{number}", each)
        elif isinstance(value, dict) and isinstance(value.get("Statement"), list):
            yield place, self.filled(value)
        elif isinstance(value, dict):
            for key, each in value.items():
                yield from self._documents(f"{place}.{key}", each)

    def filled(self, value: object) -> Any:
        """The value without CloudFormation's functions. Of a condition in a list, both branches are taken."""
        if isinstance(value, list):
            return [self.filled(branch) for each in value for branch in branches(each) if branch != _NOTHING]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"}:
            return self._reference(value["Ref"])
        if value.keys() == {"Fn::GetAtt"}:
            return self._arn(value["Fn::GetAtt"].removesuffix(".Arn"))
        if value.keys() == {"Fn::Sub"}:
            return re.sub(r"\$\{([^}]+)\}", self._substitute, value["Fn::Sub"])
        return {key: self.filled(each) for key, each in value.items()}

    def _substitute(self, found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        return self._arn(name.removesuffix(".Arn")) if name.endswith(".Arn") else str(self._reference(name))

    def _reference(self, name: str) -> Any:
        if name in self._resources:
            return self._id(name)
        if name in self._parameters:
            return _PARAMETERS[name] if name in _PARAMETERS else str(self._parameters[name]["Default"])
        return _PSEUDO[name]

    def _id(self, name: str) -> str:
        kind = self._resources[name]["Type"]
        if kind == "AWS::ApiGatewayV2::Api":
            return "a1b2c3d4e5"  # AWS makes it up
        if kind == "AWS::S3::Bucket":
            return str(self.filled(self._resources[name]["Properties"]["BucketName"]))
        return self._arn(name) if kind in _ARNS else f"{REGION}:{name}"

    def _arn(self, name: str) -> str:
        naming, form = _ARNS[self._resources[name]["Type"]]
        return str(form.format(self.filled(self._resources[name]["Properties"][naming])))


def policies() -> dict[str, Json]:
    """The policies of all templates, by names such as `todos.TodosPolicy.PolicyDocument`."""
    return {
        f"{path.parent.name if path.stem == 'stack' else path.stem}.{place}": document
        for path in templates()
        for place, document in Renderer(load(path)).policies()
    }


def findings(documents: dict[str, Json], silenced: Collection[str] = SILENCED) -> list[str]:
    """What parliament finds and nobody silenced, and what was silenced and is not there any more."""
    asked = json.dumps({name: _with_resource(document) for name, document in documents.items()})
    done = subprocess.run([TOOLS_PYTHON, JUDGE], input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    found = [": ".join(each) for each in json.loads(done.stdout)]
    unused = [each for each in silenced if not any(one.startswith(each) for one in found)]
    return [each for each in found if not each.startswith(tuple(silenced))] + [
        f"silenced, but not there: {each}" for each in unused
    ]


def _with_resource(document: Json) -> Json:
    """A role's trust has no resource, which parliament misses: it gets the role itself."""
    role = {"Resource": f"arn:aws:iam::{ACCOUNT}:role/itself"}
    return {
        **document,
        "Statement": [
            {**role, **each} if "sts:" in str(each.get("Action")) else each for each in document["Statement"]
        ],
    }


if __name__ == "__main__":
    for finding in (found := findings(policies())):
        print(finding)  # noqa: T201 - a command
    sys.exit(bool(found))
