"""A mistake in zappa_settings.json is told before anything is made, with its place."""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra import lint
from infra.deploy import __main__ as commands
from infra.deploy import checks
from infra.deploy.deployment import DeployError, Deployment
from infra.lint import SETTINGS, findings
from infra.settings_lint import zappa_findings

STAGES = json.loads(SETTINGS.read_text())
BROKEN: list[tuple[str, str]] = [
    ('{"production": {,}', "zappa_settings.json is no JSON: .*line 1 column 17"),
    ("{}", "zappa_settings.json: an object with a stage at least"),
    ('{"production": []}', "production: an object"),
    ('{"production": {"extends": "production"}}', "production.extends: another stage"),
    ('{"production": {"extends": "prod"}}', "production.extends: another stage"),
    ('{"production": {"project_name": "p"}}', "production.aws_region: a text"),
    ('{"production": {"aws_region": "us-east-1"}}', "production.project_name: a text"),
    (json.dumps({"production": {**STAGES["production"], "deploy": "x"}}), "production.deploy: an object"),
    (
        json.dumps({"production": {**STAGES["production"], "aws_environment_variables": ["A"]}}),
        "production.aws_environment_variables: an object",
    ),
]


@pytest.mark.parametrize(("text", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_file_that_nothing_can_be_looked_up_in_is_named_with_the_place(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / SETTINGS.name
    file.write_text(text)
    monkeypatch.setattr(lint, "SETTINGS", file)
    monkeypatch.setattr(commands, "SETTINGS", file)
    with pytest.raises(AssertionError, match=said):
        assert findings() == []
    assert commands.main(["preflight", "production"]) == 1
    assert capsys.readouterr().err == f"Error: {findings()[0]}\n"


@pytest.mark.parametrize("value", ["60", 60.5, True, 0, 20_000])
@pytest.mark.parametrize("setting", ["memory_size", "timeout_seconds"])
def test_a_size_that_lambda_would_refuse_is_refused(setting: str, value: object) -> None:
    stages = {"production": {**STAGES["production"], setting: value}}
    assert any(finding.startswith(f"production.{setting}: a whole number") for finding in zappa_findings(stages))


@pytest.mark.parametrize("setting", ["mail_from", "alarm_mail"])
def test_an_address_that_the_templates_would_refuse_is_refused(setting: str) -> None:
    stages = copy.deepcopy(STAGES)
    for address in ("hello", "Notes <hello@example.org>"):
        stages["production"]["deploy"][setting] = address
        assert any(each.startswith(f"production.deploy.{setting}: an address") for each in zappa_findings(stages))
    stages["production"]["deploy"][setting] = "hello@example.org"
    assert zappa_findings(stages) == []


@pytest.mark.parametrize(
    ("project", "stage", "said"),
    [
        ("MyNotes", "production", "project_name is 'MyNotes'"),
        ("my_notes", "production", "project_name is 'my_notes'"),
        ("notes", "my-stage", "the stage's name is 'my-stage'"),
        ("notes", "Review", "the stage's name is 'Review'"),
        ("notes", "local", "there is no stage `local` on AWS"),
    ],
)
def test_a_name_that_the_templates_would_refuse_is_refused(project: str, stage: str, said: str) -> None:
    settings: dict[str, Any] = {**STAGES["production"], "project_name": project}
    deployment = Deployment(stage, settings, boto3.Session(region_name="us-east-1"))
    with pytest.raises(DeployError, match=said):
        checks.before_deploying(deployment)
