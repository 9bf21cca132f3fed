"""A cattrs converter that takes values of exactly the declared types.

Stock cattrs turns ``"false"`` into True, 3.9 into 3 and ``"abc"`` into ``("a", "b", "c")``. Here a value is of the type
that the class says, or it is a mistake.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import partial
from pathlib import Path
from types import GenericAlias, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import (
    ClassValidationError,
    Converter,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.cols import (
    homogenous_tuple_structure_factory,
    mapping_structure_factory,
)
from cattrs.gen import make_dict_structure_fn, override

from photomill.config.secrets import Secret
from photomill.config.wording import name_kind, show_value

Hook = Callable[[Any, Any], Any]

_LEAST, _MOST = -(2**63), 2**63 - 1
"""What databases and compiled libraries take."""

_EXACT: dict[type, tuple[type, ...]] = {
    int: (int,),
    bool: (bool,),
    str: (str, Secret),
    float: (float, int),
}


def make_converter(*, forbid_unknown: bool = True, table: str = "a table") -> Converter:
    """Make a converter that takes values of exactly the declared types.

    :param forbid_unknown: keys that a class does not have are mistakes; otherwise they are left out.
    :param table: what messages call a mapping: ``a table`` in TOML, ``an object`` in JSON.
    """
    converter = Converter(detailed_validation=True, forbid_extra_keys=forbid_unknown)
    for kind, accepted in _EXACT.items():
        converter.register_structure_hook(kind, _exact(kind, accepted))
    converter.register_structure_hook(Path, _path)
    for predicate, factory in _FACTORIES:
        converter.register_structure_hook_factory(predicate)(factory)
    for predicate, tabular in ((attrs.has, _attrs), (_is_mapping, _mapping), (_is_union, _union)):
        converter.register_structure_hook_factory(predicate)(partial(tabular, table))
    return converter


def is_hidden(attribute: "attrs.Attribute[Any]") -> bool:
    """Tell whether a field is none of the file's keys."""
    return bool(attribute.metadata.get("hidden"))


def key_of(name: str) -> str:
    """What a file or a body calls the field of this name: ``import_`` and ``from_`` would be keywords."""
    return name.rstrip("_")


def _exact(kind: type, accepted: tuple[type, ...]) -> Hook:
    def exact(value: Any, _: Any) -> Any:
        if type(value) not in accepted:
            raise TypeError(f"expected {name_kind(kind)}, got {show_value(value)}")
        if isinstance(value, int) and not _LEAST <= value <= _MOST:
            raise ValueError(f"expected a number of at most 64 bits, got {show_value(value)}")
        return value if isinstance(value, kind) else kind(value)

    return exact


def _path(value: Any, _: Any) -> Path:
    if not isinstance(value, str):
        raise TypeError(f"expected a string, got {show_value(value)}")
    return Path(value)


def _attrs(table: str, kind: Any, converter: Converter) -> Hook:
    attrs.resolve_types(kind)
    fields = attrs.fields(kind)
    overrides: Any = {
        attribute.name: override(omit=True)
        if is_hidden(attribute)
        else override(rename=key_of(attribute.name), struct_hook=_validated(attribute, converter))
        for attribute in fields
    }
    generated = make_dict_structure_fn(kind, converter, **overrides)

    def structure_attrs(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected {table}, got {show_value(value)}")
        return generated(value, kind)

    return structure_attrs


def _validated(attribute: "attrs.Attribute[Any]", converter: Converter) -> Hook:
    """Structure one field and validate it by itself, so that wrong bounds are said beside wrong types."""

    member = getattr(attribute.validator, "member_validator", None)

    def structure_field(value: Any, kind: Any) -> Any:
        if member is not None and isinstance(value, list | tuple):
            _check_members(value, get_args(kind)[0], partial(member, None, attribute), converter)
        result = converter.structure(value, kind) if kind is not None else value
        if attribute.validator is not None:
            try:
                attribute.validator(None, attribute, result)
            except AttributeError:
                # It looks at other fields: the class runs it again when all are there.
                return result
        return result

    return structure_field


def _check_members(
    values: Sequence[Any], kind: Any, validate: Callable[[Any], None], converter: Converter
) -> None:
    """Structure and validate every member of a list, so that each mistake has its place.

    :raises IterableValidationError: with every mistake there is.
    """
    errors: list[Exception] = []
    for place, value in enumerate(values):
        try:
            validate(converter.structure(value, kind))
        except Exception as error:
            error.add_note(IterableValidationNote(f"at index {place}", place, kind))
            errors.append(error)
    if errors:
        raise IterableValidationError("members of a list", errors, kind)


def _mapping(table: str, kind: Any, converter: Converter) -> Hook:
    generated = mapping_structure_factory(kind, converter)

    def structure_mapping(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected {table}, got {show_value(value)}")
        return generated(value, kind)

    return structure_mapping


def _sequence(kind: Any, converter: Converter) -> Hook:
    member = (get_args(kind) or (Any,))[0]
    build = get_origin(kind) or kind
    members_kind: Any = GenericAlias(tuple, (member, ...))
    generated = homogenous_tuple_structure_factory(members_kind, converter)

    def structure_sequence(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise TypeError(f"expected a list, got {show_value(value)}")
        members = generated(value, kind)
        return members if build in (tuple, Sequence) else build(members)

    return structure_sequence


def _fixed_tuple(kind: Any, converter: Converter) -> Hook:
    kinds = get_args(kind)

    def structure_tuple(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple) or len(value) != len(kinds):
            raise TypeError(f"expected a list of {len(kinds)}, got {show_value(value)}")
        return tuple(
            converter.structure(item, item_kind)
            for item, item_kind in zip(value, kinds, strict=True)
        )

    return structure_tuple


def _literal(kind: Any, _: Converter) -> Hook:
    return _choice({value: value for value in get_args(kind)})


def _enum(kind: Any, _: Converter) -> Hook:
    return _choice({member.value: member for member in kind})


def _choice(choices: dict[Any, Any]) -> Hook:
    def choose(value: Any, _: Any) -> Any:
        for choice, result in choices.items():
            # 1 == True, and unhashable values may come.
            if type(choice) is type(value) and choice == value:
                return result
        expected = ", ".join(map(repr, choices))
        raise ValueError(f"expected one of {expected}, got {show_value(value)}")

    return choose


def _union(table: str, kind: Any, converter: Converter) -> Hook:
    kinds = [member for member in get_args(kind) if member is not NoneType]
    nullable = len(kinds) < len(get_args(kind))

    def structure_union(value: Any, _: Any) -> Any:
        if value is None and nullable:
            return None
        if len(kinds) == 1:
            return converter.structure(value, kinds[0])
        # Deep messages help only where there is no doubt which of the kinds was meant.
        fitting = [member for member in kinds if _takes_table(member) == isinstance(value, Mapping)]
        if len(fitting) == 1:
            return converter.structure(value, fitting[0])
        for member in fitting:
            try:
                return converter.structure(value, member)
            except (TypeError, ValueError, ClassValidationError, IterableValidationError):
                continue
        names = " or ".join(dict.fromkeys(_name(table, member) for member in kinds))
        raise TypeError(f"expected {names}, got {show_value(value)}")

    return structure_union


def _name(table: str, kind: Any) -> str:
    if _is_literal(kind):
        return " or ".join(map(repr, get_args(kind)))
    if _takes_table(kind):
        return table
    return "a list" if _is_sequence(kind) or _is_fixed_tuple(kind) else name_kind(kind)


def _takes_table(kind: Any) -> bool:
    return attrs.has(kind) or _is_mapping(kind)


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping) or kind is dict


def _is_sequence(kind: Any) -> bool:
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is tuple:
        return not arguments or arguments[-1] is ...
    return origin in (list, set, frozenset, Sequence)


def _is_fixed_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple and not _is_sequence(kind)


def _is_literal(kind: Any) -> bool:
    return get_origin(kind) is Literal


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Enum)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


_FACTORIES: tuple[tuple[Callable[[Any], bool], Callable[[Any, Converter], Hook]], ...] = (
    (_is_sequence, _sequence),
    (_is_fixed_tuple, _fixed_tuple),
    (_is_literal, _literal),
    (_is_enum, _enum),
)
