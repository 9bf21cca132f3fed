"""What a job that has ended found."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from photomill.grouping.image_rules import SkippedInput, SkipReason
from photomill.grouping.sizes import GroupSizes


@frozen
class GroupingResult:
    """Groups of images, by their positions in ``names``.

    :ivar groups: members ascending; groups by their first member.
    :ivar covers: for each group the image that is most like all of it.
    :ivar bursts: sets of near-duplicates.
    :ivar names: every image that was given: URIs, paths, or ids of records.
    :ivar sizes: what holds of the constraints.
    :ivar skipped: images that are in no group.
    :ivar notes: what is otherwise than one might expect, one sentence each.
    """

    groups: Sequence[Sequence[int]]
    covers: Sequence[int]
    bursts: Sequence[Sequence[int]]
    names: Sequence[str]
    sizes: GroupSizes
    skipped: Sequence[SkippedInput]
    notes: Sequence[str] = ()

    @property
    def considered(self) -> int:
        """How many images are in groups."""
        return len(self.names) - len(self.skipped)

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> "GroupingResult":
        """Read a job's result."""
        return cls(
            groups=result["groups"],
            covers=result["covers"],
            bursts=result["bursts"],
            names=result["names"],
            sizes=GroupSizes(**result["sizes"], adjusted=tuple(result["adjusted"])),
            skipped=[
                SkippedInput(**{**each, "reason": SkipReason(each["reason"])})
                for each in result["skipped"]
            ],
            notes=tuple(result.get("notes", ())),
        )
