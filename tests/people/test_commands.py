"""``photomill people`` from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from photomill import Engine, JobState, load_settings
from photomill_cli.main import main

from .drawing import portrait, saved

CONFIG = '[embedders.main]\nuse = "descriptor"\n\n[images]\nprocesses = 1\n'

Run = Callable[..., Result]


@pytest.fixture
def run(data_dir: Path, tmp_path: Path) -> Run:
    """Run the program over the data folder with the tests' own weights."""
    config = tmp_path / "plugins.toml"
    config.write_text(CONFIG, encoding="utf-8")
    common = ["--data-dir", str(data_dir), "--config", str(config)]
    return lambda *words, **options: CliRunner().invoke(
        main, [*map(str, words), *common], **options
    )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for place, (name, people) in enumerate(
        {"a": ["Anna"], "b": ["Anna", "Ben"], "c": ["Ben"], "d": ["Cleo"], "e": []}.items()
    ):
        saved(portrait(*people, wall=(100 + 20 * place, 160, 170)), folder / f"{name}.jpg")
    return folder


@pytest.fixture
def found(run: Run, photos: Path) -> Run:
    """The program once people were found on images that were imported before."""
    assert run("import", photos, "--collection", "family", "--create").exit_code == 0
    result = run("people", "find")
    assert result.exit_code == 0, result.output
    assert result.stdout == "found 5 faces on 5 records\n"
    return run


def listed(run: Run, *words: str) -> Any:
    return json.loads(run("people", "list", *words, "--json").stdout)


def test_people_are_listed_by_how_often_they_are_seen(found: Run) -> None:
    assert [(each["records"], each["name"]) for each in listed(found)] == [(2, ""), (2, "")]
    assert len(listed(found, "--all")) == 3
    result = found("people", "list")
    assert result.stderr == "1 face of nobody else: --all lists them\n"
    numbers = [str(each["number"]) for each in listed(found)]
    assert found("people", "list", "--quiet").stdout.split() == numbers


def test_a_collection_may_look_for_people_from_the_start(run: Run, photos: Path) -> None:
    assert run("collections", "create", "family", "--people").exit_code == 0
    assert run("import", photos, "--collection", "family").exit_code == 0
    assert [each["records"] for each in listed(run, "--all")] == [2, 2, 1]
    assert run("people", "find", "--quiet").stdout == "0\n"


def test_somebody_is_named_and_found(found: Run) -> None:
    anna = listed(found)[0]["number"]
    result = found("people", "name", anna, "Anna")
    assert result.stdout == f"Anna (number {anna}) is on 2 records\n"
    assert found("search", "--text", "anna", "--quiet").stdout.split() == ["a.jpg", "b.jpg"]
    assert found("people", "faces", "Anna", "--quiet").stdout.split() == ["a.jpg", "b.jpg"]
    filtered = found("search", "--id", "c.jpg", "--filter", '{"people": "Anna"}', "--quiet")
    assert sorted(filtered.stdout.split()) == ["a.jpg", "b.jpg"]


def test_people_are_sorted_by_hand(found: Run) -> None:
    anna, ben = (str(each["number"]) for each in listed(found))
    found("people", "name", anna, "Anna")
    split = found("people", "split", "Anna", "b.jpg", "--json")
    other = str(json.loads(split.stdout)["number"])
    assert json.loads(found("people", "merge", "Anna", other, "--json").stdout)["faces"] == 2
    (_, face) = json.loads(found("people", "faces", "Anna", "--json").stdout)
    moved = found("people", "reject", "Anna", str(face["number"]), "--quiet")
    assert moved.stdout.strip() not in {anna, ben}
    assert found("people", "faces", "Anna", "--quiet").stdout == "a.jpg\n"


def test_a_person_is_not_merged_into_itself(found: Run) -> None:
    anna = listed(found)[0]["number"]
    result = found("people", "merge", anna, anna)
    assert result.exit_code == 2
    assert result.stderr == "Error: OTHER: is the person to merge into\n"


def test_a_face_that_is_not_there_is_not_found(found: Run) -> None:
    anna = listed(found)[0]["number"]
    for words in (["split", anna, "d.jpg"], ["reject", anna, "12345"], ["faces", "Nobody"]):
        result = found("people", *words)
        assert result.exit_code == 3, result.output
    assert "no face 'd.jpg'" in found("people", "split", anna, "d.jpg").stderr


def test_originals_that_cannot_be_read_are_told_of(run: Run, photos: Path) -> None:
    run("import", photos, "--collection", "family", "--create")
    (photos / "a.jpg").unlink()
    result = run("people", "find", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["looked"], told["faces"], told["stopped"]) == (4, 4, False)
    assert [each["id"] for each in told["unreadable"]] == ["a.jpg"]


def test_an_original_that_is_another_image_by_now_is_not_looked_at(run: Run, photos: Path) -> None:
    run("import", photos, "--collection", "family", "--create")
    saved(portrait("Cleo"), photos / "a.jpg")
    result = run("people", "find", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told["unreadable"] == [{"id": "a.jpg", "error": "its original is another image by now"}]
    assert (told["looked"], told["faces"]) == (4, 4)


def test_a_job_names_the_originals_that_it_could_not_look_at(
    run: Run, photos: Path, data_dir: Path, tmp_path: Path
) -> None:
    run("import", photos, "--collection", "family", "--create")
    saved(portrait("Cleo"), photos / "a.jpg")
    overrides = {"photomill.data_dir": str(data_dir)}
    settings = load_settings(tmp_path / "plugins.toml", environ={}, overrides=overrides)
    with Engine.open(settings) as engine:
        (info,) = engine.collections.list_all()
        engine.collections.set_people(info.id, True)
        number = engine.recognition.submit(info.id).number
    assert run("jobs", "work", "--until-idle").exit_code == 0
    shown = run("jobs", "show", number)
    assert "a.jpg: its original is another image by now\n" in shown.stdout
    told = json.loads(run("jobs", "show", number, "--json").stdout)
    assert told["result"]["unreadable"] == 1
    assert told["errors"] == [
        {"position": 0, "name": "a.jpg", "error": "its original is another image by now"}
    ]


def test_without_the_model_the_command_is_named(run: Run, data_dir: Path, photos: Path) -> None:
    (data_dir / "models" / "faces").rename(data_dir / "elsewhere")
    result = run("collections", "create", "family", "--people")
    assert result.exit_code == 5
    assert "photomill models add faces" in result.stderr


def test_everybody_is_forgotten(found: Run) -> None:
    asked = found("people", "forget", input="n\n")
    assert asked.exit_code == 130
    assert len(listed(found, "--all")) == 3
    assert found("people", "forget", "--yes").stdout == "forgot 5 faces\n"
    assert listed(found, "--all") == []
    assert json.loads(found("collections", "show", "family", "--json").stdout)["people"] is False


def test_forgetting_cancels_the_job_that_looks(
    found: Run, open_engine: Callable[..., Engine]
) -> None:
    with open_engine() as engine:
        (info,) = engine.collections.list_all()
        job = engine.recognition.submit(info.id)
    assert found("people", "forget", "--yes").stdout == "forgot 5 faces\n"
    with open_engine() as engine:
        assert engine.jobs.get(job.number).state is JobState.CANCELLED


# ------------------------------------------------------------ groups


def test_files_are_grouped_by_the_largest_face(found: Run, photos: Path) -> None:
    found("people", "name", listed(found)[0]["number"], "Anna")
    result = found("group", photos, "--mode", "people", "--json")
    assert result.exit_code == 1, result.output  # nobody is on one of them
    told = json.loads(result.stdout)
    names = [[Path(each).name for each in group["pictures"]] for group in told["groups"]]
    assert sorted(len(group) for group in names) == [1, 1, 2]
    assert sum("b.jpg" in group for group in names) == 1
    assert {each["person"]["name"] for each in told["groups"]} == {"", "Anna"}
    (left_out,) = told["left_out"]
    assert (Path(left_out["image"]).name, left_out["reason"]) == ("e.jpg", "nobody")
    assert "Anna: " in found("group", photos, "--mode", "people").stdout


def test_files_are_moved_by_people(found: Run, photos: Path, tmp_path: Path) -> None:
    result = found("group", photos, "--mode", "people", "--move", tmp_path / "sorted", "--quiet")
    assert result.exit_code == 1
    assert len(list((tmp_path / "sorted").rglob("*.jpg"))) == 4
    assert [path.name for path in photos.iterdir()] == ["e.jpg"]


def test_files_of_no_record_are_left_out(found: Run, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    saved(portrait("Anna"), other / "new.jpg")
    result = found("group", other, "--mode", "people")
    assert result.stdout == "no groups\n"
    assert "it is in no record of the collection" in result.stderr


def test_people_make_their_own_groups(found: Run, run: Run, photos: Path) -> None:
    assert "leave out -g" in found("group", photos, "--mode", "people", "-g", "2").stderr
    found("people", "forget", "--yes")
    refused = found("group", photos, "--mode", "people")
    assert refused.exit_code == 2
    assert "'family' looks for nobody" in refused.stderr
