"""The commands that the pages show, in their order, as somebody types them who has just installed Photomill."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
import requests
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
ADDRESS = re.compile(r"(http://)?localhost:8080")

Shell = Callable[[str], str]


def commands(page: str) -> list[str]:
    """What a page has one type, but for what stands for something else: ``…``."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    found = [command for block in BLOCK.findall(text) for command in COMMAND.findall(block)]
    return [command for command in found if "…" not in command]


def draw(path: Path) -> None:
    tiles = Image.frombytes("RGB", (6, 5), Random(str(path.name)).randbytes(6 * 5 * 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    tiles.resize((160, 120), Image.Resampling.BICUBIC).save(path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with images where the pages have them, and the working folder."""
    for folder in ("Pictures/holiday", "Pictures/rafting", "photos/rafting", "holiday"):
        for number in range(20):
            draw(tmp_path / folder / f"IMG_{number:02}.jpg")
    draw(tmp_path / "beach.jpg")
    return tmp_path


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOMILL")}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    small = {"PHOTOMILL_IMAGES__PROCESSES": "1", "PHOTOMILL_EDITING__PROCESSES": "1"}
    return {**kept, **small, "HOME": str(home), "PATH": path}


@pytest.fixture
def typed(home: Path, environment: dict[str, str]) -> Shell:
    """Type lines into one shell, which ends at the first that fails."""

    def type_in(script: str) -> str:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-x", "-c", script],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    return type_in


def test_the_page_of_the_command_line(typed: Shell, home: Path) -> None:
    lines = commands("docs/cli.md")
    assert any("owners create" in line for line in lines)
    typed("\n".join(lines))
    for sheet in ("found.html", "duplicates.html", "sheet.html"):
        assert (home / sheet).stat().st_size > 1000


def test_the_pages_of_grouping_and_of_owners(typed: Shell, home: Path) -> None:
    lines = [
        line
        for page in ("docs/grouping.md", "docs/groups.md")
        for line in commands(page)
        if not line.startswith("curl")
    ]
    assert any("groups import" in line for line in lines)
    assert "IMG_19" in typed(
        "\n".join([*lines, "photomill groups list --owner Ann", "find sorted"])
    )


@pytest.fixture
def quickstart(home: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """What ``make run`` starts, at any free port; gives what it says."""
    process = subprocess.Popen(
        ["photomill", "quickstart", "--port", "0"],
        cwd=home,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    said: dict[str, str] = {}
    assert process.stdout is not None
    try:
        for line in process.stdout:
            words = line.split()
            if len(words) > 1:
                said[" ".join(words[:2]) if words[0] == "API" else words[0]] = words[
                    2 if words[0] == "API" else 1
                ]
            if words[:1] == ["curl"]:  # The images are there.
                break
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_the_readme_beside_the_server_that_it_starts(
    quickstart: dict[str, str], typed: Shell, home: Path
) -> None:
    url = quickstart["URL"]
    lines = [
        ADDRESS.sub(url, line)
        for line in commands("README.md")
        if not line.startswith(("make", "pip", "photomill quickstart", "photomill serve"))
    ]
    plugins = re.search(r"^```toml\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.M | re.S)
    assert plugins is not None
    given = [f"KEY={quickstart['API key']}", f"COLLECTION={quickstart['Collection']}"]
    curls = [line for line in lines if line.startswith("curl")]
    configured = [line for line in lines if "plugins.toml" in line]
    assert (len(curls), len(configured)) == (2, 1)
    # The lines that edit folders do as much with fewer images.
    for theme in ("forest", "meadow", "sunset"):
        shutil.rmtree(home / "data/demo" / theme)
    typed("\n".join([*given, *(line for line in lines if line not in curls + configured)]))
    # What the block needs beyond a plain install is an extra.
    (home / "plugins.toml").write_text(
        plugins[1].replace('use = "clip"', 'use = "descriptor"'), encoding="utf-8"
    )
    typed("\n".join(configured))
    for name in ("found.html", "groups.html", "small", "clean"):
        assert (home / name).exists()
    for line in curls:
        answer = typed("\n".join([*given, f"{line} --silent --show-error --fail --output answer"]))
        assert answer == ""
        assert (home / "answer").stat().st_size > 100
    assert requests.get(f"{url}/readyz", timeout=60).status_code == 200
