"""Names and passwords in addresses: they are used at once, and neither stored nor shown."""

from photomill.errors import InvalidInput


def has_credentials(uri: str) -> bool:
    """Whether an address has a name, or a name and a password, before its host."""
    _, mark, rest = uri.partition("://")
    authority = rest.replace("\\", "/").partition("/")[0].partition("?")[0].partition("#")[0]
    return bool(mark) and "@" in authority


def without_credentials(uri: str) -> str:
    """An address as it may be stored and shown."""
    if not has_credentials(uri):
        return uri
    scheme, _, rest = uri.partition("://")
    ends = [rest.find(mark) for mark in "/\\?#" if mark in rest]
    end = min(ends, default=len(rest))
    return f"{scheme}://{rest[:end].rpartition('@')[2]}{rest[end:]}"


def refuse_credentials(uri: str, path: str) -> None:
    """Refuse an address that is going to be stored, where it holds a secret.

    :raises InvalidInput: it has a name or a password; ``path`` says where.
    """
    if has_credentials(uri):
        raise InvalidInput(
            "an address with a name and a password would be stored with the job: leave them out, or "
            "register a storage",
            path=path,
        )
