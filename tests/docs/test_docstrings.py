"""What a public function says of itself begins with a sentence, not with a list of errors."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("core", "adapters", "plugins")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)


def public_functions(node: ast.AST) -> Iterator[ast.FunctionDef]:
    """The functions of a module and the methods of its classes, but for what begins with an underscore."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from public_functions(child)
        elif isinstance(child, ast.FunctionDef) and not child.name.startswith("_"):
            yield child


def test_public_docstrings_begin_with_a_sentence() -> None:
    assert len(SOURCES) > 500
    fields_alone = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in SOURCES
        for function in public_functions(ast.parse(path.read_text("utf-8")))
        if (ast.get_docstring(function) or "").startswith(":")
    ]
    assert fields_alone == []


def test_every_file_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if (text := path.read_text("utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []
