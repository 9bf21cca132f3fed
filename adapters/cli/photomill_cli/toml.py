"""Writing TOML, which the standard library only reads."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def to_toml(tree: Mapping[str, Any]) -> str:
    """A document of tables that hold strings, numbers, booleans, lists and further tables; None is left out."""
    return "\n".join(_lines(tree, ())) + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {name: value for name, value in table.items() if isinstance(value, Mapping)}
    plain = {
        name: value for name, value in table.items() if value is not None and name not in inner
    }
    if path and (plain or not inner):
        yield f"[{'.'.join(_key(part) for part in path)}]"
    for name, value in plain.items():
        yield f"{_key(name)} = {_value(value)}"
    if plain or (path and not inner):
        yield ""
    for name, value in inner.items():
        yield from _lines(value, (*path, name))


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _text(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(_value(item) for item in value)}]"
        case Mapping():
            pairs = (f"{_key(name)} = {_value(item)}" for name, item in value.items())
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return repr(value)


def _text(text: str) -> str:
    # JSON's escapes are all TOML's too, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
