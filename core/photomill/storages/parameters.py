"""The parameters of each type of storage."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs
from attrs import Attribute, field, frozen, validators

from photomill.config.structure import structure
from photomill.config.wording import suggest_name
from photomill.errors import ConfigError, InvalidInput


def _address(instance: Any, attribute: "Attribute[str]", value: str) -> None:
    try:
        parts = urlsplit(value)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(f"not an address: {error}") from None
    if parts.scheme not in ("http", "https") or not known or " " in value:
        raise ValueError("expected an address like 'https://photos.example/folder'")
    if "@" in parts.netloc:
        raise ValueError("a name and a password have no place in an address, which is shown")
    if parts.query or parts.fragment:
        raise ValueError("expected an address without '?' and '#'")


_present: Any = validators.min_len(1)


@frozen
class Credentials:
    """Keys of a service."""

    access_key: str = field(validator=_present)
    secret_access_key: str = field(repr=False, validator=_present)


@frozen
class BucketParameters:
    """A bucket of an S3-compatible service.

    :ivar path: a folder in the bucket, put before every key.
    :ivar endpoint: the service's address; empty for the type's own: Amazon's or Google's.
    """

    bucket: str = field(validator=_present)
    credentials: Credentials
    path: str = ""
    endpoint: str = field(default="", validator=validators.or_(validators.in_(("",)), _address))
    region: str = ""


@frozen
class WebFolderParameters:
    """Addresses that begin with the same words."""

    base_url: str = field(validator=_address)


@frozen
class LocalParameters:
    """A folder of this machine, by an absolute path."""

    path: str = field(validator=validators.matches_re("/.*"))


Parameters = BucketParameters | WebFolderParameters | LocalParameters

STORAGE_TYPES: dict[str, type[Parameters]] = {
    "web_folder": WebFolderParameters,
    "s3": BucketParameters,
    "gcs": BucketParameters,
    "local": LocalParameters,
}


def read_parameters(kind: str, given: Mapping[str, Any]) -> Parameters:
    """Structure the parameters of a storage.

    :raises InvalidInput: an unknown type, or parameters that are not its own; ``path`` says which.
    """
    if kind not in STORAGE_TYPES:
        raise InvalidInput(f"no type {kind!r}; {suggest_name(kind, STORAGE_TYPES)}", path="type")
    try:
        return structure(given, STORAGE_TYPES[kind], "parameters")
    except ConfigError as error:
        first = error.problems[0]
        raise InvalidInput(first.message, path=first.path) from None


def without_secret(parameters: Parameters) -> tuple[dict[str, Any], str]:
    """Parameters as plain tables, and the secret that is kept apart; empty where there is none."""
    optional = ("endpoint", "region")
    tables = attrs.asdict(
        parameters, filter=lambda each, value: bool(value) or each.name not in optional
    )
    secret = tables.get("credentials", {}).pop("secret_access_key", "")
    return tables, secret


def with_secret(tables: Mapping[str, Any], secret: str) -> dict[str, Any]:
    """Put the secret back to where it belongs."""
    credentials = {**tables["credentials"], "secret_access_key": secret}
    return {**tables, "credentials": credentials}


def recipient(parameters: Parameters) -> tuple[str, ...]:
    """What decides who receives requests that are signed with the secret."""
    if isinstance(parameters, BucketParameters):
        return parameters.endpoint, parameters.bucket, parameters.region
    return ()


def merged(tables: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Lay new parameters over old ones, table by table."""
    result = dict(tables)
    for key, value in given.items():
        below = result.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = merged(below, value) if both else value  # type: ignore[arg-type]
    return result
