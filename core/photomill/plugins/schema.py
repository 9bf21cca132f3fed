"""A JSON Schema of ``plugins.toml``, for editors to complete from."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import msgspec

from photomill.components import Component
from photomill.config.settings import FAMILIES, Settings

Schema = dict[str, Any]
Offered = Mapping[str, Iterable[tuple[str, type[Component]]]]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/"
_MEANING = re.compile(r":ivar (\w+):\s*(.*?)(?=\n\s*:ivar |\Z)", re.DOTALL)


def settings_schema(offered: Offered) -> Schema:
    """Describe the file.

    :param offered: for each family, what may be written behind ``use =`` and the class that it chooses.
    """
    families = {family: list(offered.get(family, ())) for family in FAMILIES}
    sections = {
        attribute.name: attribute.type
        for attribute in attrs.fields(Settings)
        if attribute.type is not None
        and attrs.has(attribute.type)
        and not attribute.metadata.get("hidden")
    }
    options = [component.Options for chosen in families.values() for _, component in chosen]
    references, definitions = _described([*sections.values(), *options])
    return {
        "$schema": _DIALECT,
        "title": "Photomill's plugins.toml",
        "type": "object",
        "properties": {
            **{name: references[kind] for name, kind in sections.items()},
            **{
                family: _instances([(use, references[each.Options]) for use, each in chosen])
                for family, chosen in families.items()
            },
            "adapters": {"type": "object", "additionalProperties": {"type": "object"}},
        },
        "additionalProperties": False,
        "$defs": definitions,
    }


def _described(kinds: Iterable[type]) -> tuple[dict[type, Schema], Schema]:
    """Return references to the classes' schemas, and the schemas."""
    unique = list(dict.fromkeys(kinds))
    found, definitions = msgspec.json.schema_components(
        unique, schema_hook=_anything, ref_template=f"{_DEFINITIONS}{{name}}"
    )
    references: dict[type, Schema] = dict(zip(unique, found, strict=True))
    for kind, reference in references.items():
        _explain(kind, definitions[reference["$ref"].removeprefix(_DEFINITIONS)])
    for definition in definitions.values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    return references, definitions


def _anything(kind: type) -> Schema:
    """Stand for a type that JSON Schema has no word for: a path, say, which is a string in the file."""
    return {"title": kind.__name__}


def _explain(kind: type, definition: Schema) -> None:
    """Move what a docstring says of each field to the field."""
    text = inspect.cleandoc(kind.__doc__ or "")
    definition["description"] = text.partition(":ivar")[0].strip()
    for name, meaning in _MEANING.findall(text):
        if name in definition.get("properties", {}):
            definition["properties"][name]["description"] = " ".join(meaning.split())


def _instances(choices: list[tuple[str, Schema]]) -> Schema:
    instance: Schema = {
        "type": "object",
        "properties": {
            "use": {
                "description": '"<plugin>:<component>", or one word where both have the same name',
                "anyOf": [{"enum": ["", *(use for use, _ in choices)]}, {"pattern": ":"}],
            },
            "options": {"type": "object"},
        },
        "required": ["use"],
        "additionalProperties": False,
    }
    if choices:
        instance["allOf"] = [_options_of(use, options) for use, options in choices]
    return {"type": "object", "additionalProperties": instance}


def _options_of(use: str, options: Schema) -> Schema:
    return {
        "if": {"properties": {"use": {"const": use}}},
        "then": {"properties": {"options": options}},
    }
