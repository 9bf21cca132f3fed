"""``photomill serve`` and ``photomill quickstart``, as processes of their own."""

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model is downloaded."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


@contextmanager
def running(program: Any, *words: object) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the program; yields it with the lines it printed up to its address, or up to all that ``quickstart`` imports."""
    command = [sys.executable, "-m", "photomill_cli", *map(str, words), *program.common]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    try:
        yield process, _lines_until_ready(process, "curl " if "quickstart" in words else "http://")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


def _lines_until_ready(process: subprocess.Popen[str], mark: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if mark in line:
            return lines
    raise AssertionError("\n".join(lines))


def url_in(lines: list[str]) -> str:
    found = re.search(r"http://[\w.:]+", "\n".join(lines))
    assert found is not None, lines
    return found.group()


def knn(url: str, key: str, collection: str, record_id: str) -> httpx.Response:
    return httpx.post(
        f"{url}/similarity/photos/v2/visualKNN",
        headers={"Authorization": f"Token {key}", "collection-id": collection},
        json={"query_record": {"_id": record_id}, "k": 3},
        timeout=30,
    )


def test_what_is_imported_beside_a_server_is_found_by_it(program: Any, photos: Path) -> None:
    with running(program, "serve", "--port", 0, "--quiet") as (process, lines):
        url = url_in(lines)
        collection = program.output("collections", "create", "beside", "--quiet").strip()
        key = program.output("keys", "create", "beside", "--quiet").strip()
        program.output("import", photos, "--collection", "beside")
        answer = knn(url, key, collection, "a.jpg")
        assert answer.status_code == 200, answer.text
        assert [record["_id"] for record in answer.json()["answer_records"][:2]] == [
            "a.jpg",
            "trip/twin.jpg",
        ]

        program.output("keys", "revoke", "beside")
        assert knn(url, key, collection, "a.jpg").status_code == 401

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0


def test_quickstart_serves_a_folder_and_imports_only_what_is_new(
    program: Any, photos: Path, draw_picture: Callable[..., None]
) -> None:
    words = ["quickstart", "--photos", photos, "--port", 0]
    with running(program, *words) as (_, lines):
        assert any("5 new records" in line for line in lines)
        first_key = _key(lines)
        curl = shlex.split(lines[-1])
        done = subprocess.run(curl, check=True, capture_output=True, text=True, timeout=120)
        answer = json.loads(done.stdout)
        assert answer["answer_count"] == 5
        assert answer["answer_records"][0]["file"] == "a.jpg"
    kept = program.data_dir / "quickstart.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_text().strip() == first_key

    draw_picture(photos / "new.jpg", "new")
    with running(program, *words) as (_, lines):
        assert any("1 new record, 5 there already" in line for line in lines)
        assert _key(lines) == first_key
    assert len(program.json("collections", "list")) == 1
    names = [key["name"] for key in program.json("keys", "list")]
    assert sorted(names) == ["quickstart", "quickstart browser"]


def test_quickstart_follows_its_folder(
    program: Any,
    photos: Path,
    draw_picture: Callable[..., None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    words = ["quickstart", "--photos", photos, "--watch", "--port", 0]
    with running(program, *words) as (_, lines):
        assert any(line.startswith("Watching ") and str(photos) in line for line in lines)
        (collection,) = program.json("collections", "list")
        draw_picture(photos / "new.jpg", "new")
        url, key, identity = url_in(lines), _key(lines), collection["id"]
        wait_until(lambda: knn(url, key, identity, "new.jpg").status_code == 200)


def test_the_browser_of_quickstart_sees_every_page(program: Any, photos: Path) -> None:
    with running(program, "quickstart", "--photos", photos, "--port", 0) as (_, lines):
        (line,) = [line for line in lines if line.startswith("Open this")]
        with httpx.Client(follow_redirects=True, timeout=120) as browser:
            browser.get(line.split()[2]).raise_for_status()
            assert browser.get(f"{url_in(lines)}/server").status_code == 200
            assert "5 records" in browser.get(f"{url_in(lines)}/library").text
        printed = {"Authorization": f"Bearer {_key(lines)}"}
        listed = httpx.get(f"{url_in(lines)}/admin/v1/keys", headers=printed, timeout=120)
        assert listed.status_code == 403


def test_quickstart_replaces_a_key_that_was_revoked(program: Any, photos: Path) -> None:
    words = ["quickstart", "--photos", photos, "--port", 0]
    with running(program, *words) as (_, lines):
        first_key = _key(lines)
    program.output("keys", "revoke", "quickstart")
    with running(program, *words) as (_, lines):
        second_key = _key(lines)
    assert first_key != second_key


def test_quickstart_goes_on_without_the_models_that_cannot_be_had(
    program: Any, photos: Path
) -> None:
    with running(program, "quickstart", "--photos", photos, "--port", 0) as (process, _):
        line = _lines_until_ready(process, "without some models")[-1]
        assert "cannot be downloaded" in line


def test_quickstart_prints_its_link_before_it_imports(program: Any, photos: Path) -> None:
    with running(program, "quickstart", "--photos", photos, "--port", 0) as (_, lines):
        (place,) = [number for number, line in enumerate(lines) if line.startswith("Open this")]
        (imported,) = [number for number, line in enumerate(lines) if "5 new records" in line]
        assert place < imported


def test_quickstart_without_a_folder_draws_pictures(program: Any) -> None:
    with running(program, "quickstart", "--port", 0) as (_, lines):
        assert any("39 new records" in line for line in lines)
        url = url_in(lines)
        assert httpx.get(f"{url}/healthz", timeout=120).status_code == 200
    near = program.json("duplicates", "--kind", "near")
    assert near["total"] >= 1


def _key(lines: list[str]) -> str:
    (line,) = [line for line in lines if line.startswith("API key")]
    return line.split()[2]
