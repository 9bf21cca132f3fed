"""How many groups of how many images: constraints that cannot be, and constraints that nearly can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import InvalidInput
from photomill.grouping.sizes import GroupSizes, check_counts, fit_sizes


@pytest.mark.parametrize(
    ("count", "groups", "smallest", "largest", "path"),
    [
        (4, 2, 3, None, "smallest"),
        (4, 3, None, 1, "largest"),
    ],
)
def test_what_cannot_be_is_refused(
    count: int, groups: int, smallest: int | None, largest: int | None, path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_counts(count, groups, smallest, largest)
    assert refused.value.path == path


def test_more_groups_than_pictures_are_no_mistake() -> None:
    check_counts(1, 2, None, None)
    assert fit_sizes(1, 2, 1, None) == GroupSizes(1, 1, 1, ("groups",))


@pytest.mark.parametrize(
    ("count", "groups", "smallest", "largest", "fitted"),
    [
        (4, 2, 1, None, GroupSizes(2, 1, 3)),
        (10, 3, 1, None, GroupSizes(3, 1, 8)),
        (40, 4, 1, None, GroupSizes(4, 1, 20)),
        (12, 4, 3, 3, GroupSizes(4, 3, 3)),
        (2, 3, 1, None, GroupSizes(2, 1, 1, ("groups",))),
        (7, 4, 2, None, GroupSizes(3, 2, 3, ("groups",))),
        (2, 1, 3, None, GroupSizes(1, 2, 2, ("smallest",))),
        (5, 2, 3, 3, GroupSizes(2, 2, 3, ("smallest",))),
    ],
)
def test_constraints_are_kept_as_far_as_they_can_be(
    count: int, groups: int, smallest: int, largest: int | None, fitted: GroupSizes
) -> None:
    assert fit_sizes(count, groups, smallest, largest) == fitted


@given(
    count=st.integers(1, 60),
    groups=st.integers(1, 70),
    smallest=st.integers(1, 70),
    extra=st.none() | st.integers(0, 70),
)
def test_what_is_fitted_exists(count: int, groups: int, smallest: int, extra: int | None) -> None:
    largest = None if extra is None else smallest + extra
    fitted = fit_sizes(count, groups, smallest, largest)
    assert 1 <= fitted.groups <= count
    assert fitted.groups * fitted.smallest <= count <= fitted.groups * fitted.largest
    assert largest is None or fitted.largest == largest
    assert ("smallest" in fitted.adjusted) == (fitted.smallest != smallest)
    assert ("groups" in fitted.adjusted) == (fitted.groups != groups)
