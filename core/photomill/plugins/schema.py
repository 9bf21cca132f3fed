"""A JSON Schema of ``plugins.toml``, for editors to complete from."""

from collections.abc import Iterable, Mapping

import attrs

from photomill.components import Component
from photomill.config.converter import key_of
from photomill.config.describe import Schema, class_schemas
from photomill.config.settings import FAMILIES, Settings

Offered = Mapping[str, Iterable[tuple[str, type[Component]]]]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINITIONS = "#/$defs/{name}"


def settings_schema(offered: Offered) -> Schema:
    """Describe the file.

    :param offered: for each family, what may be written behind ``use =`` and the class that it chooses.
    """
    families = {family: list(offered.get(family, ())) for family in FAMILIES}
    sections = {
        key_of(attribute.name): attribute.type
        for attribute in attrs.fields(Settings)
        if attribute.type is not None
        and attrs.has(attribute.type)
        and not attribute.metadata.get("hidden")
    }
    options = [component.Options for chosen in families.values() for _, component in chosen]
    kinds = list(dict.fromkeys([*sections.values(), *options]))
    found, definitions = class_schemas(kinds, _DEFINITIONS, closed=True)
    references = dict(zip(kinds, found, strict=True))
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
