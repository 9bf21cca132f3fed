"""``photomill edit``, with its results looked at."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_folders_are_edited_to_any_depth(program: Any, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "small"
    said = program.output("edit", photos, "--resize", "40x30", "--output", output)
    assert said.startswith("5 pictures edited")
    assert names(output) == ["a.jpg", "b.jpg", "c.jpeg", "trip/d.jpg", "trip/twin.jpg"]
    assert size(output / "trip" / "d.jpg") == (40, 30)


def test_an_edit_goes_on_where_it_was_interrupted(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    words = ["edit", photos, "--resize", "40x", "--output", tmp_path / "small"]
    program.output(*words)
    (tmp_path / "small" / "b.jpg").unlink()
    report = program.json(*words)
    assert (report["edited"], report["present"]) == (1, 4)
    assert program.json(*words, "--overwrite")["edited"] == 5


def test_operations_may_come_from_a_file(program: Any, photos: Path, tmp_path: Path) -> None:
    document = {
        "operations": {"resizing": {"width": 20, "height": 20, "fit": "canvas"}},
        "output": {"format": "png"},
    }
    file = tmp_path / "edit.json"
    file.write_text(json.dumps(document))
    words = ["edit", photos / "a.jpg", "--operations", file, "--output", tmp_path / "out"]
    program.output(*words)
    assert size(tmp_path / "out" / "a.png") == (20, 20)


def test_options_go_before_the_file(program: Any, photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "edit.json"
    file.write_text(json.dumps({"resizing": {"width": 20, "height": 20}}))
    words = ["edit", photos / "a.jpg", "--operations", file, "--resize", "10x10"]
    program.output(*words, "--format", "webp", "--quality", 50, "--output", tmp_path / "out")
    assert size(tmp_path / "out" / "a.webp") == (10, 10)


def test_results_may_go_to_a_storage_and_come_from_there(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    program.output("storages", "create", "archive", "--type", "local", "--path", folder)
    program.output("edit", photos, "--resize", "40x", "--output", "storage://archive/small")
    assert "small/trip/d.jpg" in names(folder)
    back = tmp_path / "back"
    program.output("edit", "storage://archive/small/", "--resize", "20x", "--output", back)
    assert size(back / "trip" / "d.jpg")[0] == 20


def test_one_bad_picture_does_not_harm_the_others(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    (photos / "bad.jpg").write_bytes(b"no picture")
    result = program.run("edit", photos, "--resize", "40x", "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert "bad.jpg: " in result.stderr
    assert "5 pictures edited" in result.stdout
    assert "1 failed" in result.stdout


def test_results_inside_the_folder_are_no_originals(program: Any, photos: Path) -> None:
    words = ["edit", photos, "--resize", "40x", "--output", photos / "small", "--json"]
    assert json.loads(program.output(*words))["edited"] == 5
    again = json.loads(program.output(*words))
    assert (again["edited"], again["present"]) == (0, 5)


def test_a_dry_run_shows_the_pipeline_and_writes_nothing(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    words = ["edit", photos, "--resize", "40x30", "--output", tmp_path / "out", "--dry-run"]
    assert "resizing" in program.output(*words)
    shown = program.json(*words)
    assert len(shown["pictures"]) == 5
    assert [step["operation"] for step in shown["steps"]] == ["resizing"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resize", "10"], "--resize: expected WxH"),
        (["--resize", "10x20%"], "operations.resizing.width"),
        (["--format", "png", "--quality", "3"], "png has no quality"),
        (["--background", "red"], "operations.background.color"),
        (["--output", "{photos}"], "holds the originals"),
        (["--output", ""], "where the results go"),
    ],
)
def test_mistakes_are_explained(
    program: Any, photos: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    given = [word.format(photos=photos) for word in words]
    if "--output" not in given:
        given += ["--output", str(tmp_path / "out")]
    elif given[-1] == "":
        given = []
    result = program.run("edit", photos, *given)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_named(program: Any, tmp_path: Path) -> None:
    result = program.run("edit", tmp_path / "none", "--output", tmp_path / "out")
    assert result.exit_code == 3
    assert "none" in result.output
