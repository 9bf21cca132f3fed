"""``photomill search``."""

import json
from pathlib import Path
from typing import Any


def test_by_a_picture(imported: Any, photos: Path) -> None:
    answer = imported.json("search", photos / "a.jpg", "-c", "photos")
    hits = answer["hits"]
    assert {hit["id"] for hit in hits[:2]} == {"a.jpg", "trip/twin.jpg"}
    assert hits[0]["distance"] == hits[1]["distance"] == 0
    assert hits[2]["id"] == "b.jpg"
    assert (hits[0]["width"], hits[0]["height"], hits[0]["format"]) == (96, 72, "jpeg")
    assert hits[0]["attributes"]["_file"].startswith(str(photos))


def test_by_a_record_in_the_only_collection(imported: Any) -> None:
    assert imported.output("search", "c.png", "-k", 1, "--quiet") == "c.png\n"
    assert imported.output("search", "--id", "c.png", "-k", 1, "--quiet") == "c.png\n"


def test_lines_have_tabs_where_there_is_no_terminal(imported: Any) -> None:
    distance, record_id, size, _ = imported.output("search", "c.png", "-k", 1).strip().split("\t")
    assert (float(distance), record_id, size) == (0.0, "c.png", "96x72")


def test_filter_and_radius(imported: Any) -> None:
    trip = imported.output("search", "a.jpg", "--filter", '{"folder": "trip"}', "--quiet")
    assert trip.split() == ["trip/twin.jpg", "trip/d.jpg"]
    near = imported.output("search", "a.jpg", "--radius", "0.0", "--quiet")
    assert set(near.split()) == {"a.jpg", "trip/twin.jpg"}


def test_one_hit_for_each_product(imported: Any) -> None:
    hits = imported.json("search", "a.jpg", "--product-field", "folder")["hits"]
    assert sorted(hit["attributes"]["folder"] for hit in hits) == ["", "trip"]


def test_what_is_neither_file_nor_record(imported: Any) -> None:
    result = imported.run("search", "nothing.jpg")
    assert result.exit_code == 3
    assert "no file and no record 'nothing.jpg'" in result.stderr


def test_an_id_that_no_file_could_have(imported: Any) -> None:
    assert imported.run("search", "x" * 300).exit_code == 3


def test_a_file_that_is_no_picture(imported: Any, tmp_path: Path) -> None:
    path = tmp_path / "words.jpg"
    path.write_text("words")
    assert imported.run("search", path).exit_code == 4


def test_a_text_that_nothing_answers_says_so(imported: Any) -> None:
    result = imported.run("search", "--text", "a wedding")
    assert result.exit_code == 0
    assert 'answers "wedding"' in result.stderr
    assert "nothing was found" in result.stderr


def test_a_url_of_a_private_network_is_refused(imported: Any) -> None:
    assert imported.run("search", "http://127.0.0.1:9/x.jpg").exit_code == 4


def test_exactly_one_query(imported: Any) -> None:
    assert imported.run("search").exit_code == 2
    assert imported.run("search", "a.jpg", "--id", "a.jpg").exit_code == 2


def test_a_filter_that_is_no_json(imported: Any) -> None:
    result = imported.run("search", "a.jpg", "--filter", "{year")
    assert result.exit_code == 2
    assert "--filter" in result.stderr


def test_a_contact_sheet(imported: Any, photos: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "found.html"
    answer = imported.output("search", photos / "a.jpg", "--html", sheet, "--json")
    page = sheet.read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == len(json.loads(answer)["hits"]) + 1
    assert "trip/twin.jpg" in page


def test_a_sheet_in_a_folder_that_is_not_there(imported: Any, photos: Path) -> None:
    result = imported.run("search", photos / "a.jpg", "--html", "absent/found.html")
    assert result.exit_code == 2
    assert "Invalid value for '--html': there is no folder 'absent'." in result.stderr
