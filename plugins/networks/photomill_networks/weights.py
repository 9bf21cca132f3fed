"""Weights that come with an installed package."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from photomill.plugin import PluginUnavailable


def packaged_weights(package: str, file: str, *, sha256: str) -> bytes:
    """Read a file of an installed package, without importing the package.

    :param file: its path inside the package.
    :param sha256: of the file, in hexadecimal.
    :raises PluginUnavailable: the package or the file is missing, or the file is not the expected one.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise PluginUnavailable(
            f"the package {package!r}, which holds the weights, is not installed"
        )
    path = Path(spec.submodule_search_locations[0], file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PluginUnavailable(f"cannot read the weights: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise PluginUnavailable(
            f"{path} is not the expected file: SHA-256 {found}, expected {sha256}"
        )
    return data
