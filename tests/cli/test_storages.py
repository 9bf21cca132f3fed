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
        (["create", "a/b", "--type", "local", "--path", "{}"], 2, "name"),
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
