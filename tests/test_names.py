"""Names that people and file systems take for the same."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.albums.uploads import sort_name
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import InvalidInput
from photomill.names import folded, natural_key, normalise_name, safe_name, unique_names

TEXTS = st.text(
    st.sampled_from(
        "aA\u00e9\u00c9\u00f1\u00df\u1e9e\u017f\ufb01\u0130\u0131\u03a3\u03c3\u03c2\u212b\u030a\u0301\u0303 ._-1"
    ),
    max_size=8,
)


@given(TEXTS)
def test_case_and_composition_make_no_difference(name: str) -> None:
    for form in ("NFC", "NFD"):
        same = unicodedata.normalize(form, name)
        assert folded(same) == folded(name)
        assert normalise_name(same) == normalise_name(name)
    assert folded(name.casefold()) == folded(name)
    assert folded(folded(name)) == folded(name)


def test_unlike_letters_stay_unlike() -> None:
    assert len({folded(letter) for letter in ("e", "é", "è", "ë", "n", "ñ")}) == 6


@given(st.lists(TEXTS.filter(bool), max_size=8))
def test_names_in_an_archive_are_unlike_on_every_system(names: list[str]) -> None:
    unique = unique_names(safe_name(name, "photo") for name in names)
    assert len({folded(name) for name in unique}) == len(names)


@pytest.mark.parametrize(
    "names",
    [
        ("caf\u00e9.jpg", "cafe\u0301.jpg"),
        ("A.jpg", "a.jpg"),
        ("\u00c9T\u00c9.jpg", "e\u0301te\u0301.jpg"),
        ("stra\u00dfe.jpg", "STRASSE.jpg"),
    ],
)
def test_clashes_are_numbered(names: tuple[str, str]) -> None:
    first, second = unique_names(names)
    assert first == names[0]
    assert second.endswith(" (2).jpg")


def test_photos_are_sorted_and_named_whatever_the_composition() -> None:
    assert sort_name("cafe\u0301.jpg") == sort_name("caf\u00e9.jpg") == "caf\u00e9"
    assert natural_key("e\u0301t 2") == natural_key("\u00c9T 2")


@pytest.mark.parametrize("name", ["", " ", "\u00a0\u2003"])
def test_blanks_alone_name_nothing(tmp_path: Path, name: str) -> None:
    settings = load_settings(environ={}, overrides={"photomill.data_dir": str(tmp_path)})
    with Engine.open(settings) as engine:
        for create in (engine.collections.create, engine.keys.create, engine.albums.owners.create):
            with pytest.raises(InvalidInput) as raised:
                create(name)
            assert raised.value.path == "name"
