"""``photomill collections``."""

import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from click.shell_completion import ShellComplete

from photomill_cli.main import main


def test_create_prints_the_id_only_when_quiet(program: Any) -> None:
    made = program.output("collections", "create", "holidays", "--quiet").strip()
    assert str(uuid.UUID(made)) == made
    assert program.output("collections", "list", "--quiet").split() == [made]


def test_list_as_json(program: Any) -> None:
    program.output("collections", "create", "one", "--product-field", "sku")
    program.output("collections", "create", "two", "--max-records", 5)
    one, two = program.json("collections", "list")
    assert (one["name"], one["product_field"]) == ("one", "sku")
    assert (two["name"], two["max_records"]) == ("two", 5)


def test_show_by_name_and_by_id(imported: Any) -> None:
    shown = imported.json("collections", "show", "photos")
    assert shown["records"] == 5
    by_id = imported.json("collections", "show", shown["id"])
    # How far the index has come is another matter.
    assert by_id.pop("index_state").keys() == shown.pop("index_state").keys()
    assert by_id == shown
    assert imported.output("collections", "show", "photos", "--quiet") == "5\n"


def test_a_name_that_two_have_needs_the_id(program: Any) -> None:
    create = ["collections", "create", "twin", "-q"]
    ids = [program.output(*create).strip()]
    again = program.run(*create)
    assert again.exit_code == 5
    assert "--allow-same-name" in again.output
    ids.append(program.output(*create, "--allow-same-name").strip())
    refused = program.run("collections", "show", "twin")
    assert refused.exit_code == 2
    assert all(known in refused.stderr for known in ids)
    assert program.json("collections", "show", ids[1])["id"] == ids[1]


def test_a_collection_of_the_present_version_is_not_converted(imported: Any) -> None:
    shown = imported.output("collections", "reembed", "photos")
    assert shown == "'photos' is of the present version: converted 0 records\n"
    assert imported.output("collections", "reembed", "photos", "--quiet") == "0\n"
    assert imported.run("collections", "reembed", "nobody").exit_code == 3


def test_clear_asks_first(imported: Any) -> None:
    assert imported.run("collections", "clear", "photos", input="n\n").exit_code == 130
    assert imported.json("collections", "show", "photos")["records"] == 5
    assert imported.output("collections", "clear", "photos", "--yes", "--quiet") == "5\n"
    assert imported.json("collections", "show", "photos")["records"] == 0


def test_delete(imported: Any) -> None:
    assert imported.run("collections", "delete", "photos", input="y\n").exit_code == 0
    assert imported.json("collections", "list") == []


@pytest.mark.parametrize("words", [["clear"], ["delete"]])
def test_nobody_to_answer_is_wrong_usage(imported: Any, words: list[str]) -> None:
    result = imported.run("collections", *words, "photos", input="")
    assert result.exit_code == 2
    assert "--yes" in result.output
    assert imported.json("collections", "show", "photos")["records"] == 5


def test_a_closed_standard_input_is_nobody(
    imported: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(SystemExit) as ended:
        main(["collections", "delete", "photos", *imported.common])
    assert ended.value.code == 2
    assert "Nobody is there to answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["duplicates", "--move", "{}/trip"], "--move"),
        (["dropped", "move", "{}/trip"], "DIR"),
        (["keys", "create", "x", "--scopes", "rule"], "--scopes"),
        (["owners", "create", "Eve", "--timezone", "Mars"], "--timezone"),
    ],
)
def test_a_parameter_that_is_wrong_is_named_as_its_option(
    imported: Any, photos: Path, words: list[str], option: str
) -> None:
    result = imported.run(*(word.format(photos) for word in words))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {option}: ")


def test_names_of_collections_are_completed(program: Any) -> None:
    for name in ("holidays", "homes", "shop"):
        program.output("collections", "create", name)
    for words in (["collections", "show"], ["duplicates", "--collection"], ["search", "-c"]):
        complete = ShellComplete(main, {}, "photomill", "_PHOTOMILL_COMPLETE")
        found = complete.get_completions([*program.common, *words], "ho")
        assert [each.value for each in found] == ["holidays", "homes"]


def test_thumbnails_are_made_switched_off_and_made_again(imported: Any) -> None:
    def stored() -> int:
        count: int = imported.json("collections", "show", "photos")["stored_thumbnails"]["count"]
        return count

    assert stored() == 5
    assert "no thumbnails" in imported.output("collections", "thumbnails", "photos", "--off")
    assert stored() == 0
    made = imported.json("collections", "thumbnails", "photos")
    assert made == {"made": 5, "unreadable": [], "stopped": False}
    assert stored() == 5
    assert imported.json("collections", "show", "photos")["thumbnails"]


def test_a_collection_without_thumbnails(program: Any, photos: Any) -> None:
    program.output("collections", "create", "plain", "--no-thumbnails")
    program.output("import", photos, "--collection", "plain")
    shown = program.json("collections", "show", "plain")
    assert (shown["thumbnails"], shown["stored_thumbnails"]["count"]) == (False, 0)


def test_without_its_model_no_text_is_read(imported: Any) -> None:
    refused = imported.run("collections", "texts", "photos")
    assert refused.exit_code != 0
    assert "photomill models add ocr" in refused.output
    assert not imported.json("collections", "show", "photos")["texts"]
    refused = imported.run("collections", "create", "papers", "--texts")
    assert "photomill models add ocr" in refused.output


def test_texts_are_read_and_no_more(imported: Any, ocr_models: Path) -> None:
    shutil.copytree(ocr_models / "ocr", imported.data_dir / "models" / "ocr")
    count = imported.json("collections", "show", "photos")["records"]
    assert imported.json("collections", "texts", "photos")["read"] == count
    assert imported.json("collections", "show", "photos")["texts"]
    assert imported.output("collections", "texts", "photos", "--quiet").strip() == "0"
    assert "reads no more" in imported.output("collections", "texts", "photos", "--off")
    assert not imported.json("collections", "show", "photos")["texts"]
