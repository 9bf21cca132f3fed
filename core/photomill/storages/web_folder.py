"""Addresses that begin with the same words, as a read-only storage."""

from typing import BinaryIO
from urllib.parse import quote

from photomill.components import NoOptions, Storage
from photomill.components.object_keys import check_key


class WebFolder(Storage):
    """Reads ``<base URL>/<key>`` by the storage that serves web addresses, within that one's limits."""

    name = "web_folder"
    can_write = False
    can_list = False

    def __init__(self, base_url: str, web: Storage) -> None:
        """
        :param web: what reads web addresses; whoever opened it closes it.
        """
        super().__init__(NoOptions())
        self._base_url = base_url.rstrip("/")
        self._web = web

    def open_object(self, key: str) -> BinaryIO:
        return self._web.open_object(f"{self._base_url}/{quote(check_key(key))}")
