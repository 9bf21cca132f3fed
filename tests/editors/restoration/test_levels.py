"""How strongly the networks clean."""

from typing import Any

import pytest

from photomill.editing.parameters import Decompress, Upscale
from photomill_restoration.levels import decompress_level, measured_level, upscale_level
from photomill_restoration.measuring import Damage

CLEAN = Damage(quality=100, noise=0.5)
GRAINY = Damage(quality=100, noise=12)
COMPRESSED = Damage(quality=35, noise=0.5)


@pytest.mark.parametrize(
    ("damage", "level"),
    [
        (CLEAN, -1),
        (Damage(85, 0.5), 0),
        (Damage(70, 0.5), 1),
        (COMPRESSED, 2),
        (Damage(10, 0.5), 3),
        (Damage(100, 3), 0),
        (GRAINY, 3),
    ],
)
def test_the_worse_the_damage_the_stronger(damage: Damage, level: int) -> None:
    assert measured_level(damage) == level


@pytest.mark.parametrize(
    ("kind", "clean", "compressed", "grainy"),
    [
        ("smart_resize", -1, -1, -1),
        ("smart_enhance", -1, 2, 3),
        ("faces", -1, 1, 1),
        ("digital_art", 1, 2, 3),
    ],
)
def test_each_kind_has_a_mind_of_its_own(
    kind: Any, clean: int, compressed: int, grainy: int
) -> None:
    asked = Upscale(kind, 2, 100, 100)
    found = [upscale_level(asked, damage) for damage in (CLEAN, COMPRESSED, GRAINY)]
    assert found == [clean, compressed, grainy]


@pytest.mark.parametrize("damage", [CLEAN, COMPRESSED, GRAINY])
def test_later_versions_of_photo_repair_more(damage: Damage) -> None:
    versions: list[Any] = [1, 2, 3]
    found = [upscale_level(Upscale("photo", version, 9, 9), damage) for version in versions]
    assert found == sorted(found)
    assert found[0] < found[2]


def test_decompressing() -> None:
    modes: list[Any] = ["moderate", "strong", "auto"]
    asked = [Decompress(mode) for mode in modes]
    assert [decompress_level(each, COMPRESSED) for each in asked] == [1, 3, 2]
    assert [decompress_level(each, Damage(70, 0)) for each in asked] == [1, 3, 1]
    assert [decompress_level(each, CLEAN) for each in asked] == [0, 1, None]
