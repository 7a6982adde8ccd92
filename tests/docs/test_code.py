"""The code keeps its measures: few parameters that are `Any`, no long file, no long function. Tests are free."""

import ast
from collections.abc import Iterator

from tests.docs.test_docs import ROOT, sources

# What is left passes arguments on to a library, or takes what a library leaves untyped. Lower it, do not raise it.
MOST_ANY = 55
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40


def code() -> Iterator[tuple[str, str]]:
    """Each file's path and text."""
    for path in sources():
        name = path.relative_to(ROOT)
        if "tests" not in name.parts and path.exists():
            yield str(name), path.read_text()


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Each function, and where it is."""
    for name, text in code():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}: {node.name}", node


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    """All of a function's, `*args` and `**kwargs` too."""
    given = function.args
    rest = [one for one in (given.vararg, given.kwarg) if one]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]


def test_few_parameters_are_any() -> None:
    found = [
        f"{name}: {one.arg}"
        for name, function in functions()
        for one in parameters(function)
        if one.annotation is not None and ast.unparse(one.annotation) == "Any"
    ]
    assert len(found) <= MOST_ANY, "\n".join(found)


def test_no_file_is_long() -> None:
    assert [name for name, text in code() if len(text.splitlines()) > MOST_LINES] == []


def test_no_function_is_long() -> None:
    assert [
        name
        for name, function in functions()
        if (function.end_lineno or function.lineno) - function.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ] == []
