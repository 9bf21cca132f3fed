"""Names of hosts, as settings give them."""

import re

_PATTERN = re.compile(r"\*|(\*\.)?[^\s/:@*?#\[\]]+|\[[0-9a-f:.]+\]", re.IGNORECASE)


def is_host_pattern(text: str) -> bool:
    """Whether this names a host, or with ``*.`` all below one, or with ``*`` any: without a scheme or a port."""
    return _PATTERN.fullmatch(text) is not None
