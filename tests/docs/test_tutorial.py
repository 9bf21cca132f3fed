"""The tutorial shows the example package as it is, and every suite that there is."""

import re
from pathlib import Path

import pytest

from photomill import testing
from photomill.config.settings import FAMILIES

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/plugins/index.md").read_text(encoding="utf-8")
EXAMPLE = REPOSITORY / "examples/photomill-palette"
SOURCES = [path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.py")]


@pytest.mark.parametrize(
    "block", re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
)
def test_the_code_shown_is_the_package(block: str) -> None:
    assert any(block.strip() in source for source in SOURCES)


def test_the_entry_point_shown_is_the_package() -> None:
    (block, *_) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block.strip() in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")


def test_every_family_has_its_suite_listed() -> None:
    listed = re.findall(r"^\| `(\w+Contract)` \| [^|]+ \|$", PAGE, re.MULTILINE)
    # An index has another one where it holds the vectors.
    assert len(set(listed) - {"ExternalIndexContract"}) == len(FAMILIES)
    for name in listed:
        assert isinstance(getattr(testing, name), type)
