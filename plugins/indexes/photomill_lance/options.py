"""What the index can be told."""

from typing import Any

from attrs import field, frozen, validators

MOST_ATTRIBUTES = 50


def _check_attributes(_: object, attribute: object, value: tuple[str, ...]) -> None:
    if len(set(value)) < len(value) or "_id" in value or "" in value:
        raise ValueError("expected different names of attributes; _id is known anyway")
    for path in value:
        if any(part.isdigit() for part in path.split(".")):
            raise ValueError(f"expected names, not places in arrays: {path!r}")


@frozen
class LanceOptions:
    """
    :ivar place: a folder, or ``s3://bucket/path``, that all servers share; empty for a folder in ``data_dir``, where the
        catalog is there too. The folder or bucket must exist.
    :ivar attributes: dotted attributes that are compared by size, or whose values are nearly all different. Naming
        further ones has the index made anew.
    :ivar endpoint: the address of a bucket's service; empty for Amazon's.
    :ivar region: of the bucket; empty for what the environment says, or ``us-east-1``.
    :ivar access_key: with ``secret_key``; without both, the environment's or the machine's credentials serve.
    :ivar secret_key: best ``"${A_VARIABLE}"``, so that it stands in no file.
    :ivar timeout: seconds that one request to a bucket may take.
    :ivar attempts: how often one request is tried.
    :ivar build_from: records from which codes are worth it; below, all vectors are measured.
    """

    place: str = ""
    attributes: tuple[str, ...] = field(
        default=(), validator=[validators.max_len(MOST_ATTRIBUTES), _check_attributes]
    )
    endpoint: str = ""
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    timeout: int = field(default=30, validator=validators.ge(1))
    attempts: int = field(default=3, validator=validators.ge(1))
    build_from: int = field(default=10_000, validator=validators.ge(1000))

    def __attrs_post_init__(self) -> None:
        if bool(self.access_key) != bool(self.secret_key):
            raise ValueError("expected access_key and secret_key, or neither")

    @property
    def in_bucket(self) -> bool:
        return self.place.startswith("s3://")

    @property
    def storage_options(self) -> dict[str, str]:
        """What Lance is told of a bucket; secrets are among it."""
        if not self.in_bucket:
            return {}
        told: dict[str, Any] = {
            "aws_endpoint": self.endpoint,
            "aws_region": self.region or ("us-east-1" if self.endpoint else ""),
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "allow_http": "true" if self.endpoint.startswith("http://") else "",
            "timeout": f"{self.timeout}s",
            "connect_timeout": "5s",
            "client_max_retries": str(self.attempts - 1),
            "client_retry_timeout": str(self.timeout * self.attempts),
        }
        return {name: value for name, value in told.items() if value}
