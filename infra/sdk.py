"""Typed clients of the API from its OpenAPI file: `python -m infra.sdk [FOLDER]`, into build/sdk by default.

FOLDER/python       a package for httpx, by openapi-python-client
FOLDER/typescript   a package for browsers and Node.js, by openapi-typescript, if there is an npm to run it
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
TYPESCRIPT_DIR = Path(__file__).resolve().parent / "typescript"
TOOLS_DIR = PROJECT_DIR / "build" / "tools"
PACKAGE = "serverless_django_client"


class GeneratorFailed(Exception):
    """A generator ended with an error. The message is what it said."""


class NoTools(GeneratorFailed):
    """The TypeScript generator could not be fetched."""


def describe(folder: Path) -> Path:
    """Write the OpenAPI file. Raises GeneratorFailed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "openapi.json"
    # The local stage has a value for every setting; another's environment must not change the file.
    variables = {**os.environ, "STAGE": "local", "LOCAL_DIR": str(folder / "none")}
    run([sys.executable, "manage.py", "spectacular", "--format", "openapi-json", "--file", str(path)], **variables)
    return path


def python_client(openapi: Path, folder: Path) -> Path:
    """Generate the Python package. Raises GeneratorFailed."""
    target = folder / "python" / PACKAGE
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    config = folder / "python.json"
    config.write_text('{"post_hooks": []}')
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--config", str(config)]
    run([*command, "--path", str(openapi), "--output-path", str(target), "--fail-on-warning"], **os.environ)
    return target


def typescript_client(openapi: Path, folder: Path) -> Path | None:
    """Generate the TypeScript package and compile it, strictly; None without npm. Raises GeneratorFailed."""
    modules = node_modules()
    if modules is None:
        return None
    target = folder / "typescript"
    shutil.copytree(TYPESCRIPT_DIR, target, dirs_exist_ok=True)
    generator = [str(modules / ".bin" / "openapi-typescript"), str(openapi), "--output", str(target / "schema.ts")]
    # A field with a default may be left out of what is sent; `required` alone says what an answer has.
    run([*generator, "--default-non-nullable", "false"])
    compile_typescript(target, modules)
    return target


def compile_typescript(package: Path, modules: Path) -> None:
    """Check and compile a package by its tsconfig.json. Raises GeneratorFailed, with what the compiler said."""
    link = package / "node_modules"
    is_ours = not link.exists()
    if is_ours:
        link.symlink_to(modules)
    try:
        run([str(modules / ".bin" / "tsc"), "--project", str(package)])
    finally:
        if is_ours:
            link.unlink()


def node_modules() -> Path | None:
    """Where the pinned generator and compiler are, fetched when they are not there yet; None without npm.

    Raises NoTools.
    """
    npm = shutil.which("npm")
    if npm is None:
        return None
    package = json.loads((TYPESCRIPT_DIR / "package.json").read_text())
    pins = {**package["dependencies"], **package["devDependencies"]}
    modules = TOOLS_DIR / "node_modules"
    if any(_installed(modules / name) != version for name, version in pins.items()):
        wanted = [f"{name}@{version}" for name, version in pins.items()]
        try:
            run([npm, "install", "--prefix", str(TOOLS_DIR), "--save-exact", "--no-audit", "--no-fund", *wanted])
        except GeneratorFailed as error:
            raise NoTools(*error.args) from None
    return modules


def _installed(module: Path) -> str | None:
    description = module / "package.json"
    return str(json.loads(description.read_text())["version"]) if description.exists() else None


def run(command: list[str], **variables: str) -> None:
    """Run a generator. Raises GeneratorFailed."""
    done = subprocess.run(  # noqa: S603
        command, cwd=PROJECT_DIR, env=variables or None, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise GeneratorFailed(f"{' '.join(command[:4])}: {done.stdout}{done.stderr}")


def main() -> int:
    """Generate both."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else PROJECT_DIR / "build" / "sdk").absolute()
    try:
        openapi = describe(folder)
        made = [python_client(openapi, folder), typescript_client(openapi, folder)]
    except GeneratorFailed as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 1
    for path in filter(None, made):
        print(path)  # noqa: T201
    if None in made:
        print("No npm here, so there is no TypeScript client.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
