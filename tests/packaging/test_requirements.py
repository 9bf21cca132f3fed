"""What bundled components say that they need is what an installation of Photomill brings."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from photomill.plugins import offered_components

REPOSITORY = Path(__file__).parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def distribution(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement)[0].lower().replace("_", "-")


DECLARED = {
    distribution(each)
    for requirements in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for each in requirements
}
INSTALLED = packages_distributions()


def needed() -> Iterator[tuple[str, str]]:
    for family, chosen in offered_components().items():
        for name, component in chosen:
            if component.__module__.startswith("photomill_"):
                for library in component.requires:
                    yield f"{family} {name}", library.partition(".")[0]


@pytest.mark.parametrize(("component", "library"), sorted(set(needed())))
def test_a_library_that_a_component_needs_is_declared(component: str, library: str) -> None:
    """A library that only the tests bring would be missing from a plain installation."""
    # What is not here at all comes with an extra, or the component's own tests would fail.
    brought_by = {each.lower().replace("_", "-") for each in INSTALLED.get(library, ())}
    assert not brought_by or brought_by & DECLARED, f"{component} needs {library}"
