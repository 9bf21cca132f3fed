"""Secrets at rest: encrypted by a key that is not in the catalog."""

import hmac
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from filelock import FileLock

from photomill.errors import StorageError

KEY_FILE = "secret.key"


class Vault:
    """Encrypts secrets with the configured key, or with one that is made once and kept in the data folder.

    AES-128-CBC and HMAC-SHA256, as https://github.com/fernet/spec says.
    """

    def __init__(self, data_dir: Path, configured: str = "") -> None:
        """
        :param configured: 32 bytes in URL-safe base64; empty for the key in the data folder.
        """
        self._path = data_dir / KEY_FILE
        self._configured = configured

    def seal(self, secret: str) -> str:
        """Encrypt a secret; makes the key where there is none.

        :raises StorageError: the key cannot be made or read.
        """
        return self._cipher(make=True).encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Decrypt a secret.

        :raises StorageError: the key is missing, or is another one than the secret was encrypted with.
        """
        try:
            return self._cipher(make=False).decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise StorageError(
                f"the secret was encrypted with another key than that of {self._named()}; "
                "bring that key back, or give the secret anew"
            ) from None

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, always the same; makes the vault's key where there is none.

        :raises StorageError: the key cannot be made or read.
        """
        try:
            key = self._configured or self._stored(make=True)
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror or error}") from error
        return hmac.digest(key.encode("ascii"), purpose.encode(), "sha256")

    def _cipher(self, *, make: bool) -> Fernet:
        try:
            key = self._configured or self._stored(make=make)
            return Fernet(key)
        except FileNotFoundError:
            raise StorageError(
                f"{self._path} is missing, with which the secrets of storages were encrypted; "
                "bring it back, or give the secrets anew"
            ) from None
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror or error}") from error
        except ValueError:
            raise StorageError(f"{self._named()} holds no key") from None

    def _stored(self, *, make: bool) -> str:
        if make and not self._path.exists():
            with FileLock(self._path.with_suffix(".lock")):
                if not self._path.exists():
                    _write_key(self._path)
        return self._path.read_text(encoding="ascii").strip()

    def _named(self) -> str:
        return "[photomill] secret_key" if self._configured else str(self._path)


def _write_key(path: Path) -> None:
    """Write a new key that only this user may read: whole, and durably before anything is encrypted with it."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
