"""From what is known of images to groups of them."""

from math import ceil, inf, isqrt

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from photomill.components import Features, Grouper, GroupingInput, Labels, Vectors
from photomill.config.wording import show_value
from photomill.errors import InvalidInput
from photomill.grouping.bursts import find_bursts, keep_together
from photomill.grouping.reduction import reduce_dimensions
from photomill.grouping.sizes import GroupSizes, fit_sizes

COLOUR_WEIGHT = 0.2
"""How much an image's colours count beside its content, of 1."""
_MOST_TRIED = 24
_ROUNDING = 1e-6
"""By how much products of unit vectors may differ from one processor to the next."""
MOST_IMAGES = 10**9


@frozen
class GroupingConstraints:
    """What groups somebody wants.

    :ivar groups: None leaves it to the images.
    :ivar largest: None leaves it open.
    :ivar burst_radius: Euclidean distance up to which images are of one moment, and stay together; 0 for none.
    :raises InvalidInput: a number that is not positive, or far larger than any number of images.
    """

    groups: int | None = None
    smallest: int = 1
    largest: int | None = None
    burst_radius: float = 0.0

    def __attrs_post_init__(self) -> None:
        for name in ("groups", "smallest", "largest"):
            value = getattr(self, name)
            if value is not None and not 1 <= value <= MOST_IMAGES:
                raise InvalidInput(
                    f"expected 1 to {MOST_IMAGES}, got {show_value(value)}", path=name
                )
        if self.largest is not None and self.largest < self.smallest:
            raise InvalidInput(f"is less than the smallest, {self.smallest}", path="largest")
        if not 0 <= self.burst_radius < inf:
            raise InvalidInput(f"expected 0 or more, got {self.burst_radius}", path="burst_radius")


@frozen(eq=False)
class Split:
    """Groups of images, by their positions in the input.

    :ivar groups: members ascending; groups by their first member.
    :ivar covers: for each group the image that is most like all of its group.
    """

    groups: list[list[int]]
    covers: list[int]
    sizes: GroupSizes
    bursts: list[list[int]] = field(factory=list)


def split(images: GroupingInput, constraints: GroupingConstraints, grouper: Grouper) -> Split:
    """Split images, one or more, into groups. Deterministic.

    :raises PluginError: the grouper breaks its contract.
    """
    if constraints.groups is None:
        labels, sizes = _by_themselves(images, constraints, grouper)
    else:
        count = len(images.vectors)
        sizes = fit_sizes(count, constraints.groups, constraints.smallest, constraints.largest)
        labels = grouper.group(images, sizes.groups, sizes.smallest, sizes.largest)
    times = images.times if grouper.uses_times else None
    bursts = (
        find_bursts(images.vectors, constraints.burst_radius, times)
        if constraints.burst_radius
        else []
    )
    labels = keep_together(labels, bursts, images.vectors, sizes)
    members = [np.flatnonzero(labels == label) for label in _in_order(labels)]
    return Split(
        groups=[[int(member) for member in group] for group in members],
        covers=[_cover(images.vectors, group) for group in members],
        sizes=sizes,
        bursts=[[int(member) for member in burst] for burst in bursts],
    )


def combine(contents: Vectors, colours: Vectors | None) -> Vectors:
    """Put content and colours into one unit vector each; both float32 (n, ·) of unit rows."""
    if colours is None:
        return contents
    joined: Vectors = np.hstack(
        [contents * np.sqrt(1 - COLOUR_WEIGHT), colours * np.sqrt(COLOUR_WEIGHT)]
    ).astype(np.float32)
    return joined


def _by_themselves(
    images: GroupingInput, constraints: GroupingConstraints, grouper: Grouper
) -> tuple[Labels, GroupSizes]:
    """As many groups as the images make, by what the grouper goes by; each as large as it comes."""
    count = len(images.vectors)
    largest = count if constraints.largest is None else constraints.largest
    natural = grouper.natural_groups(images)
    if natural is not None:
        counts = np.bincount(natural)
        if counts.min() >= constraints.smallest and counts.max() <= largest:
            return natural, GroupSizes(len(counts), constraints.smallest, largest)
        groups = len(counts)
        if constraints.smallest > 1:
            groups = min(groups, max(1, count // constraints.smallest))
    else:
        groups = suggested_groups(images, constraints, grouper)
    sizes = fit_sizes(count, groups, constraints.smallest, largest)
    return grouper.group(images, sizes.groups, sizes.smallest, sizes.largest), sizes


def suggested_groups(
    images: GroupingInput, constraints: GroupingConstraints, grouper: Grouper
) -> int:
    """Choose the number of groups whose members are most alike, and least like those of the next group.

    The simplified silhouette (Hruschka, de Castro and Campello, 2004: distances to the groups' middles), over numbers
    that grow by a constant factor, in the space in which the grouper measures. A single group is held against an image
    that has nothing in common with it: one at a distance of 1.
    """
    count = len(images.vectors)
    largest = count if constraints.largest is None else constraints.largest
    least = 1 if constraints.largest is None else ceil(count / constraints.largest)
    most = max(least, min(count // max(constraints.smallest, 1), 2 * isqrt(count) + 1))
    tried = {
        int(value) for value in np.rint(np.geomspace(max(least, 2), max(most, 2), _MOST_TRIED))
    }
    # Tried many times over, so that the fewer dimensions pay.
    fewer = GroupingInput(reduce_dimensions(images.vectors), images.times)
    features = grouper.features(fewer)
    scores = {1: _compactness(features)} if least == 1 else {}
    for groups in sorted(tried):
        if least <= groups <= most:
            sizes = fit_sizes(count, groups, constraints.smallest, largest)
            labels = grouper.group(fewer, sizes.groups, sizes.smallest, sizes.largest, quickly=True)
            scores[sizes.groups] = _silhouette(features, labels, sizes.groups)
    return max(scores, key=lambda groups: (scores[groups], -groups)) if scores else least


def _compactness(features: Features) -> float:
    """The silhouette of all as one group."""
    own = np.linalg.norm(features - features.mean(axis=0), axis=1)
    return float((1 - own / np.maximum(own, 1.0)).mean())


def _silhouette(vectors: Features, labels: Labels, groups: int) -> float:
    middles = np.stack([vectors[labels == group].mean(axis=0) for group in range(groups)])
    apart = np.sqrt(np.maximum(_squares(vectors, middles), 0))
    own = apart[np.arange(len(vectors)), labels]
    apart[np.arange(len(vectors)), labels] = np.inf
    other = apart.min(axis=1)
    worst = np.maximum(np.maximum(own, other), 1e-12)
    alone = np.bincount(labels, minlength=groups)[labels] == 1
    # An image alone in its group says nothing for that group.
    return float(np.where(alone, 0.0, (other - own) / worst).mean())


def _squares(vectors: Features, middles: Features) -> Features:
    squares: Features = (
        (vectors**2).sum(axis=1)[:, None] + (middles**2).sum(axis=1) - 2 * vectors @ middles.T
    )
    return squares


def _in_order(labels: Labels) -> list[int]:
    """The labels by their first member."""
    found, first = np.unique(labels, return_index=True)
    return [int(label) for label in found[np.argsort(first)]]


def _cover(vectors: Vectors, members: NDArray[np.int64]) -> int:
    """The member nearest to the middle; the first of those that are as near, as both of two always are."""
    nearness = vectors[members] @ vectors[members].mean(axis=0)
    return int(members[int(np.argmax(nearness > nearness.max() - _ROUNDING))])
