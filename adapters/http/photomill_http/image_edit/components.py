"""JSON schemas of what requests may say, made from the classes that structure them."""

from collections.abc import Callable, Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import attrs

from photomill import describe
from photomill_http.image_edit.coercion import json_name
from photomill_http.image_edit.document import check_destination, check_uri
from photomill_http.image_edit.wording import Items, Length, Pattern, Range

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_SCALARS: dict[Any, Json] = {
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Any: {},
}


class Components:
    """Collects the schemas of classes, and of all that they hold."""

    def __init__(self) -> None:
        self.schemas: dict[str, Json] = {}

    def reference(self, kind: type) -> Json:
        """Where the schema of an attrs class is; it is made if there is none yet."""
        name = kind.__name__
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name] = self._object(kind)
        return {"$ref": _REFERENCE + name}

    def schema(self, kind: Any) -> Json:
        """The schema of any type that a field may have."""
        if kind in _SCALARS:
            return dict(_SCALARS[kind])
        if attrs.has(kind):
            return self.reference(kind)
        arguments = get_args(kind)
        make: dict[Any, Callable[[], Json]] = {
            Annotated: lambda: self._annotated(*arguments),
            Literal: lambda: {"type": "string", "enum": list(arguments)},
            Union: lambda: self._union(arguments),
            UnionType: lambda: self._union(arguments),
            tuple: lambda: {"type": "array", "items": self.schema(arguments[0])},
            dict: lambda: {"type": "object", "additionalProperties": self.schema(arguments[1])},
        }
        origin = Annotated if hasattr(kind, "__metadata__") else get_origin(kind)
        return make[origin]()

    def _object(self, kind: type) -> Json:
        attrs.resolve_types(kind, include_extras=True)
        said = describe(kind)
        properties, required = {}, []
        for attribute in attrs.fields(kind):
            name = json_name(attribute)
            properties[name] = self._property(attribute, said.fields.get(name, ""))
            if attribute.default is attrs.NOTHING:
                required.append(name)
        schema: Json = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if said.text:
            schema["description"] = " ".join(said.text.split())
        return {**schema, "required": required} if required else schema

    def _property(self, attribute: "attrs.Attribute[Any]", description: str) -> Json:
        schema = self.schema(attribute.type)
        if isinstance(attribute.default, str | int | float) and attribute.default != "":
            schema["default"] = attribute.default
        return {**schema, "description": description} if description else schema

    def _union(self, kinds: Iterable[Any]) -> Json:
        return {"anyOf": [self.schema(kind) for kind in kinds]}

    def _annotated(self, base: Any, *constraints: Any) -> Json:
        schema = self.schema(base)
        for constraint in constraints:
            schema.update(_bounds(constraint))
        return schema


def _bounds(constraint: Any) -> Json:
    words: Json = {}
    match constraint:
        case Range(least=least, most=most, above=above):
            words = {"minimum": least, "maximum": most, "exclusiveMinimum": above}
        case Length(least=fewest, most=longest):
            words = {"minLength": fewest or None, "maxLength": longest}
        case Items(least=fewest):
            words = {"minItems": fewest}
        case Pattern(regex=regex):
            words = {"pattern": regex}
        case _ if constraint in (check_uri, check_destination):
            words = {"format": "uri"}
    return {word: bound for word, bound in words.items() if bound is not None}
