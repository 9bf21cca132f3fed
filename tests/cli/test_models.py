"""``photomill models``, without a network: what every installation knows, and models that are here already."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

FREE = ("MIT", "Apache-2.0", "public domain")


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))


def test_every_model_says_what_it_is(program: Any) -> None:
    models = {model["name"]: model for model in program.json("models", "list")}
    assert {"u2netp", "u2net", "waifu2x", "mtcnn"} <= models.keys()
    assert models["u2netp"]["state"] == "absent"
    for model in models.values():
        assert not model["package"] or model["licence"] in FREE
        assert model["size"] == sum(file["size"] for file in model["files"])
        assert bool(model["package"]) == bool(model["files"])


def test_small_models_that_are_here_are_not_downloaded_again(
    program: Any, models_dir: Path
) -> None:
    for name in ("mtcnn", "u2netp", "waifu2x"):
        shutil.copytree(models_dir / name, program.data_dir / "models" / name)
    assert program.output("models", "add", "--small").splitlines() == [
        "mtcnn is there already",
        "u2netp is there already",
        "waifu2x is there already",
    ]
    assert program.output("models", "list", "--quiet").split() == ["mtcnn", "u2netp", "waifu2x"]
    result = program.run("models", "add", "--all")
    assert result.exit_code == 4
    assert "cannot be downloaded" in result.output


def test_a_model_comes_from_a_file_and_goes(program: Any, models_dir: Path) -> None:
    file = models_dir / "u2netp" / "u2netp.onnx"
    assert program.output("models", "add", "u2netp", "--from", file) == "added u2netp\n"
    assert (program.data_dir / "models" / "u2netp" / "u2netp.onnx").is_file()
    assert program.output("models", "remove", "u2netp") == "removed u2netp\n"
    assert program.output("models", "remove", "u2netp") == "u2netp was not there\n"


def test_what_only_rembg_downloads_is_listed_where_it_has(program: Any, tmp_path: Path) -> None:
    assert "birefnet" not in program.output("models", "list")
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "birefnet-general.onnx").write_bytes(b"weights")
    lines = program.output("models", "list").splitlines()
    (line,) = [line for line in lines if "birefnet" in line]
    assert line.split()[:2] == ["birefnet-general", "rembg"]


def test_a_file_that_is_not_the_model_is_refused(program: Any, tmp_path: Path) -> None:
    file = tmp_path / "u2netp.onnx"
    file.write_bytes(bytes(4_574_861))
    result = program.run("models", "add", "u2netp", "--from", file)
    assert result.exit_code == 4
    assert "SHA-256" in result.output
    assert program.output("models", "list", "--quiet") == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["add"], 2, "name a model"),
        (["add", "unet"], 3, "did you mean"),
        (["add", "birefnet-general"], 2, "in no registry package"),
        (["add", "--small", "--from", "{}"], 2, "one model at a time"),
        (["remove", "nothing"], 3, "'nothing'"),
    ],
)
def test_mistakes_are_explained(
    program: Any, tmp_path: Any, words: list[str], code: int, message: str
) -> None:
    result = program.run("models", *(word.format(tmp_path) for word in words))
    assert result.exit_code == code
    assert message in result.output
