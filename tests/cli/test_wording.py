"""Faults of many commands: each is said in the user's words, with the exit code of the document."""

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["url", "https://a/b", "w_100,foo_3"], "OPTIONS: "),
        (["keys", "create", "k1", "--scopes", "read,foo"], "--scopes: expected some of admin, "),
        (["keys", "create", ""], "NAME: "),
        (["group", "{photos}", "--min", "5", "--max", "2"], "--max: is less than --min, 5"),
        (
            ["edit", "{photos}", "--dry-run", "--keep-metadata", "all,foo"],
            "--keep-metadata: expected all, or some of ",
        ),
        (["edit", "{photos}", "--dry-run", "--fit", "crop"], "--fit: is of use with --resize only"),
        (
            ["edit", "{photos}", "--dry-run", "--no-enlarge"],
            "--no-enlarge: is of use with --resize",
        ),
        (
            ["edit", "{photos}", "--dry-run", "--upscale", "photo"],
            "--upscale: is of use with --res",
        ),
        (["edit", "{photos}", "--dry-run", "--strict"], "--strict: is of use with --blur-plates"),
        (
            ["edit", "{photos}", "--dry-run", "--contract", "image-edit"],
            "--contract: is of use with --operations only",
        ),
        (
            [
                "edit",
                "{photos}",
                "--dry-run",
                "--resize",
                "9x",
                "--no-enlarge",
                "--upscale",
                "photo",
            ],
            "--upscale: is of no use where nothing is enlarged",
        ),
        *(
            (
                ["edit", "{photos}", "--dry-run", cut_out, "--blur-background"],
                "--blur-background: is of no use where the background is removed",
            )
            for cut_out in ("--remove-background", "--product", "--mask")
        ),
        (
            ["edit", "{photos}", "--dry-run", "--mask", "--background", "#00ff00"],
            "--background: is of no use with a mask",
        ),
        (
            ["edit", "{photos}", "--output", "-", "--overwrite"],
            "--overwrite: is of no use with standard output",
        ),
        (
            ["serve", "--host", "nope.invalid", "--port", "0"],
            "--host: cannot listen at nope.invalid",
        ),
        (["quickstart", "--photos", "{photos}", "--host", ""], "--host: expected an address to"),
        (["serve", "--host", ""], "--host: expected an address to listen at"),
    ],
)
def test_what_is_wrong_is_named_as_it_was_given(
    program: Any, photos: Path, words: list[str], said: str
) -> None:
    refused = program.run(*(word.format(photos=photos) for word in words))
    assert refused.exit_code == 2, refused.output
    assert refused.stderr.startswith(f"Error: {said}")


def test_of_a_list_the_whole_that_was_given_is_said(program: Any, photos: Path) -> None:
    refused = program.run("keys", "create", "k1", "--scopes", "read,foo")
    assert refused.stderr.endswith(", write, got foo\n")
    refused = program.run("edit", photos, "--dry-run", "--keep-metadata", "all,foo")
    assert refused.stderr.endswith(", got 'all,foo'\n")


def test_a_file_of_another_contract_names_the_contract(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ops.json"
    file.write_text(json.dumps({"operations": {"resizing": {"width": 10, "height": 10}}}))
    words = ["edit", photos, "--dry-run", "--operations", file]
    refused = program.run(*words)
    assert refused.exit_code == 2
    assert "--contract image-edit" in refused.stderr
    program.output(*words, "--contract", "image-edit", "--fit", "crop")


@pytest.mark.parametrize(
    "words",
    [
        ["import", "nosuch", "-c", "c"],
        ["duplicates", "-c", "c", "--undo", "nosuch.jsonl"],
        ["edit", "nosuch", "--output", "x"],
        ["edit", "a.jpg", "--operations", "nosuch.json", "--output", "x"],
        ["groups", "import", "nosuch", "--owner", "Ann"],
    ],
)
def test_a_file_that_is_not_there_has_its_own_exit_code(program: Any, words: list[str]) -> None:
    refused = program.run(*words)
    assert refused.exit_code == 3
    assert "nosuch" in refused.stderr


def test_a_folder_instead_of_a_file_is_wrong_usage(program: Any, photos: Path) -> None:
    words = ["edit", photos, "--operations", photos, "--output", "x"]
    assert program.run(*words).exit_code == 2


def test_an_edit_of_nothing_says_so(program: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    words = ["edit", tmp_path / "empty", "--resize", "10x", "--output", tmp_path / "out"]
    for more in ([], ["--quiet"], ["--json"]):
        done = program.run(*words, *more)
        assert done.exit_code == 0
        assert "no images found: nothing was edited" in done.stderr


def test_an_id_is_no_file(imported: Any) -> None:
    refused = imported.run("search", "--id", "nope", "-c", "photos")
    assert refused.exit_code == 3
    assert refused.stderr == "Error: no record 'nope' in 'photos'\n"
    refused = imported.run("search", "nope", "-c", "photos")
    assert refused.stderr == "Error: no file and no record 'nope' in 'photos'\n"
