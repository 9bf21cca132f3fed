"""How somebody arranged the images of a grouping: as an address says it, checked against what the grouping allows."""

import re
from collections.abc import Sequence

from attrs import frozen

from photomill import GroupingPlan, GroupingResult, InvalidInput
from photomill_browser.texts import texts_of

_GROUP = re.compile(r"[0-9a-z]{1,5}\*?(?:\.[0-9a-z]{1,5}\*?)*")
_COVER = "*"


@frozen
class Limits:
    """What holds for the groups of a grouping, however they are arranged.

    :ivar smallest: images of a group, at least.
    :ivar largest: likewise, at most; None leaves it open.
    :ivar groups: how many there must be; None leaves it open.
    """

    smallest: int
    largest: int | None
    groups: int | None

    @classmethod
    def of(cls, plan: GroupingPlan, result: GroupingResult) -> "Limits":
        """What was asked for, as far as the images allowed it."""
        wanted, sizes = plan.constraints, result.sizes
        return cls(
            smallest=sizes.smallest,
            largest=None if wanted.largest is None else sizes.largest,
            groups=None if wanted.groups is None else len(result.groups),
        )


@frozen
class ArrangedGroup:
    """Images in order, by their positions in ``GroupingResult.names``."""

    members: Sequence[int]
    cover: int


def written(groups: Sequence[ArrangedGroup]) -> str:
    """An arrangement as addresses hold it: ``0*.2.1_3*.4`` are two groups, with ``0`` and ``3`` for covers, in base 36."""
    return "_".join(
        ".".join(
            _digits(member) + (_COVER if member == group.cover else "") for member in group.members
        )
        for group in groups
    )


def read(text: str, result: GroupingResult, limits: Limits) -> list[ArrangedGroup]:
    """The arrangement that an address holds; empty means the one that was found.

    :raises InvalidInput: it is none of these images, each once, or it breaks the limits.
    """
    found = _found(result) if not text else [_group(part) for part in text.split("_")]
    given = sorted(member for group in found for member in group.members)
    if given != sorted(member for group in result.groups for member in group):
        raise InvalidInput("expected each image of the grouping once", path="arrangement")
    _check(found, limits)
    return found


def _found(result: GroupingResult) -> list[ArrangedGroup]:
    return [
        ArrangedGroup(members, cover)
        for members, cover in zip(result.groups, result.covers, strict=True)
    ]


def _group(text: str) -> ArrangedGroup:
    if not _GROUP.fullmatch(text):
        raise InvalidInput("expected groups like 0*.2_1*.3", path="arrangement")
    parts = text.split(".")
    members = [int(part.removesuffix(_COVER), 36) for part in parts]
    covers = [member for part, member in zip(parts, members, strict=True) if part.endswith(_COVER)]
    if len(covers) != 1:
        raise InvalidInput("expected one cover of each group", path="arrangement")
    return ArrangedGroup(members, covers[0])


def _check(groups: Sequence[ArrangedGroup], limits: Limits) -> None:
    texts = texts_of("groups")
    for number, group in enumerate(groups, 1):
        if len(group.members) < limits.smallest:
            raise InvalidInput(texts("least", group=number, count=limits.smallest))
        if limits.largest is not None and len(group.members) > limits.largest:
            raise InvalidInput(texts("full", group=number, count=limits.largest))
    if limits.groups is not None and len(groups) != limits.groups:
        raise InvalidInput(texts("fixed", count=limits.groups))


def _digits(number: int) -> str:
    """A number in base 36, as ``int(…, 36)`` reads it."""
    found = ""
    while number or not found:
        number, digit = divmod(number, 36)
        found = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + found
    return found
