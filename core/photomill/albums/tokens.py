"""Random names: of groups, uploads and files."""

import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
"""Letters and digits that nobody takes for each other."""

_TOKEN_LENGTH = 6
_SHORTEST, _LONGEST = 4, 12


def new_token() -> str:
    """Draw a group's token: 35 bits, so look-ups are limited in rate."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_TOKEN_LENGTH))


def is_token(text: str) -> bool:
    """Whether a text may be a group's token; ids, being longer, never are."""
    return _SHORTEST <= len(text) <= _LONGEST and text.isascii() and text.isalnum()


def may_be_name(text: str) -> bool:
    """Whether a text may be an id, a path or a secret of this catalog; some databases refuse to look for others."""
    return text.isascii() and text.isprintable()


def new_secret() -> str:
    """Draw 256 bits for an address that is its own permission."""
    return secrets.token_urlsafe(32)


def new_path(ending: str) -> str:
    """Draw a file's path that tells nothing of any other: two random parts."""
    return f"/{secrets.token_urlsafe(9)}/{secrets.token_urlsafe(18)}.{ending}"
