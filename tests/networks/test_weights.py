import hashlib
import sys
from pathlib import Path

import pytest

from photomill.errors import PluginUnavailable
from photomill_networks.weights import packaged_weights


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "weights_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    (folder / "weights.bin").write_bytes(b"weights")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    return folder.name


def test_a_file_is_read_without_importing_its_package(package: str) -> None:
    digest = hashlib.sha256(b"weights").hexdigest()
    assert packaged_weights(package, "weights.bin", sha256=digest) == b"weights"


def test_another_file_than_expected_is_refused(package: str) -> None:
    with pytest.raises(PluginUnavailable, match=r"weights\.bin is not the expected file"):
        packaged_weights(package, "weights.bin", sha256="0" * 64)


def test_a_missing_file_and_a_missing_package_are_refused(package: str) -> None:
    with pytest.raises(PluginUnavailable, match="cannot read the weights"):
        packaged_weights(package, "gone.bin", sha256="0" * 64)
    with pytest.raises(PluginUnavailable, match="'no_such_package', which holds the weights"):
        packaged_weights("no_such_package", "weights.bin", sha256="0" * 64)
