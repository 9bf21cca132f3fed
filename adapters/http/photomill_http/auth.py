"""The header ``Authorization``."""

_SCHEMES = frozenset({"token", "bearer", "jwt"})


def secret_of(header: str) -> str:
    """The key in ``Authorization``: ``Token``, ``Bearer``, ``JWT`` or nothing may stand before it; empty for none."""
    words = header.split()
    if len(words) == 2 and words[0].lower() in _SCHEMES:
        return words[1]
    return words[0] if len(words) == 1 else ""
