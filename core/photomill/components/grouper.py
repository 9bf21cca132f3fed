"""Groupers: split images into groups by similarity."""

from abc import abstractmethod
from typing import final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.components.base import Component
from photomill.components.embedder import Vectors
from photomill.errors import InvalidInput, PluginError

Labels = NDArray[np.int64]
Features = NDArray[np.float64]


@frozen(eq=False)
class GroupingInput:
    """What is grouped.

    :ivar vectors: float32 (n, dimension), unit rows.
    :ivar times: float64 (n,) seconds since the epoch, NaN where unknown; None where no image has one.
    """

    vectors: Vectors
    times: NDArray[np.float64] | None = None


class Grouper(Component):
    """Splits n images into k groups of lo to hi members, deterministically."""

    family = "groupers"

    @property
    def uses_times(self) -> bool:
        """Whether it looks at the times at which images were taken."""
        return False

    def features(self, images: GroupingInput) -> Features:
        """The space in which it measures: float64 (n, d), a row for each image; 1 is far.

        Where nobody says how many groups there are to be, the number is chosen by distances in this space. Vectors
        unless the grouper looks at something else too.
        """
        return images.vectors.astype(np.float64)

    def natural_groups(self, images: GroupingInput) -> Labels | None:
        """Groups as the images fall by themselves, any number of any size: int64 (n,).

        None, unless the grouper can tell, has several numbers tried: see :meth:`features`.
        """
        return None

    @final
    def group(
        self,
        images: GroupingInput,
        groups: int,
        smallest: int,
        largest: int,
        *,
        quickly: bool = False,
    ) -> Labels:
        """Label each image with its group.

        :param groups: how many groups, 1 ≤ groups ≤ n.
        :param smallest: members of a group, at least; groups · smallest ≤ n.
        :param largest: members of a group, at most; groups · largest ≥ n.
        :param quickly: one of many numbers of groups is tried; a good split will do.
        :returns: int64 (n,) of 0 … groups-1, groups numbered by their first member.
        :raises InvalidInput: no such split exists.
        :raises PluginError: the grouper's labels break the limits.
        """
        count = len(images.vectors)
        if not 1 <= groups <= count:
            raise InvalidInput(f"expected 1 to {count} groups, got {groups}", path="groups")
        if smallest < 0 or groups * smallest > count or groups * largest < count:
            raise InvalidInput(
                f"{count} images do not make {groups} groups of {smallest} to {largest}",
                path="groups",
            )
        method = self._group_quickly if quickly else self._group
        labels = method(images, groups, smallest, largest)
        if labels.shape != (count,) or labels.dtype != np.int64:
            raise PluginError(f"the grouper {self.name!r} returned {labels.dtype} {labels.shape}")
        if labels.min() < 0 or labels.max() >= groups:
            raise PluginError(
                f"the grouper {self.name!r} returned a label outside 0 … {groups - 1}"
            )
        sizes = np.bincount(labels, minlength=groups)
        if sizes.min() < smallest or sizes.max() > largest:
            raise PluginError(
                f"the grouper {self.name!r} made groups of {sizes.min()} to {sizes.max()} members"
            )
        return _numbered_by_first_member(labels)

    @abstractmethod
    def _group(self, images: GroupingInput, groups: int, smallest: int, largest: int) -> Labels: ...

    def _group_quickly(
        self, images: GroupingInput, groups: int, smallest: int, largest: int
    ) -> Labels:
        """As :meth:`_group`, with less care where that saves time."""
        return self._group(images, groups, smallest, largest)


def _numbered_by_first_member(labels: Labels) -> Labels:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
