"""What ``import photomill`` gives."""

import subprocess
import sys

import pytest

import photomill


def test_every_public_name_is_there() -> None:
    assert {name for name in photomill.__all__ if not hasattr(photomill, name)} == set()


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'engnie'"):
        _ = photomill.engnie


def test_a_plugin_may_import_photomill_without_the_engine() -> None:
    code = (
        "import sys, photomill.components;"
        "print([name for name in ('sqlalchemy', 'photomill.engine', 'cattrs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
