"""Passwords of public views: kept as scrypt hashes."""

import base64
import hashlib
import hmac
import secrets

# RFC 7914's parameters for interactive logins.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1


def hashed(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{_text(salt)}:{_text(_scrypt(password, salt))}"


def matches(password: str, stored: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    salt, digest = (base64.b64decode(part) for part in stored.split(":"))
    return hmac.compare_digest(_scrypt(password, salt), digest)


def _scrypt(password: str, salt: bytes) -> bytes:
    given = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(given, salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
