"""A new project made of the README alone, with the package installed from its wheel, keeps rows in DynamoDB."""

import os
import re
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1]
BLOCKS = dict(re.findall(r"```python\n# ([\w/]+\.py)[^\n]*\n(.*?)```", (PACKAGE / "README.md").read_text(), re.DOTALL))
# What an editor does in the admin: signs in, adds, changes and deletes a post.
VISIT = """
from django.test import Client
from django.test.utils import setup_test_environment
from blog.models import PostItem

def form(page):
    fields = page.context["adminform"].form
    return {name: fields[name].value() for name in fields.fields if fields[name].value() is not None}

setup_test_environment()
client, posts = Client(), "/admin/blog/post/"
assert client.get(posts).status_code == 302
assert client.post("/admin/login/", {"username": "ann", "password": "wrong"}).status_code == 200
signed_in = client.post("/admin/login/?next=" + posts, {"username": "ann", "password": "let me in"})
assert signed_in.headers["Location"] == posts, signed_in.content
added = client.post(posts + "add/", {"slug": "hello", "title": "Hello", "status": "draft"})
assert added.status_code == 302, added.content.decode()
assert "Hello" in client.get(posts).content.decode()
url = posts + "hello/change/"
changed = client.post(url, {**form(client.get(url)), "title": "Hello again"})
assert changed.status_code == 302, changed.content.decode()
item = PostItem.fetch(("hello",))
assert (item.title, item.version) == ("Hello again", 2)
url = posts + "hello/delete/"
assert client.post(url, {"post": "yes", "seen": client.get(url).context["seen"]}).status_code == 302
assert not list(PostItem.scan())
print("all done")
"""


def run(*command: str | Path, cwd: Path) -> str:
    """What a command says; AssertionError when it fails."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
    done = subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as others would get it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    options: list[str | Path] = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    run(sys.executable, "-m", "pip", "wheel", *options, source, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(params=["here", pytest.param("index", marks=pytest.mark.prove)])
def python(request: pytest.FixtureRequest, wheel: Path, tmp_path: Path) -> Path:
    """A new environment with the wheel. What it needs is this environment's, or newly installed from an index."""
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    if request.param == "index":
        run(python, "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
        return python
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=tmp_path)
    libraries = next((tmp_path / "venv" / "lib").iterdir()) / "site-packages" / "libraries.pth"
    libraries.write_text("\n".join(site.getsitepackages()))
    return python


def test_the_wheel_holds_the_package_and_no_tests(wheel: Path) -> None:
    names = run(sys.executable, "-m", "zipfile", "-l", wheel, cwd=wheel.parent)
    assert "dynamo/models.py" in names
    assert "dynamo/admin/templates/dynamo_admin/" in names
    assert "dynamo/admin/static/dynamo_admin/" in names
    assert "tests" not in names
    packages = {str(path.parent.relative_to(PACKAGE.parent)) for path in PACKAGE.rglob("__init__.py")}
    for package in packages:
        assert ("tests" in package) != (f"{package}/__init__.py" in names), package


@pytest.mark.timeout(600)
def test_a_new_project_by_the_readme(python: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    run(python, "-m", "django", "startproject", "mysite", ".", cwd=project)
    for name, code in BLOCKS.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.parent.joinpath("__init__.py").touch()
        path.write_text(path.read_text() + code if path.exists() else code)
    assert "Made mysite-" in run(python, "manage.py", "migrate", "--create", cwd=project)
    run(python, "manage.py", "check", "--fail-level", "WARNING", cwd=project)
    said = run(python, "manage.py", "shell", "-c", VISIT.strip(), cwd=project)
    assert "all done" in said


def test_the_model_and_its_admin_take_about_20_lines() -> None:
    lines = [line for name in ("blog/models.py", "blog/admin.py") for line in BLOCKS[name].splitlines()]
    code = [line for line in lines if line and not line.startswith(("from ", "import "))]
    assert len(code) <= 25
