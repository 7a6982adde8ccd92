"""Typed clients of the API from its OpenAPI file: `python -m infra.sdk [FOLDER]`, into build/sdk by default.

FOLDER/python       a package for httpx, by openapi-python-client
FOLDER/typescript   types for openapi-fetch, by openapi-typescript, if there is a Node.js to run it
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
PACKAGE = "serverless_django_client"
OPENAPI_TYPESCRIPT = "openapi-typescript@7.13.0"
_CLIENT = """// A client of MyTodoList and MyBlog: const api = client("https://example.com", () => token)
import createClient from "openapi-fetch";
import type { paths } from "./schema";

export function client(baseUrl: string, token: () => string | undefined) {
  const api = createClient<paths>({ baseUrl });
  api.use({
    onRequest({ request }) {
      const value = token();
      if (value) request.headers.set("Authorization", `Bearer ${value}`);
      return request;
    },
  });
  return api;
}
"""
_PACKAGE_JSON = '{"name": "serverless-django-client", "private": true, "dependencies": {"openapi-fetch": "^0.14.0"}}\n'


class GeneratorFailed(Exception):
    """A generator ended with an error. The message is what it said."""


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
    """Generate the TypeScript types and a client of three lines; None without Node.js. Raises GeneratorFailed."""
    npx = shutil.which("npx")
    if npx is None:
        return None
    target = folder / "typescript"
    target.mkdir(parents=True, exist_ok=True)
    (target / "client.ts").write_text(_CLIENT)
    (target / "package.json").write_text(_PACKAGE_JSON)
    run([npx, "--yes", OPENAPI_TYPESCRIPT, str(openapi), "--output", str(target / "schema.d.ts")], **os.environ)
    return target


def run(command: list[str], **variables: str) -> None:
    """Run a generator. Raises GeneratorFailed."""
    done = subprocess.run(command, cwd=PROJECT_DIR, env=variables, capture_output=True, text=True, check=False)  # noqa: S603
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
    return 0


if __name__ == "__main__":
    sys.exit(main())
