"""What ``plugins.toml`` says of a bucket."""

from typing import Any, Literal

from attrs import field, frozen, validators

_positive: Any = validators.gt(0)


@frozen
class S3Options:
    """
    :ivar bucket: its name; it must exist.
    :ivar path: a folder inside the bucket that keys are taken from; empty for the whole bucket.
    :ivar endpoint: the service's address, like ``https://storage.googleapis.com``; empty for Amazon's.
    :ivar region: empty for what the environment says, or ``us-east-1``.
    :ivar access_key: with ``secret_key``; without both, the environment's or the machine's credentials serve.
    :ivar secret_key: best ``"${A_VARIABLE}"``, so that it stands in no file.
    :ivar addressing: where the bucket's name stands: in the ``path`` of an address, or as a ``virtual`` host; ``auto``
        takes ``path`` where an ``endpoint`` is given.
    :ivar checksums: ``when_supported`` also sends and checks CRC checksums, which some services refuse.
    :ivar connect_timeout: seconds.
    :ivar read_timeout: seconds without a byte.
    :ivar attempts: how often one request is tried.
    :ivar guarded: refuse an ``endpoint`` with private addresses, other than those of ``[fetch] allow``.
    """

    bucket: str = field(validator=validators.min_len(1))
    path: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    addressing: Literal["auto", "path", "virtual"] = "auto"
    checksums: Literal["when_required", "when_supported"] = "when_required"
    connect_timeout: float = field(default=5.0, validator=_positive)
    read_timeout: float = field(default=30.0, validator=_positive)
    attempts: int = field(default=3, validator=_positive)
    guarded: bool = False

    def __attrs_post_init__(self) -> None:
        if bool(self.access_key) != bool(self.secret_key):
            raise ValueError("expected access_key and secret_key, or neither")
