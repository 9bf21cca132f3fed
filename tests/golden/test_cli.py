"""The command line: the help of every command, and what the main commands print."""

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

[images]
processes = 1

[editing]
processes = 1
"""

SCRIPT = """
config check
config check --config wrong.toml
plugins
collections list
import photos -c photos
import photos -c photos --create
import photos -c photos
import photos -c photos --json
import none -c photos
import bad -c bad --create
import bad -c bad --json
import photos -c photos --create --prefix p/ --attribute year=2024 --tags 'trip, sun' --json
collections create shop --max-records 5 --product-field product
collections create x --embedder nothing
collections create shop --json
collections list
collections list --json
collections show photos
collections show photos --json
collections show nothing
search a.jpg -c photos -k 3
search photos/a.jpg -c photos -k 3 --json
search --id c.png -c photos --quiet
search a.jpg -c photos --filter '{"folder": "trip"}' --json
search a.jpg -c photos --filter '{year'
search a.jpg -c photos --filter '{"$no": 1}'
search a.jpg -c photos --radius -1
search nothing.jpg -c photos
search -c photos
search --text 'a red car' -c photos
duplicates -c photos
duplicates -c photos --json
duplicates -c photos --kind exact --quiet
duplicates -c photos --pairs --radius 1000 -k 2
duplicates -c photos --pairs --radius 1000 -k 2 --json
duplicates -c photos --kind none
edit photos --resize 40x30 --output out --dry-run
edit photos --resize 40x30 --output out --dry-run --json
edit photos --resize 40x30 --output out
edit photos --resize 40x30 --output out
edit photos --resize 20x --output out --json
edit photos --hdr 20 --saturation 10 --format webp --quality 50 --output webp --json
edit photos/a.jpg --resize 10x --output one.png
edit photos --padding 10pxx --output out
edit photos --resize x --output out
edit photos --resize 99999x1 --output out
edit photos --hdr 200 --output out
edit photos --output out
edit photos --operations operations.json --output operations --json
edit photos --operations wrong.json --output operations
edit bad --resize 20x --output badout
edit none --resize 20x --output out
group photos -k 2
group photos -k 2 --json
group photos -k 2 --min 4
group photos --mode sequence -k 3 --json
group photos -k 2 --move sorted --dry-run
group empty
storages list
storages create archive --type local --path out
storages create archive --type local --path out
storages create site --type web_folder --base-url https://photos.example/all
storages list
storages list --json
edit storage://archive/ --resize 10x --output storage://archive/small/ --json
submit a batch
jobs list
jobs list --json
jobs list --state done
jobs show JOB --json
jobs show 99
jobs pause JOB
jobs resume JOB
jobs cancel 99
jobs delete JOB
jobs work --until-idle
jobs list
jobs show JOB
jobs show JOB --json
jobs delete JOB
jobs list
owners create Ann --timezone Europe/Berlin
owners create Ann
owners create Bob --brand Tours --json
owners create Eve --timezone Mars
owners list
owners list --json
groups import photos --owner Ann --when 1449791030
groups import photos --owner Ann --json
groups import bad --owner Ann
groups list --owner Ann
groups list --owner Ann --json
groups list --owner Nobody
groups show zzzzzz
groups sweep --json
keys create app --scopes read,write
keys create app --scopes rule
keys list
keys list --json
models list
catalog check
completion fish
no-such-command
collections delete shop --yes
collections delete nothing --yes
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
    (tmp_path / "bad/bad.jpg").write_bytes(b"no picture")
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
            "state": r"(?<=index_state    )\{.*\}|(?<=\"index_state\": )\{[^}]*\}",
            "bytes": r'(?<=\()[\d.]+ k?B\b|(?<="bytes": )\d+',
        },
    )
    common = ["--data-dir", str(folder / "data"), "--config", str(folder / "plugins.toml")]
    printed = []
    job = ""
    for line in SCRIPT.strip().splitlines():
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
    # What the kernel offers differs from machine to machine.
    lines = [line for line in errors.splitlines() if not line.startswith("Sandbox: ")]
    return "".join(f"! {line}\n" for line in lines)
