"""Structuring documents as pydantic 1 does, for the clients that rely on it, and saying every fault at once.

``"12"`` and 12.9 are the integer 12, ``"yes"`` and 1 are true, a number is a string too, and null counts as not given.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from cattrs import Converter

from photomill import InvalidInput, Problem
from photomill_http.image_edit import wording

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]

LARGEST = 2**53
"""The largest whole number that every JSON parser keeps."""

_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})


class InvalidDocument(InvalidInput):
    """An edit cannot be read from JSON.

    :ivar problems: every fault there is; paths are dotted, ``operations.resizing.width``.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(dict.fromkeys(problems))
        first, *others = self.problems
        super().__init__("; ".join([first.message, *map(str, others)]), path=first.path)

    @classmethod
    def fault(cls, message: str, path: str = "") -> "InvalidDocument":
        """A document with a single fault."""
        return cls([Problem(path, message)])

    def below(self, name: object) -> list[Problem]:
        """The problems as seen from the object that holds this value under a name."""
        return [
            Problem(f"{name}.{problem.path}" if problem.path else str(name), problem.message)
            for problem in self.problems
        ]


class ProblemCollector:
    """Collects problems, so that all are told at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, message: str, path: object = "") -> None:
        self._problems.append(Problem(str(path), message))

    @contextmanager
    def below(self, name: object) -> Iterator[None]:
        """Collect what the block raises, under a name."""
        try:
            yield
        except InvalidDocument as error:
            self._problems.extend(error.below(name))

    def collect(self, error: InvalidDocument) -> None:
        self._problems.extend(error.problems)

    def check(self) -> None:
        """Fail where problems were collected.

        :raises InvalidDocument: something was collected.
        """
        if self._problems:
            raise self.error()

    def error(self) -> InvalidDocument:
        """What is raised for the problems collected, of which there must be one."""
        return InvalidDocument(self._problems)


def structured(value: Any, kind: type[T]) -> T:
    """Structure JSON into an attrs class; null counts as not given.

    :raises InvalidDocument: with every fault there is.
    """
    return _converter.structure(value, kind)


def tag(kind: Any) -> str | None:
    """The word by which an object says that it is of this class: its field ``type``; None where it has none."""
    if not attrs.has(kind):
        return None
    field = attrs.fields_dict(kind).get("type")
    choices = get_args(field.type) if field is not None and _is_made_of(Literal, field.type) else ()
    return choices[0] if len(choices) == 1 else None


def json_name(attribute: "attrs.Attribute[Any]") -> str:
    """What a field is called in JSON, which may be a word that Python keeps for itself."""
    return attribute.name.rstrip("_")


def _make_converter() -> Converter:
    converter = Converter()
    for kind, hook in ((int, integer), (float, number), (bool, boolean), (str, string)):
        converter.register_structure_hook(kind, hook)
    converter.register_structure_hook_factory(attrs.has, _object)
    for origin, factory in (
        (dict, _mapping),
        (tuple, _list),
        (Literal, _literal),
        (Union, _union),
        (UnionType, _union),
        (Annotated, _annotated),
    ):
        converter.register_structure_hook_factory(partial(_is_made_of, origin), factory)
    return converter


def _is_made_of(origin: Any, kind: Any) -> bool:
    return get_origin(kind) is origin


def _object(kind: Any, converter: Converter) -> Hook:
    attrs.resolve_types(kind, include_extras=True)
    fields = {json_name(attribute): attribute for attribute in attrs.fields(kind)}
    word = tag(kind)

    def structure_object(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InvalidDocument.fault(wording.NO_OBJECT)
        problems, given = ProblemCollector(), {}
        for name, attribute in fields.items():
            if value.get(name) is not None:
                with problems.below(name):
                    given[attribute.alias] = _member(
                        converter, attribute, value[name], word if name == "type" else None
                    )
            elif attribute.default is attrs.NOTHING:
                problems.add(wording.NULL if name in value else wording.REQUIRED, name)
        for name in value:
            if name not in fields:
                problems.add(wording.UNKNOWN_KEY, name)
        problems.check()
        return kind(**given)

    return structure_object


def _member(
    converter: Converter, attribute: "attrs.Attribute[Any]", value: Any, word: str | None
) -> Any:
    if word is not None and value != word:
        raise InvalidDocument.fault(wording.not_the_one([word]))
    return converter.structure(value, attribute.type)  # type: ignore[arg-type]


def _mapping(kind: Any, converter: Converter) -> Hook:
    name_kind, value_kind = get_args(kind)

    def structure_mapping(value: Any, _: Any) -> Any:
        if not isinstance(value, Mapping):
            raise InvalidDocument.fault(wording.NO_OBJECT)
        problems, members = ProblemCollector(), {}
        for name, member in value.items():
            with problems.below(name):
                structured_name = converter.structure(name, name_kind)
                members[structured_name] = converter.structure(member, value_kind)
        problems.check()
        return members

    return structure_mapping


def _list(kind: Any, converter: Converter) -> Hook:
    member_kind = get_args(kind)[0]

    def structure_list(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise InvalidDocument.fault(wording.NO_LIST)
        problems, members = ProblemCollector(), []
        for position, member in enumerate(value):
            with problems.below(position):
                if member is None:
                    raise InvalidDocument.fault(wording.NULL)
                members.append(converter.structure(member, member_kind))
        problems.check()
        return tuple(members)

    return structure_list


def _literal(kind: Any, _: Converter) -> Hook:
    choices = get_args(kind)

    def choose(value: Any, _: Any) -> Any:
        if isinstance(value, str) and value in choices:
            return value
        raise InvalidDocument.fault(wording.not_one_of(choices))

    return choose


def _union(kind: Any, converter: Converter) -> Hook:
    kinds = [member for member in get_args(kind) if member is not NoneType]

    def structure_union(value: Any, _: Any) -> Any:
        problems = ProblemCollector()
        for member in _candidates(kinds, value):
            try:
                return converter.structure(value, member)
            except InvalidDocument as error:
                problems.collect(error)
        raise problems.error()

    return structure_union


def _candidates(kinds: list[Any], value: Any) -> list[Any]:
    """The branches to try: all, but of the objects only the one that the value says it is."""
    named = value.get("type") if isinstance(value, Mapping) else None
    meant = [kind for kind in kinds if named is not None and tag(kind) == named]
    return [kind for kind in kinds if not meant or kind in meant or not attrs.has(kind)]


def _annotated(kind: Any, converter: Converter) -> Hook:
    base, *metadata = get_args(kind)
    constraints = [constraint for constraint in metadata if callable(constraint)]

    def structure_annotated(value: Any, _: Any) -> Any:
        result = converter.structure(value, base)
        for constraint in constraints:
            try:
                constraint(result)
            except ValueError as error:
                raise InvalidDocument.fault(str(error)) from None
        return result

    return structure_annotated


def integer(value: Any, _: Any = int) -> int:
    if isinstance(value, int | float | str):
        try:
            whole = int(value)
        except (ValueError, OverflowError):
            pass
        else:
            if abs(whole) <= LARGEST:
                return whole
            raise InvalidDocument.fault(
                wording.above(LARGEST) if whole > 0 else wording.below(-LARGEST)
            )
    raise InvalidDocument.fault(wording.NO_INTEGER)


def number(value: Any, _: Any = float) -> float:
    if isinstance(value, int | float | str):
        with suppress(ValueError, OverflowError):
            return float(value)
    raise InvalidDocument.fault(wording.NO_NUMBER)


def boolean(value: Any, _: Any = bool) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    word = value.lower() if isinstance(value, str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise InvalidDocument.fault(wording.NO_BOOLEAN)


def string(value: Any, _: Any = str) -> str:
    if isinstance(value, str | int | float):
        # An integer may have more digits than Python prints.
        with suppress(ValueError):
            return str(value)
    raise InvalidDocument.fault(wording.NO_STRING)


_converter = _make_converter()
