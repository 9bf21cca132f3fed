"""``${NAME}`` in the strings of a file, and ``PHOTOMILL_A__B`` in the environment."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from photomill.config.secrets import Secret, is_secret_name
from photomill.errors import Problem

PREFIX = "PHOTOMILL_"
SHORT = {
    "PHOTOMILL_DATA_DIR": "photomill.data_dir",
    "PHOTOMILL_SECRET_KEY": "photomill.secret_key",
}
"""Variables with a name of their own, and the keys that they set."""
NOT_SETTINGS = frozenset({"PHOTOMILL_CONFIG", "PHOTOMILL_TRACE", "PHOTOMILL_API_KEY"})
"""Variables that say something else than a key's value."""

_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


@frozen
class Substitution:
    """A tree whose ``${NAME}`` were replaced, and the names that nobody defined."""

    tree: Any
    problems: list[Problem] = field(factory=list)


def substituted(tree: Any, environ: Mapping[str, str]) -> Substitution:
    """Replace ``${NAME}`` and ``${NAME:-default}`` in every string; what they are replaced in becomes secret."""
    problems: list[Problem] = []
    return Substitution(_replace(tree, environ, "", problems), problems)


def environment_settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str, Any]]:
    """List what the environment sets: variable, dotted path, value.

    Values are JSON where they parse as such, and strings otherwise; those of secret keys are always strings.
    """
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            path = SHORT.get(variable) or variable.removeprefix(PREFIX).lower().replace("__", ".")
            yield variable, path, _value(path, environ[variable])


def _value(path: str, text: str) -> Any:
    if is_secret_name(path.rpartition(".")[2]):
        return Secret(text)
    if path in SHORT.values():
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _replace(tree: Any, environ: Mapping[str, str], path: str, problems: list[Problem]) -> Any:
    if isinstance(tree, dict):
        return {
            key: _replace(item, environ, f"{path}.{key}" if path else key, problems)
            for key, item in tree.items()
        }
    if isinstance(tree, list):
        return [
            _replace(item, environ, f"{path}[{position}]", problems)
            for position, item in enumerate(tree)
        ]
    if not isinstance(tree, str) or not _REFERENCE.search(tree):
        return tree

    def value(reference: re.Match[str]) -> str:
        found = environ.get(reference["name"], reference["default"])
        if found is None:
            problems.append(
                Problem(path, f"the environment variable {reference['name']} is not set")
            )
        return found or ""

    return Secret(_REFERENCE.sub(value, tree))
