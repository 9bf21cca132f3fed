"""Every setting and every option of a bundled component is on the configuration page, and means something."""

import re
from pathlib import Path
from types import ModuleType

import attrs
import pytest

PAGE = Path(__file__).parents[2] / "docs/configuration.md"
FAMILIES = (
    "decoders",
    "editors",
    "embedders",
    "encoders",
    "executors",
    "filters",
    "groupers",
    "indexes",
    "readers",
    "recognisers",
    "storages",
)
UNEXPLAINED = re.compile(r"^\| `\w+` \|.*\|  \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(generator: ModuleType) -> str:
    text = generator.on_page_markdown(PAGE.read_text(encoding="utf-8"))
    assert isinstance(text, str)
    return text


def test_every_setting_is_listed(page: str, generator: ModuleType) -> None:
    for section, cls in generator.settings_sections().items():
        rows = page.split(f"### `[{section}]`")[1].split("###")[0]
        for attribute in attrs.fields(cls):
            assert f"| `{attribute.name}` |" in rows


@pytest.mark.parametrize("family", FAMILIES)
def test_every_option_of_every_bundled_component_is_listed(
    page: str, generator: ModuleType, family: str
) -> None:
    components = generator.bundled_components(family)
    assert components
    for use, component in components.items():
        rows = page.split(f"#### `{use}`")[1].split("###")[0]
        for attribute in attrs.fields(component.Options):
            assert f"| `{attribute.name}` |" in rows


def test_every_key_is_explained(page: str) -> None:
    assert UNEXPLAINED.findall(page) == []


def test_no_marker_is_left(page: str) -> None:
    assert "<!--" not in page


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (str, "string"),
        (tuple[str, ...], "list of strings"),
        (int | None, "integer"),
        (int | str, "integer or string"),
        (dict[str, int], "table"),
    ],
)
def test_types_are_said_in_the_words_of_toml(
    generator: ModuleType, hint: object, words: str
) -> None:
    assert generator.type_words(hint) == words
