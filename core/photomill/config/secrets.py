"""Values that are never printed back."""

import re
from typing import Any

MASK = "***"

_URL_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^/@\s]*@")


class Secret(str):
    """A string that hides itself wherever it is represented: in messages, logs and ``config show``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{MASK}'"


def is_secret_name(name: str) -> bool:
    """Tell whether a key's name says that its value is a secret: ``password``, ``secret_key``, ``token`` …"""
    words = name.lower().split("_")
    return "secret" in words or "password" in words or words[-1] in ("token", "key")


def masked(value: Any, name: str = "") -> Any:
    """Copy a tree of tables and lists with every secret replaced by ``***``.

    :param name: the key under which the value stands.
    """
    if isinstance(value, dict):
        return {key: masked(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, name) for item in value]
    if isinstance(value, Secret) or (isinstance(value, str) and value and is_secret_name(name)):
        return MASK
    return _URL_PASSWORD.sub(rf"\1:{MASK}@", value) if isinstance(value, str) else value
