"""Edit requests as JSON: what jobs store and files hold.

What has its default is left out. Lengths are texts (``800``, ``"50%"``, ``"5% 15%"``), and a fit or a format is its
name, or an object with the name as its ``type``.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from operator import eq
from typing import Any, get_args

import attrs

from photomill.components.output import Automatic, Format
from photomill.config.structure import make_converter, structure
from photomill.config.wording import show_value
from photomill.editing.request import (
    EditRequest,
    Fit,
    Length,
    OnCanvas,
    Outpainted,
    Padding,
    Percent,
    Pixels,
    Side,
    parse_margins,
    parse_side,
)
from photomill.errors import ConfigError, InvalidInput
from photomill.sources.source import Source, UriSource

_NAMES: dict[type, str] = {
    OnCanvas: "canvas",
    Outpainted: "outpaint",
    Automatic: "auto",
}


def read_request(value: Any) -> EditRequest:
    """Structure a request.

    :raises InvalidInput: with every mistake there is; ``path`` is that of the first.
    """
    try:
        return structure(value, EditRequest, converter=_converter)
    except ConfigError as error:
        first, *others = error.problems
        message = "; ".join([first.message, *map(str, others)])
        raise InvalidInput(message, path=first.path) from None


def request_json(request: EditRequest) -> dict[str, Any]:
    """Write a request.

    :raises InvalidInput: the reference of its style is no address.
    """
    if request.style is not None and not isinstance(request.style.reference, UriSource):
        raise InvalidInput("expected an address", path="style.reference")
    return dict(_written(request))


def request_field_name(kind: type) -> str:
    """What a fit or a format is called."""
    return _NAMES.get(kind, kind.__name__.lower())


def _written(value: Any) -> Any:
    match value:
        case UriSource(uri=uri):
            return uri
        case Pixels() | Percent():
            return _length(value)
        case Padding():
            return " ".join(map(_length, attrs.astuple(value, recurse=False)))
        case tuple():
            return " ".join(map(_length, value))
        case frozenset():
            return sorted(value)
        case Mapping():
            return {name: _written(each) for name, each in value.items()}
    if not attrs.has(type(value)):
        return value
    fields = {
        each.name: _side(member) if each.type == Side else _written(member)
        for each in attrs.fields(type(value))
        if (member := getattr(value, each.name)) != _default(each.default)
    }
    if not isinstance(value, _TAGGED):
        return fields
    return (
        {"type": request_field_name(type(value)), **fields}
        if fields
        else request_field_name(type(value))
    )


def _default(default: Any) -> Any:
    return default.factory() if isinstance(default, _FACTORY) else default


def _side(side: Side) -> Any:
    return int(side.count) if isinstance(side, Pixels) else _written(side)


def _length(length: Length) -> str:
    number, unit = attrs.astuple(length)[0], "%" if isinstance(length, Percent) else "px"
    return f"{Decimal(str(number)).normalize():f}{unit}"


def _read_side(value: Any, _: Any) -> Side:
    if value is None or type(value) is int:
        return value if value is None else parse_side(str(value))
    return _text(parse_side)(value, None)  # type: ignore[no-any-return]


def _read_source(value: Any, _: Any) -> Source:
    return _text(UriSource)(value, None)  # type: ignore[no-any-return]


def _text(read: Callable[[str], Any]) -> Callable[[Any, Any], Any]:
    def read_text(value: Any, _: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"expected a string, got {show_value(value)}")
        return read(value)

    return read_text


def _tagged(union: Any) -> Callable[[Any, Any], Any]:
    kinds = {request_field_name(kind): kind for kind in get_args(union)}

    def read_tagged(value: Any, _: Any) -> Any:
        given = dict(value) if isinstance(value, Mapping) else {"type": value}
        name = given.pop("type", None)
        if not isinstance(name, str) or name not in kinds:
            expected = ", ".join(map(repr, kinds))
            raise ValueError(
                f"expected one of {expected}, or an object of such a type, got {show_value(name)}"
            )
        return _converter.structure(given, kinds[name])

    return read_tagged


_FACTORY: Any = type(attrs.Factory(dict))
_TAGGED = (*get_args(Fit), *get_args(Format))
_converter = make_converter(table="an object")
_HOOKS: tuple[tuple[Any, Callable[[Any, Any], Any]], ...] = (
    (Side, _read_side),
    (Padding, _text(Padding.parse)),
    (tuple[Length, Length], _text(parse_margins)),
    (Source, _read_source),
    (Fit, _tagged(Fit)),
    (Format, _tagged(Format)),
)
for _kind, _hook in _HOOKS:
    _converter.register_structure_hook_func(partial(eq, _kind), _hook)
