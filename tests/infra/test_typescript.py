"""The TypeScript client: generated, compiled strictly, used against the running API; and types of the to-do page."""

import shutil
import subprocess
from pathlib import Path

import pytest

from infra import sdk
from tests.live import LiveServer
from tests.personas import Persona

CONTRACT = Path(__file__).with_name("sdk_contract.ts")
STORE = Path(__file__).parents[2] / "todos/static/todos/store"


@pytest.fixture(scope="module")
def modules() -> Path:
    """The generator, the compiler and what the client imports."""
    if shutil.which("node") is None:
        pytest.skip("There is no Node.js here to run the TypeScript client.")
    try:
        found = sdk.node_modules()
    except sdk.NoTools as error:
        pytest.skip(f"The TypeScript generator can't be fetched: {error}")
    return found or pytest.skip("There is no npm here to fetch the TypeScript generator.")


@pytest.fixture(scope="module")
def generated(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as `make sdk` leaves it."""
    folder = tmp_path_factory.mktemp("sdk")
    made = sdk.typescript_client(sdk.describe(folder), folder)
    assert made is not None
    return made


@pytest.fixture
def package(generated: Path, modules: Path, tmp_path: Path) -> Path:
    """A copy to write into, installed."""
    shutil.copytree(generated, tmp_path, dirs_exist_ok=True)
    (tmp_path / "node_modules").symlink_to(modules)
    return tmp_path


def test_it_is_a_package_for_plain_javascript_too(generated: Path) -> None:
    assert {path.name for path in (generated / "dist").iterdir()} >= {"client.js", "client.d.ts", "schema.d.ts"}
    assert not (generated / "node_modules").is_symlink()


def test_an_app_makes_reads_changes_and_deletes_by_it(
    package: Path, modules: Path, live_server: LiveServer, alice: Persona
) -> None:
    shutil.copy(CONTRACT, package)
    sdk.compile_typescript(package, modules)
    command = ["node", "dist/sdk_contract.js", live_server.url, alice.access_token]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_compiler_refuses_a_wrong_use(package: Path, modules: Path) -> None:
    start = 'import { client } from "./client.js";\nconst api = client("", () => undefined);\n'
    uses = {
        'const sub: number = (await api.GET("/api/me/")).data!.sub;': "not assignable to type 'number'",
        'api.POST("/api/todos/", { body: { priority: 1 } });': "Property 'title' is missing",
    }
    (package / "wrong.ts").write_text(start + "\n".join(uses))
    with pytest.raises(sdk.GeneratorFailed) as refused:
        sdk.compile_typescript(package, modules)
    for complaint in uses.values():
        assert complaint in str(refused.value)


def test_the_pages_pure_modules_have_the_types_they_say(modules: Path) -> None:
    pure = [str(path) for path in STORE.glob("*.js") if path.read_text().startswith("// @ts-check\n")]
    assert len(pure) >= 11
    options = ["--allowJs", "--strict", "--noEmit", "--target", "es2023", "--module", "esnext"]
    options += ["--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable"]
    run = subprocess.run([modules / ".bin" / "tsc", *options, *pure], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
