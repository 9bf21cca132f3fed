"""``photomill config``."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from photomill_cli.main import main


def run(config: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["config", *words, "--config", str(config)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "plugins.toml"


def test_a_good_configuration(config: Path) -> None:
    config.write_text("[search]\nnear_radius = 3.0\n")
    result = run(config, "check")
    assert result.exit_code == 0, result.output
    assert result.stdout == "the configuration is good\n"


def test_every_mistake_at_once_in_settings(config: Path) -> None:
    config.write_text("[search]\nnear_radius = 'far'\n[fetch]\ntimeot = 3\n")
    result = run(config, "check")
    assert result.exit_code == 2
    assert "search.near_radius" in result.stderr
    assert "fetch.timeot" in result.stderr


def test_every_mistake_at_once_in_components(config: Path) -> None:
    config.write_text(
        '[embedders.a]\nuse = "efficentnet"\n[indexes.b]\nuse = "exact"\noptions = {m = 1}\n'
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert "embedders.a" in result.stderr
    assert "efficientnet" in result.stderr
    assert "indexes.b" in result.stderr


def test_what_is_shown_is_read_back_the_same(config: Path) -> None:
    config.write_text('[fetch]\nallow = ["10.0.0.0/8"]\n[adapters.http]\nport = 1234\n')
    shown = run(config, "show").stdout
    config.write_text(shown)
    again = run(config, "show").stdout
    assert shown == again
    tree = tomllib.loads(shown)
    assert tree["fetch"]["allow"] == ["10.0.0.0/8"]
    assert tree["adapters"]["http"]["port"] == 1234
    assert json.loads(run(config, "show", "--json").stdout) == tree


def test_secrets_are_not_shown(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE", "open sesame")
    config.write_text('[storages.a]\nuse = "local"\noptions = {secret_key = "${ARCHIVE}"}\n')
    shown = run(config, "show").stdout
    assert "secret_key" in shown
    assert "open sesame" not in shown


def test_the_schema_is_a_json_schema_of_every_table(config: Path) -> None:
    config.write_text("")
    schema = json.loads(run(config, "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"photomill", "fetch", "embedders", "indexes", "adapters"} <= set(schema["properties"])


def test_every_mistake_at_once_in_adapters(config: Path) -> None:
    config.write_text('[adapters.http]\nport = "x"\nprot = 1\n[adapters.htpp]\n')
    result = run(config, "check")
    assert result.exit_code == 2
    assert "adapters.http.port" in result.stderr
    assert "adapters.http.prot" in result.stderr
    assert "adapters.htpp" in result.stderr
    assert result.stderr.count("plugins.toml: ") == 3
