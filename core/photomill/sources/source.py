"""The kinds of source."""

from attrs import field, frozen


@frozen
class BytesSource:
    """The encoded image itself."""

    data: bytes = field(repr=False)


@frozen
class UriSource:
    """A URI that a storage serves: ``https://…``, ``storage://name/key``."""

    uri: str


@frozen
class PathSource:
    """A file below one of the configured source roots.

    :ivar trusted: the path was given by whoever runs this process (the command line), not by a client: the
        source roots do not apply.
    """

    path: str
    trusted: bool = False


Source = BytesSource | UriSource | PathSource
