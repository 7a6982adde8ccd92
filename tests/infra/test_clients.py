"""Clients generated for Python and Java: they run against the API, and change what was named and nothing else."""

import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from infra import sdk
from tests.live import LiveServer
from tests.personas import Persona

GENERATOR_JAR = str(files("openapi_generator_cli") / "openapi-generator.jar")
OPENAPI_PYTHON_CLIENT = """
import sys
from serverless_django_client import AuthenticatedClient
from serverless_django_client.api.todos import todos_patch
from serverless_django_client.models import PatchedTodoInputRequest

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
answer = todos_patch.sync_detailed(sys.argv[3], client=client, body=PatchedTodoInputRequest(title="B"))
assert (answer.status_code, answer.parsed.title, answer.parsed.completed) == (200, "B", True), answer
"""
OPENAPI_GENERATOR = """
import sys
import serverless_django_client_python as sdk

settings = sdk.Configuration(host=sys.argv[1], access_token=sys.argv[2])
todos = sdk.TodosApi(sdk.ApiClient(settings))
change = sdk.PatchedTodoInputRequest(title="B", notes="")
answer = todos.todos_patch(sys.argv[3], patched_todo_input_request=change)
assert (answer.title, answer.notes, answer.completed) == ("B", "", True), answer
"""

# Java's client for the JDK's own HTTP client needs Jackson, which the generator's jar holds, and one annotation.
# Without the last option it would send an empty list for each one that nobody named.
JAVA_OPTIONS = (
    "--library",
    "native",
    "--additional-properties=openApiNullable=false,annotationLibrary=none,containerDefaultToNull=true",
)
GENERATED = """
package javax.annotation;
public @interface Generated { String value(); String date() default ""; String comments() default ""; }
"""
JAVA = """
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.TodosApi;
import org.openapitools.client.model.*;

public class Use {
    public static void main(String[] given) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(given[0]);
        client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + given[1]));
        PatchedTodoInputRequest change = new PatchedTodoInputRequest().title("B").notes("");
        Todo answer = new TodosApi(client).todosPatch(UUID.fromString(given[2]), change, null);
        if (!answer.getTitle().equals("B") || !answer.getNotes().isEmpty() || !answer.getCompleted())
            throw new AssertionError(answer);
    }
}
"""


@pytest.fixture
def completed(alice: Persona) -> str:
    """The id of a to-do with a value in every field."""
    body = {"title": "A", "notes": "n", "completed": True, "priority": 3, "tags": ["t"], "list": "work"}
    return str(alice.api.post("/api/todos/", body).json()["id"])


def use(command: list[str], package: Path, server: LiveServer, persona: Persona, todo: str) -> None:
    """Run the command with the package, and see that the to-do kept what it did not name."""
    command = [*command, server.url, persona.access_token, todo]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    now = persona.api.get(f"/api/todos/{todo}/").json()
    assert (now["completed"], now["priority"], now["tags"], now["list"]) == (True, 3, ["t"], "work")


def openapi_generator_client(folder: Path, language: str, *options: str) -> Path | None:
    """Generate a client by openapi-generator, such as of `python` or `java`; None without Java."""
    java = shutil.which("java")
    if java is None:
        return None
    openapi, target = sdk.describe(folder), folder / f"openapi-generator-{language}"
    command = [java, "-jar", GENERATOR_JAR, "generate", "-g", language, "-i", str(openapi), "-o", str(target), *options]
    sdk.run([*command, "--package-name", f"{sdk.PACKAGE}_{language}"])
    return target


def test_openapi_python_client(tmp_path: Path, live_server: LiveServer, alice: Persona, completed: str) -> None:
    made = sdk.python_client(sdk.describe(tmp_path), tmp_path)
    use([sys.executable, "-c", OPENAPI_PYTHON_CLIENT], made.parent, live_server, alice, completed)


def test_openapi_generator(tmp_path: Path, live_server: LiveServer, alice: Persona, completed: str) -> None:
    made = openapi_generator_client(tmp_path, "python")
    if made is None:
        pytest.skip("There is no Java here to run openapi-generator.")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(made)], check=True, timeout=100)
    use([sys.executable, "-c", OPENAPI_GENERATOR], made, live_server, alice, completed)


@pytest.mark.prove
def test_openapi_generator_for_java(tmp_path: Path, live_server: LiveServer, alice: Persona, completed: str) -> None:
    if not shutil.which("javac"):
        pytest.skip("There is no Java compiler here (Debian: apt install default-jdk-headless).")
    made = openapi_generator_client(tmp_path, "java", *JAVA_OPTIONS)
    assert made
    (made / "Generated.java").write_text(GENERATED)
    (made / "Use.java").write_text(JAVA)
    sources = [made / "Generated.java", made / "Use.java", *(made / "src" / "main").rglob("*.java")]
    classes = f"{GENERATOR_JAR}:{made / 'classes'}"
    subprocess.run(["javac", "-nowarn", "-cp", classes, "-d", made / "classes", *sources], check=True, timeout=300)
    use(["java", "-cp", classes, "Use"], made, live_server, alice, completed)
