"""``photomill owners`` and ``photomill groups``."""

import os
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine


@pytest.fixture
def owned(program: Any) -> Any:
    """The program, once there is an owner."""
    program.output("owners", "create", "Ann", "--timezone", "Europe/Berlin")
    return program


def test_create_prints_the_owners_key(program: Any) -> None:
    secret = program.output("owners", "create", "Ann", "--timezone", "America/Vancouver", "-q")
    settings = load_settings(
        program.config, environ={}, overrides={"photomill.data_dir": str(program.data_dir)}
    )
    with Engine.open(settings) as engine:
        key = engine.keys.verify(secret.strip())
        assert key is not None
        owner = engine.albums.owners.of_key(key)
    assert owner is not None
    assert (owner.name, owner.timezone) == ("Ann", "America/Vancouver")


def test_owners_are_listed_without_their_keys(program: Any) -> None:
    made = program.json("owners", "create", "Ann", "--brand", "Tours")
    assert made["primary_brand"]
    (listed,) = program.json("owners", "list")
    assert (listed["id"], listed["primary_brand"]) == (made["id"], made["primary_brand"])
    assert program.output("owners", "list", "--quiet").strip() == made["id"]
    assert made["secret"] not in program.output("owners", "list")


def test_create_refuses_a_time_zone_that_is_none(program: Any) -> None:
    result = program.run("owners", "create", "Ann", "--timezone", "Mars")
    assert result.exit_code == 2
    assert "Europe/Berlin" in result.stderr


def test_the_collection_of_an_owner_is_meant_only_where_it_is_named(
    owned: Any, photos: Path
) -> None:
    missing = owned.run("duplicates")
    assert missing.exit_code == 3
    assert "no collection yet" in missing.stderr
    owned.output("import", photos, "--collection", "pics", "--create")
    assert owned.run("duplicates").exit_code == 0
    assert owned.output("duplicates", "--collection", "photos of Ann", "--quiet") == ""
    owned.output("collections", "create", "more")
    ambiguous = owned.run("duplicates")
    assert ambiguous.exit_code == 2
    assert "there are 2 collections; give a name or an id: " in ambiguous.stderr
    owned.output("collections", "create", "more", "--allow-same-name")
    assert (
        "2 collections are called 'more'; give an id: "
        in owned.run("duplicates", "--collection", "more").stderr
    )


@pytest.mark.parametrize("name", ["Zoé", "Zoe\N{COMBINING ACUTE ACCENT}"])
def test_a_second_owner_of_one_name_is_made_on_purpose_only(program: Any, name: str) -> None:
    first = program.json("owners", "create", "Zoé")
    refused = program.run("owners", "create", name)
    assert refused.exit_code == 5
    assert "--allow-same-name" in refused.stderr
    assert [each["id"] for each in program.json("owners", "list")] == [first["id"]]
    second = program.json("owners", "create", name, "--allow-same-name")
    ambiguous = program.run("groups", "list", "--owner", "Zoé")
    assert ambiguous.exit_code == 2
    assert first["id"] in ambiguous.stderr
    assert second["id"] in ambiguous.stderr


def test_a_folder_becomes_a_group(owned: Any, photos: Path) -> None:
    made = owned.json("groups", "import", photos, "--owner", "Ann")
    assert (made["name"], made["failed"]) == ("photos", [])
    assert len(made["added"]) == 5
    shown = owned.json("groups", "show", made["token"])
    assert shown["count"] == 5
    assert [photo["order"] for photo in shown["photos"]] == ["a", "b", "c", "d", "twin"]
    twin, alike = (shown["photos"][place]["duplicate_of"] for place in (4, 1))
    assert {twin, alike} <= {shown["photos"][0]["id"], shown["photos"][1]["id"]}
    (listed,) = owned.json("groups", "list", "--owner", "Ann")
    assert (listed["token"], listed["count"]) == (made["token"], 5)


def test_an_import_goes_on_and_tells_of_what_failed(owned: Any, photos: Path) -> None:
    token = owned.output("groups", "import", photos, "--owner", "Ann", "-q").strip()
    (photos / "broken.jpg").write_bytes((photos / "a.jpg").read_bytes()[:300])
    result = owned.run("groups", "import", photos, "--owner", "Ann", "--group", token)
    assert result.exit_code == 1
    assert "0 new photos, 5 there already, 1 failed" in result.stdout
    assert "broken.jpg" in result.stderr
    assert owned.json("groups", "show", token)["count"] == 5


@pytest.mark.parametrize("name", [None, "notes.txt"])
def test_a_folder_without_images_makes_no_group(
    owned: Any, tmp_path: Path, name: str | None
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    if name:
        (folder / name).write_text("no image", encoding="utf-8")
    refused = owned.run("groups", "import", folder, "--owner", "Ann")
    assert refused.exit_code == 5
    assert f"there are no images in {folder}, and no group is made of nothing" in refused.stderr
    assert owned.json("groups", "list", "--owner", "Ann") == []


def test_nothing_is_imported_into_a_group_of_a_folder_without_images(
    owned: Any, photos: Path, tmp_path: Path
) -> None:
    token = owned.output("groups", "import", photos, "--owner", "Ann", "-q").strip()
    (tmp_path / "empty").mkdir()
    into = ["groups", "import", tmp_path / "empty", "--owner", "Ann", "--group", token]
    result = owned.run(*into)
    assert (result.exit_code, "there are no images in" in result.stderr) == (0, True)
    assert owned.json(*into)["added"] == []


def test_groups_of_another_owner_are_not_added_to(owned: Any, photos: Path) -> None:
    token = owned.output("groups", "import", photos, "--owner", "Ann", "-q").strip()
    owned.output("owners", "create", "Bob")
    result = owned.run("groups", "import", photos, "--owner", "Bob", "--group", token)
    assert result.exit_code == 3


def test_a_deleted_group_can_be_restored(owned: Any, photos: Path) -> None:
    made = owned.json("groups", "import", photos, "--owner", "Ann", "--no-wait")
    assert made["token"] in owned.output("groups", "list", "--owner", "Ann")
    owned.output("groups", "delete", made["token"])
    assert owned.output("groups", "list", "--owner", "Ann") == ""
    assert "deleted" in owned.output("groups", "list", "--owner", "Ann", "--deleted")
    owned.output("groups", "delete", made["id"], "--restore")
    assert owned.output("groups", "list", "--owner", "Ann", "-q").strip() == made["id"]


@pytest.mark.parametrize(
    "words",
    [
        ["groups", "show", "zzzzzz"],
        ["groups", "delete", "3acb836b-d45a-43e2-ba79-82f3cbf8b8d5"],
        ["groups", "list", "--owner", "Nobody"],
    ],
)
def test_what_is_not_there_is_told(program: Any, words: list[str]) -> None:
    assert program.run(*words).exit_code == 3


def test_groups_are_listed_by_day(owned: Any, photos: Path) -> None:
    words = ["--owner", "Ann", "--when", "1449791030", "--no-wait", "-q"]
    token = owned.output("groups", "import", photos, *words).strip()
    listed = owned.output("groups", "list", "--owner", "Ann", "--when", "2015-12-11")
    assert token in listed
    assert owned.output("groups", "list", "--owner", "Ann", "--when", "2015-12-10") == ""


def test_a_sweep_tells_what_it_did(owned: Any) -> None:
    (owner,) = owned.json("owners", "list")
    orphan = owned.data_dir / "albums" / owner["id"] / "originals/orphan.jpg"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (0, 0))
    assert owned.json("groups", "sweep")["files"] == 1
    assert not orphan.exists()
