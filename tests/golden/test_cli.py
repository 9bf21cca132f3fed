"""The command line: the help of every command, and what the main commands print."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from photomill import Engine, load_settings
from photomill_cli.main import main
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .conftest import Normaliser, check_golden, draw

CONFIG = """
[embedders.main]
use = "descriptor"

# One thread: errors come in order.
[executors.main]
use = "workers"
options = { threads = 1 }

[search]
threads = 1

[images]
processes = 1

[editing]
processes = 1
"""


def commands(command: click.Command, *names: str) -> Iterator[tuple[str, ...]]:
    yield names
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, *names, name)


def test_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    pages = []
    for names in commands(main):
        result = CliRunner().invoke(main, [*names, "--help"], terminal_width=80)
        assert result.exit_code == 0
        pages.append(f"$ photomill {' '.join([*names, '--help'])}\n{result.output}")
    check_golden("cli_help.txt", "\n".join(pages))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which commands run: ``b.jpg`` is ``a.jpg`` made small, ``twin.jpg`` the same file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("photos/trip", "bad", "empty"):
        (tmp_path / name).mkdir(parents=True)
    for name, seed, size in (
        ("a.jpg", "a", (96, 72)),
        ("b.jpg", "a", (64, 48)),
        ("c.png", "c", (96, 72)),
        ("trip/d.jpg", "d", (96, 72)),
    ):
        draw(seed, size).save(tmp_path / "photos" / name, quality=95)
    (tmp_path / "photos/trip/twin.jpg").write_bytes((tmp_path / "photos/a.jpg").read_bytes())
    (tmp_path / "bad/bad.jpg").write_bytes(b"no image")
    (tmp_path / "bad/cut.jpg").write_bytes((tmp_path / "photos/a.jpg").read_bytes()[:700])
    (tmp_path / "plugins.toml").write_text(CONFIG)
    (tmp_path / "wrong.toml").write_text(
        '[embedders.main]\nuse = "nothing"\n[indexes.x]\nuse = "faiss:rabitq"\noptions = {"no" = 1}'
        '\n[search]\nexact_rows = "3"\n'
    )
    (tmp_path / "operations.json").write_text(
        '{"resizing": {"width": 40, "fit": "bounds"}, "adjustments": {"hdr": 10}}'
    )
    (tmp_path / "wrong.json").write_text('{"resizing": {"width": "x", "up": 1}, "other": {}}')
    return tmp_path


def submit_batch(folder: Path) -> str:
    """Submit a job, for which the command line has no command; returns its number."""
    overrides = {"photomill.data_dir": str(folder / "data")}
    with Engine.open(load_settings(folder / "plugins.toml", overrides=overrides)) as engine:
        secret = engine.keys.create("golden", scopes={"image_editing"}).secret
        client = TestClient(create_app(engine, HttpSettings()))
        body = {
            "input": "storage://archive/",
            "operations": {"resizing": {"width": 10}},
            "output": "storage://archive/jobs/",
        }
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.post("/v1/image/edit/batch", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["id"])


def test_outputs(folder: Path) -> None:
    normaliser = Normaliser(
        names={
            str(folder): "<folder>",
            # Whether optional libraries are installed here says nothing.
            "needs torch, open_clip: pip install 'photomill[clip]'": "usable",
        },
        ids={
            "token": r'(?<=token )\w{6}\b|(?<="token": ")\w{6}\b|(?<=\t)\w{6}(?=\t\d+\t)',
            "file": r"/[\w-]{12}/[\w-]{22,}(?=\.jpg)",
        },
        dropped={
            # How many jobs other commands made before is their own affair.
            "job": r'(?m:^\d+(?=\t\w+\t))|(?<="number": )\d+|(?<=\b[Jj]ob )(?: *)\d+',
            # Indexes are built in the background.
            "state": r"(?<=index_state)\s+\{.*\}|(?<=\"index_state\": )\{[^}]*\}",
            "bytes": r'(?<=\()[\d.]+ k?B\b|(?<="bytes": )\d+',
        },
    )
    common = ["--data-dir", str(folder / "data"), "--config", str(folder / "plugins.toml")]
    printed = []
    job = ""
    script = (Path(__file__).parent / "requests/cli.txt").read_text(encoding="utf-8")
    for line in script.splitlines()[1:]:
        if line == "submit a batch":
            job = submit_batch(folder)
            continue
        words = shlex.split(line.replace("JOB", job))
        given = common[:2] if "--config" in words else common
        result = CliRunner().invoke(main, [*words, *given], terminal_width=80)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        output = normaliser.text(f"{result.stdout}{_marked(result.stderr)}").rstrip("\n")
        printed.append(f"$ photomill {line}\n{output}\n[{result.exit_code}]\n")
    check_golden("cli_outputs.txt", "\n".join(printed))


def _marked(errors: str) -> str:
    # What the kernel offers, and progress where the machine is slow, differ from machine to machine.
    other = re.compile(r"Sandbox: .*|[A-Za-z ]+: \d+ of \d+(?:, .*)?")
    lines = [line for line in errors.splitlines() if not other.fullmatch(line)]
    return "".join(f"! {line}\n" for line in lines)
