"""Fills the parts of the documents that come from the code.

A page holds a marker, ``<!-- settings -->`` or ``<!-- options: embedders -->``; the tables that replace it are made
from the attrs classes that structure ``plugins.toml``, their defaults and their docstrings.
"""

import ast
import inspect
import json
import re
import textwrap
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from photomill import testing
from photomill.components import Component
from photomill.config.converter import is_hidden, key_of
from photomill.config.describe import describe
from photomill.config.settings import Settings
from photomill.plugins.discovery import installed_plugins
from photomill.plugins.listing import offered_components
from photomill.testing.storage import ESCAPES
from photomill_browser.settings import BrowserSettings
from photomill_http.settings import HttpSettings

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
MARKER = re.compile(
    r"<!-- (settings|http settings|browser settings|changelog|suites|refused keys|options: (?P<family>\w+)) -->"
)
MARKS = re.compile(r"<!-- (?:generated|end) -->")
REFERENCE = re.compile(r"\n<!-- reference -->\n.*?<!-- end -->", re.DOTALL)
"""What ``references.py`` writes for whoever reads the files; the site makes its own from the same docstrings."""
ROLE = re.compile(r":(?:meth|attr|class|func|mod):(?=<code>)")
TYPE_WORDS = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    dict: "table",
    Any: "any",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    bare = REFERENCE.sub("", markdown)
    bare = bare.replace("<!-- changelog -->", CHANGELOG.read_text("utf-8"))
    return MARKS.sub("", MARKER.sub("", bare))


def on_page_content(html: str, **_: Any) -> str:
    """Drop Sphinx roles, which docstrings use and mkdocstrings does not read."""
    return ROLE.sub("", html)


def bundled_components(family: str) -> dict[str, type[Component]]:
    """Return the classes of one family that this distribution's own plugins offer, by what ``use`` says."""
    bundled = [plugin for plugin in installed_plugins() if plugin.distribution == "photomill"]
    return dict(sorted(offered_components(bundled).get(family, [])))


def settings_sections() -> dict[str, type]:
    """Return the fixed tables of ``plugins.toml``: their names and classes."""
    hints = typing.get_type_hints(Settings)
    return {
        key_of(attribute.name): hints[attribute.name]
        for attribute in attrs.fields(Settings)
        if attrs.has(hints[attribute.name]) and not is_hidden(attribute)
    }


def replacement(match: re.Match[str]) -> str:
    """What a marker stands for."""
    if match["family"]:
        return "\n".join(
            _component_section(use, cls) for use, cls in bundled_components(match["family"]).items()
        )
    if match[1] == "suites":
        return "\n".join(_suites())
    if match[1] == "refused keys":
        return "\n".join(f"* `{key!r}`" for key in ESCAPES)
    if match[1] == "http settings":
        return options_table(HttpSettings)
    if match[1] == "browser settings":
        return options_table(BrowserSettings)
    return "\n".join(_settings_section(name, cls) for name, cls in settings_sections().items())


def _suites() -> Iterator[str]:
    """Each suite: the fixtures that an author fills or may fill, and the attributes that a class may set."""
    yield "| Suite | Fixture or attribute | Meaning |"
    yield "|---|---|---|"
    for name in sorted(vars(testing)["_LAZY"]):
        suite = getattr(testing, name)
        if not isinstance(suite, type) or not name.endswith("Contract"):
            continue
        for found, meaning in _filled(suite):
            words = re.sub(r":\w+:`", "`", meaning).replace("``", "`")
            yield f"| `{name}` | `{found}` | {words} |"


def _filled(suite: type) -> Iterator[tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(suite))).body[0]
    assert isinstance(tree, ast.ClassDef)
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef) and any(
            "fixture" in ast.unparse(each) for each in node.decorator_list
        ):
            yield node.name, " ".join((ast.get_docstring(node) or "").split())
        elif isinstance(node, ast.AnnAssign) and isinstance(following, ast.Expr):
            assert isinstance(following.value, ast.Constant)
            words = " ".join(str(following.value.value).split())
            yield f"{ast.unparse(node.target)} = {ast.unparse(node.value or node.target)}", words


def _settings_section(name: str, cls: type) -> str:
    return f"### `[{name}]`\n\n{options_table(cls)}\n"


def _component_section(use: str, cls: type[Component]) -> str:
    summary = (cls.__doc__ or "").strip().split("\n\n")[0].replace("``", "`")
    needs = f" Needs `pip install '{cls.extra}'`." if cls.extra else ""
    return f"#### `{use}`\n\n{' '.join(summary.split())}{needs}\n\n{options_table(cls.Options)}\n"


def options_table(cls: type) -> str:
    """Return a Markdown table of an attrs class: one row per option."""
    rows = list(_rows(cls))
    if not rows:
        return "No options."
    return "\n".join(["| Key | Type | Default | Meaning |", "|---|---|---|---|", *rows])


def _rows(cls: type, prefix: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(cls)
    meanings = describe(cls).fields
    for attribute in attrs.fields(cls):
        hint = hints[attribute.name]
        name = f"{prefix}{attribute.name}"
        meaning = meanings.get(attribute.name, "").replace("``", "`")
        cells = [type_words(hint), _default(attribute), meaning.replace("|", "\\|")]
        yield f"| `{name}` | {' | '.join(cells)} |"
        for nested in filter(attrs.has, (hint, *typing.get_args(hint))):
            below = f"{name}.<name>." if typing.get_origin(hint) is dict else f"{name}."
            yield from _rows(nested, below)


def _default(attribute: "attrs.Attribute[Any]") -> str:
    value: Any = attribute.default
    if value is attrs.NOTHING:
        return "required"
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        value = value.factory()
    return f"`{json.dumps(value, default=_plain)}`" if value is not None else "none"


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return attrs.asdict(value)
    return value.value if isinstance(value, Enum) else str(value)


def type_words(hint: Any) -> str:
    """Say a type in the words of TOML: ``tuple[str, ...]`` is a list of strings."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        arguments = tuple(member.value for member in hint)
    if origin is typing.Literal or (arguments and origin is None):
        return " or ".join(f"`{json.dumps(value)}`" for value in arguments)
    if origin in (types.UnionType, typing.Union):
        return " or ".join(type_words(kind) for kind in arguments if kind is not types.NoneType)
    if origin in (tuple, list):
        words = type_words(arguments[0])
        return f"list of {words}" if words.endswith("`") else f"list of {words}s"
    if attrs.has(hint):
        return "table"
    return TYPE_WORDS.get(origin or hint, getattr(hint, "__name__", str(hint)))
