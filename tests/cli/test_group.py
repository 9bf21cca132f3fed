"""``photomill group``."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from photomill.errors import Conflict
from photomill_cli import group, group_moves

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (30, 60, 190)}


def draw(path: Path, colour: str) -> None:
    """Shades of one colour."""
    chance = Random(str(path.name))
    shades = bytes(
        max(0, min(255, part + chance.randint(-25, 25)))
        for _ in range(8 * 6)
        for part in COLOURS[colour]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.frombytes("RGB", (8, 6), shades).resize((96, 72), Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two red, two green and two blue images in two folders."""
    folder = tmp_path / "photos"
    for name, colour in (
        ("a.png", "red"),
        ("b.png", "green"),
        ("c.png", "blue"),
        ("trip/a.png", "red"),
        ("trip/e.png", "green"),
        ("trip/f.png", "blue"),
    ):
        draw(folder / name, colour)
    return folder


def names(document: Any, folder: Path) -> list[list[str]]:
    return [
        [os.path.relpath(image, folder) for image in group["pictures"]]
        for group in document["groups"]
    ]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


BY_COLOUR = [["a.png", "trip/a.png"], ["b.png", "trip/e.png"], ["c.png", "trip/f.png"]]


def test_groups_by_likeness(program: Any, photos: Path) -> None:
    document = program.json("group", photos, "-k", 3)
    assert names(document, photos) == BY_COLOUR
    assert [group["cover"] in group["pictures"] for group in document["groups"]] == [True] * 3
    assert (document["left_out"], document["adjusted"]) == ([], [])
    assert program.json("group", photos, "-k", 3) == document


def test_the_pictures_decide_how_many(program: Any, photos: Path) -> None:
    assert names(program.json("group", photos), photos) == BY_COLOUR


def test_sizes_are_kept(program: Any, photos: Path) -> None:
    document = program.json("group", photos, "-k", 2, "--min", 3, "--max", 3)
    assert [len(group["pictures"]) for group in document["groups"]] == [3, 3]
    refused = program.run("group", photos, "-k", 2, "--min", 4)
    assert (refused.exit_code, "--min: " in refused.stderr) == (2, True)


def test_a_sequence_has_no_gaps(program: Any, photos: Path) -> None:
    document = program.json("group", photos, "-k", 3, "--min", 2, "--max", 2, "--mode", "sequence")
    flat = [name for group in names(document, photos) for name in group]
    assert flat == sorted(flat, key=flat.index) == files(photos)


def test_what_it_prints(program: Any, photos: Path) -> None:
    printed = program.output("group", photos, "-k", 3)
    assert "Group 1: 2 images" in printed
    assert "6 images in 3 groups of 2" in printed
    quiet = program.output("group", photos, "-k", 3, "--quiet").splitlines()
    assert quiet[0] == f"1\t{photos / 'a.png'}"
    assert len(quiet) == 6


def test_no_job_is_left_behind(program: Any, photos: Path) -> None:
    program.output("group", photos)
    assert program.json("jobs", "list") == []


def test_a_picture_named_twice_is_one(program: Any, photos: Path) -> None:
    document = program.json("group", photos, photos / "a.png", "-k", 3)
    assert names(document, photos) == BY_COLOUR


def test_what_cannot_be_read_is_left_out(program: Any, photos: Path) -> None:
    (photos / "d.jpg").write_bytes(b"no image")
    result = program.run("group", photos, "-k", 3)
    assert result.exit_code == 1
    assert f"left out: {photos / 'd.jpg'}" in result.stderr
    document = program.run("group", photos, "-k", 3, "--json")
    assert '"unreadable"' in document.stdout


def test_nothing_to_group(program: Any, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    sheet = tmp_path / "sheet.html"
    options = ["--html", sheet, "--move", tmp_path / "sorted", "-g", 3, "--min", 2]
    for more, told in (([], "no groups\n"), (options, "no groups\n"), (["--quiet"], "")):
        result = program.run("group", tmp_path / "empty", *more)
        assert (result.exit_code, result.stdout) == (0, told)
        assert result.stderr == f"there are no images in {tmp_path / 'empty'}\n"
    assert sheet.exists()
    assert not (tmp_path / "sorted").exists()
    assert program.json("group", tmp_path / "empty")["groups"] == []
    (tmp_path / "empty" / "d.jpg").write_bytes(b"no image")
    result = program.run("group", tmp_path / "empty")
    assert (result.exit_code, "none of 1" in result.stderr) == (5, True)
    assert program.json("jobs", "list") == []


def test_a_page_of_thumbnails(program: Any, photos: Path, tmp_path: Path) -> None:
    odd = "<b>&.png"
    (photos / "a.png").rename(photos / odd)
    sheet = tmp_path / "sheet.html"
    program.output("group", photos, "-k", 3, "--html", sheet)
    page = sheet.read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 6
    assert str(tmp_path) not in page
    assert page.count(">cover<") == 3
    assert "Group 3: 2 images" in page
    assert odd not in page
    assert "&lt;b&gt;&amp;.png" in page


def test_files_move_into_numbered_folders(program: Any, photos: Path, tmp_path: Path) -> None:
    before = {path.read_bytes() for path in photos.rglob("*.png")}
    folder = tmp_path / "sorted"
    printed = program.output("group", photos, "-k", 3, "--move", folder, "--dry-run")
    assert "6 files would be moved" in printed
    assert (len(files(photos)), folder.exists()) == (6, False)
    assert "6 files moved" in program.output("group", photos, "-k", 3, "--move", folder)
    assert files(folder) == [
        "1/a (2).png",
        "1/a.png",
        "2/b.png",
        "2/e.png",
        "3/c.png",
        "3/f.png",
    ]
    assert files(photos) == []
    assert {path.read_bytes() for path in folder.rglob("*.png")} == before


def test_no_file_is_written_over(program: Any, photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sorted"
    (folder / "3").mkdir(parents=True)
    (folder / "3" / "c.png").write_bytes(b"mine")
    result = program.run("group", photos, "-k", 3, "--move", folder)
    assert (result.exit_code, "there already" in result.stderr) == (5, True)
    assert (files(folder), len(files(photos))) == (["3/c.png"], 6)


def test_addresses_cannot_be_moved(program: Any, photos: Path, tmp_path: Path) -> None:
    result = program.run("group", photos, "http://127.0.0.1:9/a.jpg", "--move", tmp_path / "x")
    assert (result.exit_code, "--move" in result.stderr) == (2, True)
    assert program.run("group", photos, "--dry-run").exit_code == 2


def test_a_move_that_fails_undoes_itself(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sorted"
    groups = [[str(photos / "a.png"), str(photos / "trip/a.png")], [str(photos / "gone.png")]]
    moves = group_moves.plan_moves(groups, folder)
    with pytest.raises(FileNotFoundError):
        group_moves.move_all(moves)
    assert (len(files(photos)), folder.exists()) == (6, False)


def test_a_place_that_is_taken_meanwhile(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sorted"
    moves = group_moves.plan_moves([[str(photos / "a.png"), str(photos / "b.png")]], folder)
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "b.png").write_bytes(b"mine")
    with pytest.raises(Conflict, match="there already"):
        group_moves.move_all(moves)
    assert (files(folder), len(files(photos))) == (["1/b.png"], 6)


def test_without_second_names_files_are_copied(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    data = (photos / "a.png").read_bytes()
    moves = group_moves.plan_moves([[str(photos / "a.png")]], tmp_path / "sorted")
    group_moves.move_all(moves)
    assert (tmp_path / "sorted/1/a.png").read_bytes() == data
    assert not (photos / "a.png").exists()
    with pytest.raises(FileNotFoundError):
        group_moves.move_all(moves)
    assert (tmp_path / "sorted/1/a.png").read_bytes() == data


def test_the_folder_of_a_storage(program: Any, photos: Path, tmp_path: Path) -> None:
    program.output("storages", "create", "shelf", "--type", "local", "--path", photos)
    document = program.json("group", "storage://shelf/", "-k", 3)
    assert document["groups"][0]["pictures"] == [
        "storage://shelf/a.png",
        "storage://shelf/trip/a.png",
    ]
    sheet = tmp_path / "sheet.html"
    program.output("group", "storage://shelf/trip/", "-k", 1, "--html", sheet)
    assert "storage://shelf/trip/f.png" in sheet.read_text(encoding="utf-8")


def test_an_interruption_leaves_no_job(
    program: Any, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def interrupted() -> Iterator[list[int]]:
        yield [2]

    monkeypatch.setattr(group, "interruption", interrupted)
    result = program.run("group", photos, "-k", 3)
    assert (result.exit_code, "interrupted" in result.stderr) == (130, True)
    assert program.json("jobs", "list") == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-g", "3", "--min", "20"], "--min: 3 groups of 20 or more need 60 images, not 6"),
        (["-g", "2", "--max", "2"], "--max: 2 groups of 2 or fewer hold 4 images, not 6"),
        (["--min", "3", "--max", "2"], "--max: is less than --min, 3"),
        (["--html", "absent/a.html"], "'--html': there is no folder 'absent'."),
    ],
)
def test_what_cannot_be_grouped_so_is_told_by_the_option(
    program: Any, photos: Path, words: list[str], message: str
) -> None:
    result = program.run("group", photos, *words)
    assert result.exit_code == 2
    assert message in result.stderr
