"""Reads the settings: built-in file, user's file, environment, and what the caller overrides, in this order."""

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs
import tomli

from photomill.config.converter import key_of
from photomill.config.references import dangling_references
from photomill.config.secrets import masked
from photomill.config.settings import FAMILIES, Origin, Settings
from photomill.config.structure import describe_errors, strict
from photomill.config.variables import environment_settings, substituted
from photomill.errors import ConfigError, Problem

BUILT_IN = files("photomill.config") / "default.toml"
FILE_NAME = "plugins.toml"
Tree = dict[str, Any]


def load_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] = {},
) -> Settings:
    """Read the settings.

    :param path: the user's file. Without one: the one that ``$PHOTOMILL_CONFIG`` names, else ``plugins.toml`` in
        the working folder, else none.
    :param environ: where ``PHOTOMILL_…`` and ``${NAME}`` are looked up.
    :param overrides: values by dotted path, over everything else: ``{"photomill.data_dir": "/srv/photos"}``.
    :raises ConfigError: with every mistake there is; options of components are checked by ``Components.load``.
    """
    settings, problems = read_settings(path, environ=environ, overrides=overrides)
    if problems:
        raise ConfigError(problems)
    return settings


def read_settings(
    path: Path | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    overrides: Mapping[str, Any] = {},
) -> tuple[Settings, list[Problem]]:
    """Read the settings as far as they are right, as :func:`load_settings` does, and tell every mistake in the others.

    A key with a mistake counts as if the file did not have it, and so does an instance that does not say what it uses.

    :raises ConfigError: there is no such file, or it is not TOML.
    """
    file = find_file(path, environ)
    name = file.name if file else FILE_NAME
    own = substituted(_read(file), environ)
    problems = [Problem(f"{name}: {problem.path}", problem.message) for problem in own.problems]
    tree = merged(tomli.loads(BUILT_IN.read_text(encoding="utf-8")), own.tree)
    origin = Origin(name, _override(tree, environ, overrides, problems))
    unset = frozenset(problem.path for problem in own.problems)
    return _structure(tree, attrs.evolve(origin, mistaken=unset), problems), problems


def find_file(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the user's file, None where there is none.

    :raises ConfigError: the file that was named is not there.
    """
    named = path or (Path(environ["PHOTOMILL_CONFIG"]) if environ.get("PHOTOMILL_CONFIG") else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError([Problem(str(named), "no such file")])
        return named
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def settings_tree(settings: Settings) -> Tree:
    """Return the settings as tables and lists, with every secret masked: what ``config show`` prints."""
    fields = attrs.fields(Settings)
    tree = masked(attrs.asdict(settings, filter=attrs.filters.exclude(fields.origin)))
    return {key_of(name): table for name, table in tree.items() if table}


def merged(base: Tree, over: Tree, path: tuple[str, ...] = ()) -> Tree:
    """Lay one tree over another: key by key, but an instance of a component as a whole where it says what it uses.

    An instance's options belong to the component that it uses; half of them must not outlive it.
    """
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        is_instance = len(path) == 1 and path[0] in FAMILIES
        whole = is_instance and isinstance(value, dict) and "use" in value
        if isinstance(value, dict) and isinstance(below, dict) and not whole:
            result[key] = merged(below, value, (*path, key))
        else:
            result[key] = value
    return result


def _read(file: Path | None) -> Tree:
    if file is None:
        return {}
    try:
        return tomli.loads(file.read_text(encoding="utf-8"))
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(file.name, f"not valid TOML: {error}")]) from error
    except OSError as error:
        raise ConfigError([Problem(file.name, f"cannot be read: {error.strerror}")]) from error


def _override(
    tree: Tree, environ: Mapping[str, str], overrides: Mapping[str, Any], problems: list[Problem]
) -> dict[str, str]:
    """Put single values into the tree; return what set which path, the last first."""
    values = list(environment_settings(environ))
    # A component before its options: choosing another one drops the former's.
    values.sort(key=lambda item: not item[1].endswith(".use"))
    values += [("override", path, value) for path, value in overrides.items()]
    origins: dict[str, str] = {}
    for source, path, value in values:
        if not _put(tree, path.split("."), value):
            problems.append(Problem(f"{source}: {path}", "there is no table of this name"))
        origins = {path: source, **origins}
    return origins


def _put(tree: Tree, keys: list[str], value: Any) -> bool:
    *tables, last = keys
    for key in tables:
        below = tree.setdefault(key, {})
        if not isinstance(below, dict):
            return False
        tree = below
    if last == "use" and tree.get("use") != value:
        tree.pop("options", None)
    below = tree.get(last)
    tree[last] = (
        merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    )
    return True


def _structure(tree: Tree, origin: Origin, problems: list[Problem]) -> Settings:
    left_out: set[str] = set()
    settings, found = _structure_what_is_right(tree, left_out)
    found = [problem for problem in found if not origin.is_mistaken(problem.path)]
    origin = attrs.evolve(origin, mistaken=origin.mistaken | left_out)
    settings = attrs.evolve(_without_empty(settings), origin=origin)
    # What a key with a mistake would have said is not known, nor what it would have named.
    found += [
        problem
        for problem, named in dangling_references(settings)
        if not origin.is_mistaken(problem.path) and not origin.is_mistaken(named)
    ]
    problems += [Problem(origin.locate(problem.path), problem.message) for problem in found]
    return settings


def _structure_what_is_right(tree: Tree, left_out: set[str]) -> tuple[Settings, list[Problem]]:
    """Structure a tree without the keys that cannot be.

    :param left_out: takes the paths of those keys.
    :returns: the settings, and what is wrong with the others.
    """
    try:
        return strict.structure(tree, Settings), []
    except Exception as error:
        found = describe_errors(error)
    right = tree
    for problem in found:
        right, path = _without(right, problem.path)
        left_out.add(path)
    # What a table or an instance cannot be without was left out of it with its mistake: it goes as a whole.
    settings, _ = _structure_what_is_right(right, left_out)
    return settings, found


def _without(tree: Tree, path: str) -> tuple[Tree, str]:
    """Copy a tree without the key at a path, or the deepest there is on the way to it; return that one's path too."""
    for key, below in tree.items():
        if path == key or path.startswith((f"{key}.", f"{key}[")):
            rest = path[len(key) + 1 :]
            if isinstance(below, dict) and rest:
                kept, inner = _without(below, rest)
                if inner:
                    return {**tree, key: kept}, f"{key}.{inner}"
            return {name: each for name, each in tree.items() if name != key}, key
    return tree, ""


def _without_empty(settings: Settings) -> Settings:
    """Leave out the instances that use nothing."""
    kept = {
        family: {name: chosen for name, chosen in getattr(settings, family).items() if chosen.use}
        for family in FAMILIES
    }
    return attrs.evolve(settings, **kept)  # type: ignore[arg-type]
