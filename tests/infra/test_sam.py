"""infra/sam.yaml through AWS's own transformation: what comes out passes cfn-lint and the project's own rules."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.lint import INFRA_DIR, load, template_findings
from infra.policies import TOOLS_PYTHON, Renderer, findings

pytestmark = pytest.mark.skipif(not TOOLS_PYTHON.exists(), reason="`make check` installs aws-sam-translator")

Template = dict[str, Any]


def transform(template: Template) -> subprocess.CompletedProcess[str]:
    """The transformation as a process."""
    command = [TOOLS_PYTHON, Path(__file__).with_name("transform_sam.py")]
    return subprocess.run(command, input=json.dumps(template), capture_output=True, text=True, check=False)


def packaged() -> Template:
    """The template as `sam package` leaves it, with the code in S3."""
    template = load(INFRA_DIR / "sam.yaml")
    template["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://bucket/package.zip"
    return template


@pytest.fixture
def transformed() -> Template:
    """What CloudFormation applies."""
    done = transform(packaged())
    assert done.returncode == 0, done.stderr
    found: Template = json.loads(done.stdout)
    return found


def cfn_lint(template: Template, folder: Path) -> subprocess.CompletedProcess[str]:
    """cfn-lint over a template."""
    path = folder / "template.json"
    path.write_text(json.dumps(template))
    call = "import sys; from cfnlint.runner import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-c", call, path], capture_output=True, text=True, check=False)


def test_cfn_lint_finds_nothing_in_what_is_applied(transformed: Template, tmp_path: Path) -> None:
    done = cfn_lint(transformed, tmp_path)
    assert done.returncode == 0, done.stdout
    del transformed["Resources"]["Function"]["Properties"]["Role"]
    assert "'Role' is a required property" in cfn_lint(transformed, tmp_path).stdout, "it looks"


def test_it_holds_to_the_projects_rules(transformed: Template) -> None:
    assert template_findings(transformed) == []
    assert findings({f"sam.{name}": document for name, document in Renderer(transformed).policies()}, ()) == []


def test_the_gateway_asks_the_alias_alone(transformed: Template) -> None:
    resources = transformed["Resources"]
    alias = resources["FunctionAliaslive"]["Properties"]
    assert (alias["Name"], alias["FunctionName"]) == ("live", {"Ref": "Function"})
    paths = resources["Api"]["Properties"]["Body"]["paths"]
    assert paths.keys() == {"/", "/{proxy+}"}
    for path in paths.values():
        uri = path["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]["uri"]
        assert "${FunctionAliaslive}" in uri["Fn::Sub"]


def test_it_has_the_functions_of_the_other_way() -> None:
    properties = load(INFRA_DIR / "sam.yaml")["Resources"]["Function"]["Properties"]
    stage = json.loads((INFRA_DIR.parent / "zappa_settings.json").read_text())["production"]
    assert (properties["Runtime"], properties["MemorySize"]) == (stage["runtime"], stage["memory_size"])
    assert (properties["Handler"], properties["Timeout"]) == (stage["lambda_handler"], stage["timeout_seconds"])


def test_it_is_told_what_the_container_is_told() -> None:
    """But for CloudFront's key, and the region, which Lambda tells."""
    variables = load(INFRA_DIR / "sam.yaml")["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    task = load(INFRA_DIR / "container" / "fargate.yaml")["Resources"]["Task"]["Properties"]
    [web] = task["ContainerDefinitions"]
    told = {each["Name"] for each in [*web["Environment"], *web["Secrets"]]}
    assert told - variables.keys() == {"EDGE_KEY", "EDGE_ONLY", "AWS_REGION"}
    assert variables.keys() <= told


def test_awss_validation_finds_what_is_not_allowed(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    for text, code in (("Runtime: python3.13", 0), ("Runtim: python3.13", 1)):
        broken.write_text((INFRA_DIR / "sam.yaml").read_text().replace("Runtime: python3.13", text))
        command = [TOOLS_PYTHON, INFRA_DIR / "tools" / "validate_templates.py", broken]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout + done.stderr


def checkov(path: Path) -> subprocess.CompletedProcess[str]:
    """Checkov over a template, by the project's configuration."""
    rules = INFRA_DIR / "tools" / "checkov.yaml"
    command: list[str | Path] = [TOOLS_PYTHON.parent / "checkov", "--config-file", rules, "--file", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_checkov_finds_what_is_open(tmp_path: Path) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    (tmp_path / "open.json").write_text(json.dumps({"Resources": {"Open": bucket}}))
    found = checkov(tmp_path / "open.json")
    assert (found.returncode, "CKV_AWS_20:" in found.stdout) == (1, True), found.stdout + found.stderr
    assert checkov(INFRA_DIR / "data.yaml").returncode == 0


@pytest.mark.parametrize(("setting", "value"), [("Handler", None), ("CodeUri", "../build/package.zip"), ("Typo", "x")])
def test_the_transformation_refuses_a_broken_template(setting: str, value: str | None) -> None:
    template = packaged()
    properties = template["Resources"]["Function"]["Properties"]
    properties[setting] = value
    if value is None:
        del properties[setting]
    done = transform(template)
    assert done.returncode == 1
    assert setting in done.stderr
