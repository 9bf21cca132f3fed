"""What Photomill promises to those who import it: the names of its doors, held by ``public_names``."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import photomill

NAMES = Path(__file__).parent / "public_names"


@pytest.mark.parametrize("door", ["photomill", "photomill.plugin", "photomill.testing"])
def test_the_names_of_a_door_are_those_that_were_promised(door: str) -> None:
    """To change them on purpose, change the file too; a name that goes raises the version of the plugin API."""
    module = import_module(door)
    promised = (NAMES / f"{door}.txt").read_text(encoding="utf-8").split()
    assert sorted(module.__all__) == promised
    assert [name for name in promised if not hasattr(module, name)] == []


def test_every_public_name_is_there() -> None:
    assert {name for name in photomill.__all__ if not hasattr(photomill, name)} == set()


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="engnie"):
        getattr(photomill, "engnie")  # noqa: B009 (no checker may know of it)


def test_a_plugin_may_import_photomill_without_the_engine() -> None:
    code = (
        "import sys, photomill.plugin;"
        "print([name for name in ('sqlalchemy', 'photomill.engine', 'cattrs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
