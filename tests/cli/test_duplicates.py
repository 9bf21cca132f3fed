"""``photomill duplicates``."""

from pathlib import Path
from typing import Any

import pytest

RADIUS = ("--radius", "20")


def test_pairs_of_the_same_pixels(imported: Any) -> None:
    assert imported.json("duplicates", "--kind", "exact") == {
        "total": 1,
        "pairs": [
            {
                "kind": "exact",
                "distance": 0.0,
                "keep": "a.jpg",
                "superfluous": ["trip/twin.jpg"],
            }
        ],
    }


def test_clusters_keep_what_has_most_pixels(imported: Any) -> None:
    found = imported.json("duplicates", "--kind", "near", "--clusters", *RADIUS)
    (cluster,) = found["clusters"]
    assert cluster["kind"] == "near"
    assert cluster["keep"] == "a.jpg"
    assert cluster["superfluous"] == ["trip/twin.jpg", "b.jpg"]


def test_quiet_prints_the_one_to_keep_first(imported: Any) -> None:
    output = imported.output("duplicates", "--clusters", "--kind", "near", *RADIUS, "--quiet")
    assert output == "a.jpg\ttrip/twin.jpg\tb.jpg\n"


def test_similar_takes_in_what_near_leaves_out(imported: Any) -> None:
    totals = [
        imported.json("duplicates", "--kind", kind, "--radius", "1000")["total"]
        for kind in ("exact", "near", "similar")
    ]
    assert totals == [1, 3, 10]


def test_the_limit_tells_what_it_leaves_out(imported: Any) -> None:
    result = imported.run("duplicates", "--radius", "1000", "-k", 2)
    assert len(result.stdout.splitlines()) == 4
    assert "10 pairs, the first 2 shown" in result.stderr


def test_a_filter(imported: Any) -> None:
    found = imported.json("duplicates", "--filter", '{"file": "c.png"}')
    assert found == {"total": 0, "pairs": []}


@pytest.mark.parametrize("words", [(), ("--clusters",)])
def test_a_contact_sheet(imported: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    sheet = tmp_path / "duplicates.html"
    imported.output("duplicates", "--kind", "exact", "--html", sheet, *words)
    page = sheet.read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.count('class="badge">keep<') == 1
