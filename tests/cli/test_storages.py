"""``photomill storages``."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

S3 = [
    "--type",
    "s3",
    "--bucket",
    "photos",
    "--access-key",
    "me",
    "--endpoint",
    "http://127.0.0.1:9",
]


def test_a_folder_is_registered_and_made(program: Any, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    words = ["create", "archive", "--type", "local", "--path", folder, "--quiet"]
    assert program.output("storages", *words) == "1\n"
    assert folder.is_dir()
    assert program.output("storages", "list", "--quiet") == "archive\n"
    assert program.json("storages", "show", "archive")["parameters"] == {"path": str(folder)}


def test_secrets_come_from_the_environment_and_are_never_shown(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very secret")
    program.output("storages", "create", "bucket", *S3)
    for words in (["show", "bucket"], ["show", "bucket", "--json"], ["list", "--json"]):
        shown = program.output("storages", *words)
        assert "me" in shown
        assert "very secret" not in shown
    assert b"very secret" not in (program.data_dir / "catalog.sqlite").read_bytes()


def test_secrets_are_asked_for(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    result = program.run("storages", "create", "bucket", *S3, input="typed\n")
    assert result.exit_code == 0, result.output
    assert "typed" not in result.output


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-"])
def test_a_secret_is_not_asked_for_without_a_terminal(program: Any, stdin: str) -> None:
    """In a session of its own there is no terminal to open, either."""
    words = ["storages", "create", "bucket", *S3, *program.common]
    command = shlex.join([sys.executable, "-m", "photomill_cli", *map(str, words)])
    environ = {key: value for key, value in os.environ.items() if key != "AWS_SECRET_ACCESS_KEY"}
    done = subprocess.run(
        f"{command} {stdin}",
        shell=True,
        capture_output=True,
        text=True,
        env=environ,
        start_new_session=True,
    )
    assert done.returncode == 2
    assert done.stderr == ("Error: there is no terminal to ask at: set $AWS_SECRET_ACCESS_KEY\n")
    assert done.stdout == ""


def test_a_storage_can_be_changed(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    program.output("storages", "create", "bucket", *S3)
    words = ["--name", "other", "--bucket", "more photos"]
    changed = program.json("storages", "update", "bucket", *words)
    assert (changed["name"], changed["parameters"]["bucket"]) == ("other", "more photos")
    assert changed["parameters"]["credentials"] == {"access_key": "me"}


def test_a_storage_can_be_deleted(program: Any, tmp_path: Path) -> None:
    program.output("storages", "create", "archive", "--type", "local", "--path", tmp_path / "a")
    program.output("storages", "delete", "archive")
    assert program.json("storages", "list") == []
    assert (tmp_path / "a").is_dir()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["show", "none"], 3, "no storage 'none'"),
        (["delete", "temporary"], 2, "plugins.toml"),
        (["create", "a/b", "--type", "local", "--path", "{}"], 2, "NAME: "),
        (["create", "temporary", "--type", "local", "--path", "{}"], 5, "taken"),
        (["create", "x", "--type", "local"], 2, "--path"),
        (["create", "x", "--type", "web_folder"], 2, "--base-url"),
        (["create", "x", "--type", "web_folder", "--base-url", "ftp://x"], 2, "--base-url"),
    ],
)
def test_mistakes_are_explained(
    program: Any, tmp_path: Path, words: list[str], code: int, message: str
) -> None:
    result = program.run("storages", *(word.format(tmp_path) for word in words))
    assert result.exit_code == code
    assert message in result.output


def test_a_storage_for_all_may_become_somebodys(program: Any, tmp_path: Path) -> None:
    made = ["--type", "local", "--path", tmp_path / "a"]
    program.output("storages", "create", "aa", *made)
    assert program.json("storages", "update", "aa", "--owner", "bob")["owner"] == "bob"
    program.output("storages", "create", "aa", *made)
    refused = program.run("storages", "create", "aa", *made, "--owner", "ann")
    assert refused.exit_code == 5
    assert "the name 'aa' is taken by another storage" in refused.stderr


def test_what_is_refused_is_refused_before_a_secret_is_asked_for_or_a_folder_made(
    program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    for words, told in (
        (["create", "b1", "--type", "s3"], "--bucket: required, and missing"),
        (["create", "b1", "--type", "s3", "--bucket", "b"], "--access-key: required, and missing"),
        (["create", "b/1", *S3], "NAME: expected printable characters, and no '/'"),
    ):
        refused = program.run("storages", *words, input="typed\n")
        assert refused.exit_code == 2
        assert refused.stderr == f"Error: {told}\n"
    folder = tmp_path / "new"
    refused = program.run("storages", "create", "b/1", "--type", "local", "--path", folder)
    assert refused.stderr.startswith("Error: NAME: ")
    assert not folder.exists()


def test_a_change_that_is_refused_is_refused_before_a_secret_is_asked_for(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    for name in ("one", "two"):
        program.output("storages", "create", name, *S3)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    changes = ["update", "two", "--new-secret", "--bucket", "other"]
    for words, code, told in (
        (["--name", "a/b"], 2, "--name: expected printable characters, and no '/'"),
        (["--name", "one"], 5, "the name 'one' is taken by another storage"),
        (["--endpoint", "nowhere"], 2, "--endpoint: "),
        (["--base-url", "https://a.example"], 2, "--base-url: is of use with storages"),
    ):
        refused = program.run("storages", *changes, *words, input="typed\n")
        assert refused.exit_code == code
        assert refused.stderr.startswith(f"Error: {told}")
    assert program.run("storages", *changes, "--name", "three", input="typed\n").exit_code == 0
    assert program.json("storages", "show", "three")["parameters"]["bucket"] == "other"


def test_a_new_secret_is_of_no_use_without_one(program: Any, tmp_path: Path) -> None:
    program.output("storages", "create", "l1", "--type", "local", "--path", tmp_path)
    refused = program.run("storages", "update", "l1", "--new-secret", input="typed\n")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "Error: --new-secret: is of use with storages of type s3 or gcs, not local\n"
    )


def test_a_parameter_of_another_type_is_refused(
    program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = ["create", "l2", "--type", "local", "--path", tmp_path / "a"]
    for option in ("--bucket", "--access-key"):
        refused = program.run("storages", *local, option, "foo")
        assert refused.exit_code == 2
        assert refused.stderr == (
            f"Error: {option}: is of use with storages of type s3 or gcs, not local\n"
        )
    # Set for other programs.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    program.output("storages", *local)
    assert program.json("storages", "update", "l2", "--name", "l3")["name"] == "l3"
    refused = program.run("storages", "update", "l3", "--base-url", "https://photos.example")
    assert refused.stderr == (
        "Error: --base-url: is of use with storages of type web_folder, not local\n"
    )


def test_a_storage_is_called_by_its_name(program: Any) -> None:
    words = ["--type", "web_folder", "--base-url", "https://photos.example/x"]
    program.output("storages", "create", "w1", *words)
    refused = program.run("import", "storage://w1/x/", "--collection", "c", "--create")
    assert "the storage 'w1' cannot be listed" in refused.stderr


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--type", "web_folder"], "--base-url"),
        (["--type", "web_folder", "--base-url", "nowhere"], "--base-url"),
        (["--type", "s3", "--access-key", "me"], "--bucket"),
        (["--type", "s3", "--bucket", "b"], "--access-key"),
    ],
)
def test_a_parameter_that_is_wrong_is_named_as_its_option(
    program: Any, monkeypatch: pytest.MonkeyPatch, words: list[str], option: str
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    result = program.run("storages", "create", "shop", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {option}: ")
