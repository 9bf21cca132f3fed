"""What is said where nothing can be downloaded."""

import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.errors import SourceUnreachable
from photomill.models import ModelStore

Index = Callable[[dict[str, bytes]], Path]


def test_a_registry_that_does_not_have_the_package(store: ModelStore, index: Index) -> None:
    with pytest.raises(
        SourceUnreachable, match=r"No matching distribution .*photomill-test-weights"
    ):
        store.add("tiny")


def test_a_registry_that_does_not_answer(
    store: ModelStore, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SourceUnreachable, match=r"registry cannot be reached.*given as a file"):
        store.add("tiny")


def test_an_environment_without_pip(
    store: ModelStore, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(SourceUnreachable, match="bare/bin/python has no pip"):
        store.add("tiny")
