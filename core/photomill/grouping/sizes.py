"""How many groups, of how many images."""

from math import ceil

from attrs import frozen

from photomill.errors import InvalidInput


@frozen
class GroupSizes:
    """A split that exists: ``groups`` · ``smallest`` ≤ n ≤ ``groups`` · ``largest``.

    :ivar adjusted: which constraints could not be kept: ``groups``, ``smallest``.
    """

    groups: int
    smallest: int
    largest: int
    adjusted: tuple[str, ...] = ()


def check_counts(count: int, groups: int, smallest: int | None, largest: int | None) -> None:
    """Check what is asked for before anything is fetched.

    :param count: how many images are named.
    :raises InvalidInput: ``path`` names the constraint: ``smallest`` or ``largest``.
    """
    if smallest is not None and groups * smallest > count:
        raise InvalidInput(
            f"{groups} groups of {smallest} or more need {groups * smallest} images, not {count}",
            path="smallest",
        )
    if largest is not None and groups * largest < count:
        raise InvalidInput(
            f"{groups} groups of {largest} or fewer hold {groups * largest} images, not {count}",
            path="largest",
        )


def fit_sizes(count: int, groups: int, smallest: int, largest: int | None) -> GroupSizes:
    """Keep the constraints as far as the images that are left allow; some may not have been readable.

    :param count: how many images are left, ≥ 1.
    :param largest: None leaves it open: enough room for groups of twice the mean.
    """
    adjusted = []
    fitted = min(groups, count)
    if count < fitted * smallest:
        fitted = max(1, count // smallest)
    if largest is not None and fitted * largest < count:
        fitted = ceil(count / largest)
    if fitted != groups:
        adjusted.append("groups")
    least = min(smallest, count // fitted)
    if least != smallest:
        adjusted.append("smallest")
    if largest is None:
        largest = max(least, min(count - (fitted - 1) * least, 2 * ceil(count / fitted)))
    return GroupSizes(fitted, least, largest, tuple(adjusted))
