"""range, nearDuplicates, allNearDupPairs."""

import base64
import io
from collections.abc import Callable
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageOps
import pytest
from attrs import evolve

from photomill.collections.duplicates import pair_pass
from photomill.testing.scenes import scene

ALL_PAIRS = {("8", "8-jpeg"), ("8", "8-twin"), ("8-jpeg", "8-twin")}


@pytest.fixture
def reach(gallery: Any) -> float:
    """A radius that holds the image encoded anew, and no other image."""
    answer = gallery.answer("visualKNN", query_record={"_id": "8"}, k=4)
    near, other = answer["answer_distances"][2:]
    return float(near + other) / 2


# ---------------------------------------------------------------- range


def test_range_is_inclusive(gallery: Any) -> None:
    nearest = gallery.answer("visualKNN", query_record={"_id": "0"}, k=4)
    edge = nearest["answer_distances"][3]
    answer = gallery.answer("range", query_record={"_id": "0"}, radius=edge)
    assert answer["answer_records"] == nearest["answer_records"]
    assert answer["answer_distances"] == nearest["answer_distances"]
    assert (
        gallery.answer("range", query_record={"_id": "0"}, radius=edge - 1e-3)["answer_count"] == 3
    )


@pytest.mark.parametrize("method", ["range", "nearDuplicates", "visualKNN", "allNearDupPairs"])
def test_a_radius_beyond_everything(gallery: Any, method: str) -> None:
    answer = gallery.answer(method, query_record={"_id": "0"}, radius=1e308)
    assert answer["answer_count"] == (66 if method == "allNearDupPairs" else 12)


def test_range_filtered_and_paged(gallery: Any) -> None:
    parameters = {"query_record": {"_id": "0"}, "radius": 1000, "filter": {"colour": "red"}}
    whole = gallery.ids("range", **parameters)
    assert set(whole) == {"0", "3", "6"}
    assert gallery.ids("range", **parameters, k=1, from_=1) == whole[1:2]


@pytest.mark.parametrize("radius", [None, -1, "5", True, [5]])
def test_range_needs_a_radius(gallery: Any, radius: Any) -> None:
    http_status, code, description = gallery.refusal(
        "range", query_record={"_id": "0"}, radius=radius
    )
    assert (http_status, code) == (400, 402)
    assert "radius" in description


# ---------------------------------------------------------------- nearDuplicates


def test_near_duplicates_say_how_alike_they_are(gallery: Any, reach: float) -> None:
    answer = gallery.answer("nearDuplicates", query_record={"_id": "8"}, radius=reach)
    ids = [found["_id"] for found in answer["answer_records"]]
    kinds = dict(zip(ids, answer["answer_kinds"], strict=True))
    assert not any("_kind" in found for found in answer["answer_records"])
    assert kinds["8"] == kinds["8-twin"] == "exact"
    assert kinds["8-jpeg"] in {"near", "similar"}
    assert len(kinds) == 3
    assert answer["answer_records"][0]["number"] == 8
    assert answer["answer_count"] == len(answer["answer_distances"]) == 3


def test_near_duplicates_of_a_picture(
    gallery: Any, make_picture: Callable[..., bytes], as_base64: Callable[[bytes], str]
) -> None:
    query = {"_base64": as_base64(make_picture("8"))}
    answer = gallery.answer(
        "nearDuplicates", query_record=query, radius=0, fields_to_return=["_id"]
    )
    assert answer["answer_records"] == [{"_id": "8"}, {"_id": "8-twin"}]
    assert answer["answer_kinds"] == ["exact", "exact"]


def test_near_duplicates_without_a_radius(gallery: Any) -> None:
    without = gallery.answer("nearDuplicates", query_record={"_id": "8"})
    five = gallery.answer("nearDuplicates", query_record={"_id": "8"}, radius=5.0)
    assert without["answer_records"] == five["answer_records"]
    assert all(distance <= 5 for distance in without["answer_distances"])


def test_near_duplicates_filtered(gallery: Any) -> None:
    found = gallery.ids("nearDuplicates", query_record={"_id": "8"}, filter={"number": {"$gt": 8}})
    assert "8-twin" in found
    assert "8" not in found


# ---------------------------------------------------------------- allNearDupPairs


def test_every_pair_once(gallery: Any, reach: float) -> None:
    answer = gallery.answer("allNearDupPairs", radius=reach)
    assert {(pair["a"], pair["b"]) for pair in answer["pairs"]} >= ALL_PAIRS
    assert answer["answer_count"] == answer["total_count"] == len(answer["pairs"])
    assert answer["answer_distances"] == [pair["distance"] for pair in answer["pairs"]]
    assert answer["answer_distances"] == sorted(answer["answer_distances"])
    assert answer["answer_records"] == [
        [{"_id": pair["a"]}, {"_id": pair["b"]}] for pair in answer["pairs"]
    ]
    assert all(pair["a"] < pair["b"] for pair in answer["pairs"])
    assert "next" not in answer
    assert "clusters" not in answer


def test_pages_of_pairs(gallery: Any) -> None:
    whole = gallery.answer("allNearDupPairs", radius=1000)
    assert whole["total_count"] == 12 * 11 // 2
    pairs: list[Any] = []
    start: int | None = 0
    while start is not None:
        page = gallery.answer("allNearDupPairs", radius=1000, k=25, from_=start)
        assert page["total_count"] == 66
        pairs += page["pairs"]
        start = page.get("next")
    assert pairs == whole["pairs"]


def test_clusters_and_filter(gallery: Any, reach: float) -> None:
    parameters = {"radius": reach, "filter": {"product": "p4"}, "fields_to_return": ["number"]}
    answer = gallery.answer("allNearDupPairs", **parameters, clusters=True)
    assert {(pair["a"], pair["b"]) for pair in answer["pairs"]} == ALL_PAIRS
    assert [sorted(cluster) for cluster in answer["clusters"]] == [["8", "8-jpeg", "8-twin"]]
    first, second = answer["answer_records"][0]
    assert (first, second) == ({"_id": "8", "number": 8}, {"_id": "8-twin", "number": 81})


def test_five_by_default(gallery: Any) -> None:
    assert (
        gallery.answer("allNearDupPairs")["pairs"]
        == (gallery.answer("allNearDupPairs", radius=5.0)["pairs"])
    )


@pytest.mark.parametrize(
    "body", [{"radius": -1}, {"k": -1}, {"from_": -1}, {"clusters": "yes"}, {"filter": []}]
)
def test_pairs_asked_wrongly(gallery: Any, body: dict[str, Any]) -> None:
    assert gallery.refusal("allNearDupPairs", **body)[:2] == (400, 402)


# ---------------------------------------------------------------- copies, and what is taken for them


def _file(picture: PIL.Image.Image, form: str = "JPEG", **options: Any) -> str:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return base64.b64encode(file.getvalue()).decode()


def _shirt(colour: tuple[int, int, int]) -> PIL.Image.Image:
    picture = PIL.Image.new("RGB", (300, 300), "white")
    outline = [(90, 60), (210, 60), (262, 128), (210, 135), (210, 262), (90, 262)]
    PIL.ImageDraw.Draw(picture).polygon(outline, colour)
    return picture


def test_goods_in_several_colours_are_several_goods(make_api: Callable[..., Any]) -> None:
    api = evolve(make_api(), prefix="/similarity/products/v2")
    colours = {"red": (200, 30, 30), "blue": (30, 40, 200), "black": (25, 25, 25)}
    for name, colour in colours.items():
        record = {"_id": name, "_base64": _file(_shirt(colour), quality=92)}
        assert api.ids("nearDupsInsert", records=[record]) == [name]
    again = {"_id": "again", "_base64": _file(_shirt((201, 31, 30)), quality=80)}
    answer = api.post("nearDupsInsert", {"records": [again]}).json()
    assert answer["status"]["code"] == 411
    reason = answer["skipped_records"][0]["_reason"]
    assert [each["_id"] for each in reason["answer_records"]] == ["red"]
    assert reason["answer_kinds"] == ["near"]


def test_copies_are_found_and_named(make_api: Callable[..., Any]) -> None:
    api = make_api()
    originals = [scene(seed, 480, 360) for seed in range(3)]
    records = [
        {"_id": str(place), "_base64": _file(each, quality=90)}
        for place, each in enumerate(originals)
    ]
    api.answer("insert", records=records)
    first = originals[0]
    copies = {
        "near": PIL.ImageOps.contain(first, (128, 128)),
        "altered": PIL.ImageOps.grayscale(first).convert("RGB"),
        "turned": first.rotate(90, expand=True),
        "mirrored": PIL.ImageOps.mirror(first),
    }
    for kind, copy in copies.items():
        answer = api.answer(
            "nearDuplicates",
            query_record={"_base64": _file(copy, quality=85)},
            fields_to_return=["_id"],
        )
        found = dict(
            zip(
                (each["_id"] for each in answer["answer_records"]),
                answer["answer_kinds"],
                strict=True,
            )
        )
        assert found.pop("0") == kind
        assert set(found.values()) <= {"similar"}


def test_pairs_hold_copies_outside_the_radius(make_api: Callable[..., Any]) -> None:
    api = make_api()
    pictures = {"a": scene(0, 480, 360), "b": scene(1, 480, 360)}
    pictures["turned"] = pictures["a"].rotate(180)
    api.answer(
        "insert", records=[{"_id": name, "_base64": _file(each)} for name, each in pictures.items()]
    )
    distances = api.answer("visualKNN", query_record={"_id": "a"}, k=3)["answer_distances"]
    radius = max(distances[1] / 2, 1e-3)
    answer = api.answer("allNearDupPairs", radius=radius)
    found = [(pair["a"], pair["b"], pair["_kind"]) for pair in answer["pairs"]]
    assert found == [("a", "turned", "turned")]
    assert answer["total_count"] == 1
    assert "notes" not in answer


def test_pairs_that_were_too_many_to_compare_are_told(
    make_api: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(pair_pass, "MOST_COMPARED", 1)
    api = make_api()
    first = scene(0, 480, 360)
    pictures = {"a": first, "b": first.rotate(180), "c": PIL.ImageOps.mirror(first)}
    api.answer(
        "insert", records=[{"_id": name, "_base64": _file(each)} for name, each in pictures.items()]
    )
    distances = api.answer("visualKNN", query_record={"_id": "a"}, k=3)["answer_distances"]
    radius = max(distances[1] / 2, 1e-3)
    for limit in (0, 10):
        answer = api.answer("allNearDupPairs", radius=radius, k=limit)
        (note,) = answer["notes"]
        assert note.startswith("not compared: 2 of the pairs outside the radius")
        assert answer["total_count"] == 1
    (warning,) = [each for each in caplog.records if each.name == pair_pass.__name__]
    assert "not compared: 2 of 3 pairs" in warning.getMessage()
    filtered = api.answer("allNearDupPairs", radius=radius, filter={"_id": {"$in": ["a", "b"]}})
    assert "notes" not in filtered


@pytest.mark.parametrize(
    ("wish", "refused"),
    [({}, False), ({"kind": "similar"}, True), ({"kind": "near"}, False), ({"radius": 90}, True)],
)
def test_the_kind_decides_what_is_refused(
    make_api: Callable[..., Any], wish: dict[str, Any], refused: bool
) -> None:
    api = make_api()
    first = scene(4, 480, 360)
    hue, *others = first.convert("HSV").split()
    turned = PIL.Image.merge("HSV", (hue.point(lambda each: (each + 60) % 256), *others))
    api.answer("insert", records=[{"_id": "a", "_base64": _file(first)}])
    wish = {"radius": 90, **wish} if "kind" in wish else wish
    record = {"_id": "b", "_base64": _file(turned.convert("RGB"))}
    answer = api.post("nearDupsInsert", {"records": [record], **wish}).json()
    assert bool(answer["skipped_records"]) is refused
