"""What classes say of themselves: their docstrings' ``:ivar`` lines, and their fields as JSON Schema."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs
import msgspec
from attrs import frozen

from photomill.config.converter import key_of

Schema = dict[str, Any]

_FIELD = re.compile(r":ivar (\w+):\s*(.*?)(?=\n\s*:ivar |\Z)", re.DOTALL)
_BOUNDS = {">=": "minimum", "<=": "maximum", ">": "exclusiveMinimum", "<": "exclusiveMaximum"}


@frozen
class Description:
    """
    :ivar text: the docstring before its first ``:ivar``.
    :ivar fields: what is said of each field, in one line.
    """

    text: str
    fields: Mapping[str, str]


def describe(kind: type) -> Description:
    """Read a class's docstring."""
    return _read(kind.__doc__ or "")


def field_bounds(attribute: "attrs.Attribute[Any]") -> Schema:
    """The bounds that a field's validators set, as JSON Schema names them: ``minimum``, ``maximum`` and the like."""
    return {
        _BOUNDS[validator.compare_op]: validator.bound
        for validator in _validators(attribute.validator)
        if getattr(validator, "compare_op", "") in _BOUNDS
    }


def class_schemas(
    kinds: Iterable[Any], reference: str, *, closed: bool = False
) -> tuple[list[Schema], dict[str, Schema]]:
    """Describe attrs classes and msgspec structs, and types that hold them, as JSON Schema.

    What msgspec leaves out comes from the docstrings (descriptions) and the validators of attrs (bounds).

    :param reference: where the schema of a class is to be found, as in ``#/$defs/{name}``.
    :param closed: whether a class has no other fields than its own.
    :return: a schema for each kind, and those of the classes by their names.
    """
    listed = list(kinds)
    found, definitions = msgspec.json.schema_components(
        listed, schema_hook=_any_value, ref_template=reference
    )
    for definition in definitions.values():
        _explain(definition, closed=closed)
    for kind, schema in zip(listed, found, strict=True):
        if attrs.has(kind):
            name = schema["$ref"].removeprefix(reference.partition("{name}")[0])
            _bound_fields(definitions[name], kind)
    for definition in definitions.values():
        # ``from_`` is a field that would be a keyword.
        properties = definition.get("properties", {})
        renamed = {key_of(name): schema for name, schema in properties.items()}
        definition.update({"properties": renamed} if renamed != properties else {})
    return list(found), definitions


def _read(docstring: str) -> Description:
    text = inspect.cleandoc(docstring).replace("``", "`")
    fields = {name: " ".join(meaning.split()) for name, meaning in _FIELD.findall(text)}
    return Description(text.partition(":ivar")[0].strip(), fields)


def _any_value(kind: type) -> Schema:
    """Stand for a type that JSON Schema has no word for: a path, say, which is a string in the file."""
    return {"title": kind.__name__}


def _explain(definition: Schema, *, closed: bool) -> None:
    """Move what a docstring says of each field to the field."""
    said = _read(definition.pop("description", ""))
    if said.text:
        definition["description"] = said.text
    properties = definition.get("properties", {})
    for name in said.fields.keys() & properties.keys():
        properties[name]["description"] = said.fields[name]
    if closed and "properties" in definition:
        definition["additionalProperties"] = False


def _bound_fields(definition: Schema, kind: type) -> None:
    """Write the bounds of a class's validators where its numbers and lists are."""
    for attribute in attrs.fields(kind):
        schema = definition["properties"][attribute.name]
        inner = next(
            (each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"), schema
        )
        inner.update(field_bounds(attribute))
        for validator in _validators(attribute.validator):
            if hasattr(validator, "min_length") and inner.get("type") == "array":
                inner["minItems"] = validator.min_length


def _validators(validator: Any) -> Iterator[Any]:
    """The validators that one is made of."""
    if validator is None or hasattr(validator, "member_validator"):
        return
    inner = getattr(validator, "_validators", None) or getattr(validator, "validator", None)
    if inner is None:
        yield validator
        return
    for part in inner if isinstance(inner, tuple | list) else [inner]:
        yield from _validators(part)
