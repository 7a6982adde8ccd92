"""The package alone is enough, and is all there is of it; its wheels exist for what Lambda runs."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.services import NAMES, SERVED, SHARED, named
from infra.deploy import static_files
from infra.deploy.deployment import SERVICES, DeployError, Deployment
from infra.deploy.package import (
    KEPT_SECONDS,
    PROJECT_DIR,
    SHARED_AWS,
    TARGET_BYTES,
    Package,
    Platform,
    build,
    forget_former,
    project_files,
    refuse_too_large,
    target_of,
    write_zip,
)

HERE = Platform(sys.version_info[:2])
SHAPES = [SERVICES, *((service,) for service in SERVICES)]
VARIABLES = {
    "STAGE": "production",
    "SITE_URL": "https://site.example",
    "ALLOWED_HOSTS": "site.example",
    "SECRET_KEY": "k" * 60,
    "TABLE_PREFIX": "p-",
    "UPLOADS_BUCKET": "u",
    "THUMBNAILS_BUCKET": "t",
    "THUMBNAILS_URL": "https://site.example/pictures",
    "STATIC_BUCKET": "s",
    "STATIC_URL": "https://site.example/static/",
    "LIVE_API": "a",
    "MEDIA_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:m",
    "COGNITO_USER_POOL_ID": "p",
    "COGNITO_CLIENT_IDS": "a,b",
    "COGNITO_IDENTITY_POOL_ID": "i",
    "COGNITO_ISSUER": "https://issuer.example",
    "COGNITO_JWKS_URL": "https://issuer.example/jwks",
    "COGNITO_DOMAIN_URL": "https://sign-in.example",
    "MAIL_FROM": "hello@site.example",
    "LETTERS_MACHINE": "arn:aws:states:us-east-1:000000000000:stateMachine:letters",
    "PUSH_KEY": "none",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    # Nothing listens there: no answer below needs AWS, and none may hang for it.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}


@pytest.fixture(scope="module")
def manifest() -> Path:
    return static_files.collect()


@pytest.fixture(scope="module", params=SHAPES, ids="+".join)
def services(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Which services one function serves."""
    shape: tuple[str, ...] = request.param
    return shape


@pytest.fixture(scope="module")
def package(services: tuple[str, ...], manifest: Path) -> Package:
    return build(services, HERE, static_manifest=manifest)


@pytest.fixture(scope="module")
def started(package: Package, services: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the package says when it is started with nothing beside it."""
    folder = tmp_path_factory.mktemp("package")
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(folder)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("isolated.py")), str(folder)],
        input=json.dumps({**VARIABLES, "SERVICES": ",".join(services)}),
        env={},  # the tests' own stage has variables no function has
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_it_is_small(package: Package, services: tuple[str, ...]) -> None:
    assert package.size <= (TARGET_BYTES if services == SERVICES else 18_500_000), package.table()
    assert f"{package.size / 1e6:6.2f} MB of at most {TARGET_BYTES / 1e6:.0f}" in package.table()


def test_it_starts_with_nothing_beside_it(started: dict[str, Any], services: tuple[str, ...]) -> None:
    assert started["outside"] == []
    assert started["statuses"]["/api/health/"] == 200
    assert started["statuses"]["/api/schema/"] == 200
    assert started["statuses"]["/api/todos/"] == (401 if "todos" in services else 404)
    assert started["statuses"]["/api/media/uploads/"] == (401 if "media" in services else 404)
    assert started["statuses"]["/api/blog/posts/x/"] == (503 if "blog" in services else 404)


def test_it_imports_no_library_of_another_service(started: dict[str, Any], services: tuple[str, ...]) -> None:
    loaded = {name for name in started["inside"] if not name.endswith(("/__init__.py", "/service.py"))}
    tops = {name.partition("/")[0] for name in loaded}
    assert set(SERVICES) & tops == set(services)
    assert "PIL" not in tops, "a request must not wait for it"


def test_it_holds_no_library_of_another_service(package: Package, services: tuple[str, ...]) -> None:
    with zipfile.ZipFile(package.path) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert "PIL" not in tops, "workers draw pictures"
    assert {"markdown_it", "nh3", "pygments"} & tops == (
        {"markdown_it", "nh3", "pygments"} if "blog" in services else set()
    )
    assert not {"tuf", "securesystemslib", "awscrt"} & tops, "no request has a part in software updates"


def said_by(package: Package, folder: Path, code: str, **variables: str) -> str:
    """What Python prints that has the package and nothing else."""
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(folder)
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    return subprocess.run(command, env=VARIABLES | variables, capture_output=True, text=True, check=True).stdout.strip()


def test_the_worker_that_draws_has_what_it_takes(tmp_path: Path) -> None:
    package = build(["media"], HERE, for_workers=True)
    code = "import config.worker, media.rendering, pi_heif, PIL.features; from django.conf import settings\n"
    code += "print(settings.UPLOADS_BUCKET, PIL.features.check('avif') and PIL.features.check('webp'))"
    assert said_by(package, tmp_path, code, HANDLER="media.events.create_thumbnails") == "u True"


def test_the_worker_that_exports_has_what_services_export(tmp_path: Path) -> None:
    package = build(["mydata"], HERE, for_workers=True)
    code = "import config.worker; from django.conf import settings\n"
    code += "from django.utils.module_loading import import_string\n"
    code += "paths = [path for service in settings.DECLARATIONS for path in service.exports.values()]\n"
    code += "paths += [service.imports for service in settings.DECLARATIONS if service.imports]\n"
    code += "import mydata.exports, mydata.imports\n"
    code += "print(all(callable(import_string(path)) for path in paths) and len(paths) > 3)\n"
    assert said_by(package, tmp_path, code, HANDLER="mydata.events.handle") == "True"
    with zipfile.ZipFile(package.path) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert "tzdata" in tops
    assert not {"PIL", "pi_heif", "nh3"} & tops


def test_every_listed_language_is_coloured(tmp_path: Path) -> None:
    """The package holds those lexers alone."""
    code = "from blog.publishing.highlighting import LANGUAGES, Highlighter\n"
    code += "print([name for name in LANGUAGES if '<span' not in Highlighter().highlight('a <b> = \"1\"', name, '')])"
    assert said_by(build(["blog"], HERE), tmp_path, code) == "[]"


def test_it_holds_no_tool_test_or_secret(package: Package) -> None:
    with zipfile.ZipFile(package.path) as archive:
        names = archive.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert not {"zappa", "ministack", "pytest", "pip", "setuptools", "troposphere", "mypy", "tests", "infra"} & tops
    assert not [name for name in names if name.endswith((".env", "env.json", ".pem", ".key", ".mo", ".pyi"))][1:]
    assert not [name for name in names if "/static/" in name]
    assert "staticfiles.json" in names


def test_what_pip_builds_in_a_folder_is_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("dynamo/models.py", "dynamo/build/lib/dynamo/models.py"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    monkeypatch.setattr("infra.deploy.package.PROJECT_DIR", tmp_path)
    assert [name for name in project_files(NAMES, None) if name.startswith("dynamo/")] == ["dynamo/models.py"]


# What is in every function, and by which import the services are known that make its client and declare it.
IN_SOME = {"config/cdn.py": "from config import cdn", "config/mail.py": "config.mail import"}


def test_it_knows_every_service_of_aws_the_code_names() -> None:
    """botocore's description of each has to be in the package."""
    assert clients_in(*SHARED) >= {"cognito-idp", "sqs", "dynamodbstreams"}
    assert clients_in(*SHARED) - clients_in(*IN_SOME) <= SHARED_AWS
    for service in SERVED:
        used = [file for file, name in IN_SOME.items() if any(name in text for text in texts(service.name))]
        called = clients_in(service.name, *used)
        assert called <= SHARED_AWS | service.aws
        # config/aws.py makes the one that posts to connections, at the address of each API.
        assert service.aws - {"apigatewaymanagementapi"} <= called


def clients_in(*names: str) -> set[str]:
    """The services of AWS that these packages and files make a client of."""
    return {aws for text in texts(*names) for aws in re.findall(r'\bclient\("([a-z0-9-]+)"', text)}


def texts(*names: str) -> Iterator[str]:
    """The source of packages and files of the project."""
    for path in (PROJECT_DIR / name for name in names):
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            yield file.read_text()


def test_it_holds_one_description_of_each_service_of_aws_it_calls(package: Package, services: tuple[str, ...]) -> None:
    with zipfile.ZipFile(package.path) as archive:
        versions = sorted({tuple(name.split("/")[2:4]) for name in archive.namelist() if name.endswith("-2.json.gz")})
    called = SHARED_AWS.union(*(service.aws for service in named(services)))
    assert [service for service, _ in versions] == sorted(called)
    assert ("dynamodb", "2012-08-10") in versions


def head(archive: zipfile.ZipFile, name: str) -> bytes:
    """How a file in it begins."""
    with archive.open(name) as file:
        return file.read(16)


def test_its_bytecode_needs_no_look_at_the_source(package: Package) -> None:
    """PEP 552: the flags after the magic number are 1 for a hash that is not checked. Zip files keep no usable date."""
    with zipfile.ZipFile(package.path) as archive:
        compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
        flags = {head(archive, name)[4:8] for name in compiled}
        modules = {name for name in archive.namelist() if name.endswith(".py")}
    assert flags == {b"\x01\0\0\0"}
    assert len(compiled) > 0.97 * len(modules)


def test_every_file_can_be_read_by_lambda(package: Package) -> None:
    with zipfile.ZipFile(package.path) as archive:
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o644}


def test_the_same_code_is_the_same_package(manifest: Path) -> None:
    assert (
        build(["todos"], HERE, static_manifest=manifest).path == build(["todos"], HERE, static_manifest=manifest).path
    )


def test_what_lambda_would_refuse_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.deploy.package.LAMBDA_UNZIPPED_BYTES", 10)
    (tmp_path / "large.py").write_text("x" * 11)
    write_zip({"large.py": tmp_path / "large.py"}, tmp_path / "package.zip")
    with pytest.raises(DeployError, match="larger than Lambda takes"):
        refuse_too_large(Package(tmp_path / "package.zip"))
    assert not (tmp_path / "package.zip").exists()


@pytest.mark.prove
def test_what_nobody_has_used_for_a_week_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.deploy.package.BUILD_DIR", tmp_path)
    names = ("package-used.zip", "package-old.zip", "package-new.zip", "other-old.zip", "package-folder.zip")
    used, old, new, other, folder = (tmp_path / name for name in names)
    for path in (used, old, new, other):
        path.touch()
    (folder / "inside").mkdir(parents=True)
    week_ago = time.time() - KEPT_SECONDS
    for path, moment in ((used, week_ago - 9), (old, week_ago - 9), (new, week_ago + 900), (other, 0), (folder, 0)):
        os.utime(path, (moment, moment))
    forget_former(used, "package-*.zip")
    assert {path.name for path in tmp_path.iterdir()} == {used.name, new.name, other.name}


@pytest.mark.prove
@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_every_library_has_a_wheel_for_lambdas_runtime(architecture: str, tmp_path: Path) -> None:
    stages = json.loads((PROJECT_DIR / "zappa_settings.json").read_text())
    major, minor = map(int, stages["production"]["runtime"].removeprefix("python").split("."))
    options = Platform((major, minor), architecture).pip_options
    requirements = ["-r", str(PROJECT_DIR / "requirements.txt")]
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(tmp_path), *options, *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    wheels = [path.name for path in tmp_path.iterdir()]
    assert all(name.endswith(".whl") or name.startswith("http_ece-") for name in wheels)
    for name in wheels:
        oldest = re.findall(r"manylinux_2_(\d+)_", name)
        assert not oldest or min(map(int, oldest)) <= 34, f"{name}: Amazon Linux 2023 has glibc 2.34"


@pytest.mark.prove
@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 0x3E), ("arm64", 0xB7)])
def test_its_machine_code_is_for_the_stages_processor(architecture: str, machine: int) -> None:
    """Those who deploy may have another: e_machine of the ELF header says what a library is for."""
    built = build(["media"], Platform(sys.version_info[:2], architecture), for_workers=True)
    with zipfile.ZipFile(built.path) as archive:
        libraries = [archive.read(name) for name in archive.namelist() if re.search(r"\.so[.0-9]*$", name)]
    assert len(libraries) > 10
    assert {int.from_bytes(library[18:20], "little") for library in libraries} == {machine}


def test_it_refuses_to_compile_for_another_python() -> None:
    class OnAws(Deployment):
        embedded = False

    class Session:
        region_name = "us-east-1"

    settings = {"project_name": "p", "runtime": "python3.99"}
    deployment = OnAws("production", settings, Session())  # type: ignore[arg-type]  # asked for its region alone
    with pytest.raises(DeployError, match=r"runs python3\.99"):
        target_of(deployment)
    settings["runtime"] = f"python{HERE.python[0]}.{HERE.python[1]}"
    assert target_of(deployment) == Platform(HERE.python, "x86_64")
