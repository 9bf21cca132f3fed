"""Controls for the options of an edit, made from the classes that the options are of."""

import math
from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import frozen

from photomill import (
    Components,
    EditRequest,
    describe,
    field_bounds,
    request_field_name,
)

EXTENSIONS = "extensions"
SECTIONS = {
    "size": ("resizing", "padding", "upscale"),
    "light": ("tone", "hdr", "sharpness"),
    "background": ("background",),
    "repair": ("decompress", "polish"),
    "privacy": ("identity_crop", "blur_car_plate"),
    "style": ("style",),
    "more": (),
    "file": ("output", "speed"),
}
"""The fields of a request by the sections of the page; ``more`` takes those that no other names."""

_STEPS = 100
_FACTORY: Any = type(attrs.Factory(list))


@frozen
class Control:
    """What sets one value in the JSON of a request.

    :ivar path: where the value is, name by name.
    :ivar label: the last of these, as words.
    :ivar kind: ``flag``; ``range`` and ``number``; ``choice`` of one and ``choices`` of several; ``text`` and ``colour``;
        ``group`` of controls; ``option``, a group that counts once it is switched on; ``variant``, a choice of types with
        controls of their own.
    :ivar default: what is left out of the JSON.
    :ivar controls: of a group or an option.
    :ivar variants: the controls of each type.
    """

    path: tuple[str, ...]
    label: str
    kind: str
    help: str = ""
    default: Any = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[Any, ...] = ()
    controls: tuple["Control", ...] = ()
    variants: Mapping[str, tuple["Control", ...]] = {}


def sections(components: Components) -> dict[str, list[Control]]:
    """The controls of every section; operations that only plugins know of stand under ``more``."""
    made = {control.path[0]: control for control in _controls(EditRequest, ())}
    named = {name for names in SECTIONS.values() for name in names}
    found = {section: [made[name] for name in names] for section, names in SECTIONS.items()}
    found["more"] = [control for name, control in made.items() if name not in named]
    found["more"] += _extensions(components)
    return {section: controls for section, controls in found.items() if controls}


def _extensions(components: Components) -> Iterable[Control]:
    for operation, editor in sorted(components.tools().operations().items()):
        parameters = editor.Parameters
        # The others are those that a request has fields for.
        if parameters.__module__.partition(".")[0] == "photomill":
            continue
        path = (EXTENSIONS, operation)
        yield Control(
            path,
            _words(operation.rpartition(".")[2]),
            "option",
            help=_first_sentence(editor),
            controls=tuple(_controls(parameters, path)),
        )


def _controls(kind: type, path: tuple[str, ...]) -> list[Control]:
    hints = get_type_hints(kind)
    said = describe(kind).fields
    return [
        control
        for attribute in attrs.fields(kind)
        if (
            control := _control(
                attribute,
                hints[attribute.name],
                (*path, attribute.name),
                said.get(attribute.name, ""),
            )
        )
    ]


def _control(
    attribute: "attrs.Attribute[Any]", hint: Any, path: tuple[str, ...], help: str
) -> Control | None:
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [part for part in parts if part is not NoneType]
    optional = len(kinds) < len(parts)
    classes = [part for part in kinds if attrs.has(part)]
    label, default = _words(path[-1]), _default(attribute)
    made = Control(path, label, "text", help or _help_of(classes), default)
    if _is_text(path, kinds):
        return attrs.evolve(made, default=default or "")
    if len(classes) > 1:
        types = {request_field_name(each): tuple(_controls(each, path)) for each in classes}
        chosen = request_field_name(type(_value(attribute)))
        return attrs.evolve(made, kind="variant", default=chosen, variants=types)
    if classes:
        inner = tuple(_controls(classes[0], path))
        return attrs.evolve(made, kind="option" if optional else "group", controls=inner)
    return _plain(made, attribute, kinds, optional=optional)


def _plain(
    made: Control, attribute: "attrs.Attribute[Any]", kinds: list[Any], *, optional: bool
) -> Control | None:
    """A control for a value that is no object; None for one that no control is for."""
    kind = kinds[0]
    if any(get_origin(each) is frozenset for each in kinds):
        (listed,) = (get_args(each)[0] for each in kinds if get_origin(each) is frozenset)
        return attrs.evolve(made, kind="choices", choices=get_args(listed), default=[])
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return attrs.evolve(made, kind="choice", choices=(None, *choices) if optional else choices)
    if kind is bool:
        return attrs.evolve(made, kind="flag")
    if kind in (int, float):
        return _number(made, attribute, kind, optional=optional)
    if kind is str:
        colour = made.path[-1] == "colour"
        return attrs.evolve(made, kind="colour" if colour else "text", default=made.default or "")
    return None


def _number(
    made: Control, attribute: "attrs.Attribute[Any]", kind: type, *, optional: bool
) -> Control:
    bounds: dict[str, Any] = field_bounds(attribute)
    low = bounds.get("minimum", bounds.get("exclusiveMinimum"))
    high = bounds.get("maximum", bounds.get("exclusiveMaximum"))
    step = 1.0 if kind is int else None
    if low is None or high is None or optional:
        return attrs.evolve(made, kind="number", low=low, high=high, step=step)
    # A round step of which the slider has a hundred and more.
    step = step or 10.0 ** math.floor(math.log10((high - low) / _STEPS))
    return attrs.evolve(made, kind="range", low=low, high=high, step=step)


def _is_text(path: tuple[str, ...], kinds: list[Any]) -> bool:
    """Whether the JSON of a request says it in a word: lengths, and addresses of images."""
    return (
        path[-1] in ("width", "height", "padding", "by", "reference")
        and not all(each in (int, float) for each in kinds)
    ) or any(get_origin(each) is tuple for each in kinds)


def _value(attribute: "attrs.Attribute[Any]") -> Any:
    default: Any = attribute.default
    return default.factory() if isinstance(default, _FACTORY) else default


def _default(attribute: "attrs.Attribute[Any]") -> Any:
    value = None if attribute.default is attrs.NOTHING else _value(attribute)
    return value if isinstance(value, bool | int | float | str) else None


def _help_of(classes: list[type]) -> str:
    return _first_sentence(classes[0]) if len(classes) == 1 else ""


def _first_sentence(kind: type) -> str:
    text = describe(kind).text if "__doc__" in vars(kind) and kind.__doc__ else ""
    return text.partition("\n\n")[0].replace("\n", " ")


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
