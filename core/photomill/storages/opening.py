"""From what is registered to a storage that can be used."""

from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from photomill.components import NoOptions, Storage
from photomill.components.object_keys import check_key
from photomill.config.settings import ComponentSettings, Settings
from photomill.errors import Forbidden, InvalidInput, SourceForbidden, Unsupported
from photomill.plugins import Components
from photomill.sources.addresses import AddressRules, check_host_of
from photomill.storages.parameters import (
    BucketParameters,
    LocalParameters,
    Parameters,
    WebFolderParameters,
)
from photomill.storages.store import StorageInfo

_GOOGLE = "https://storage.googleapis.com"


class Opener:
    """Opens registered storages with the components that ``[storage]`` names."""

    def __init__(self, settings: Settings, components: Components) -> None:
        self._settings = settings.storage
        self._data_dir = settings.data_dir
        self._rules = AddressRules(settings.fetch.allow)
        self._components = components

    def check(self, parameters: Parameters, *, trusted: bool) -> None:
        """Make sure that a storage may be made with these parameters.

        :raises Forbidden: a folder of this machine, which only the operator may register.
        :raises InvalidInput: an address that may not be reached, or a folder of Photomill's own; ``path`` says which.
        """
        if trusted:
            return
        if isinstance(parameters, LocalParameters):
            self._check_folder(parameters.path)
        elif isinstance(parameters, WebFolderParameters):
            self._check_address(parameters.base_url, "base_url")
        elif parameters.endpoint:
            self._check_address(parameters.endpoint, "endpoint")

    def _check_folder(self, path: str) -> None:
        if not self._settings.allow_local:
            raise Forbidden(
                "folders of this machine are registered by the command line; "
                "[storage] allow_local lets the API do so too"
            )
        folder, own = Path(path).resolve(), self._data_dir.resolve()
        if folder.is_relative_to(own) or own.is_relative_to(folder):
            raise InvalidInput("the data folder is Photomill's own", path="parameters.path")

    def _check_address(self, url: str, name: str) -> None:
        try:
            check_host_of(url, self._rules)
        except SourceForbidden as error:
            raise InvalidInput(str(error), path=f"parameters.{name}") from None

    def open(self, info: StorageInfo, parameters: Parameters) -> Storage:
        """Open a storage.

        :raises Forbidden: see :meth:`check`.
        :raises StorageError: the storage cannot be opened.
        :raises PluginUnavailable: nothing here serves its type.
        """
        self.check(parameters, trusted=info.trusted)
        if isinstance(parameters, WebFolderParameters):
            return self._web_folder(info, parameters)
        if isinstance(parameters, LocalParameters):
            return self._component(info, self._settings.folder, {"root": parameters.path})
        return self._component(info, self._settings.bucket, _bucket_options(info, parameters))

    def _web_folder(self, info: StorageInfo, parameters: WebFolderParameters) -> Storage:
        scheme = parameters.base_url.partition(":")[0]
        serving = self._components.storages_by_scheme()
        if scheme not in serving:
            raise Unsupported(f"no storage of plugins.toml serves {scheme} addresses")
        folder = WebFolder(parameters.base_url, serving[scheme])
        folder.known_as = info.name
        return folder

    def _component(self, info: StorageInfo, use: str, options: dict[str, Any]) -> Storage:
        wanted = ComponentSettings(use=use, options=options)
        return self._components.new_storage(f"registered-{info.id}", wanted, known_as=info.name)


def _bucket_options(info: StorageInfo, parameters: BucketParameters) -> dict[str, Any]:
    default = _GOOGLE if info.type == "gcs" else ""
    return {
        "bucket": parameters.bucket,
        "path": parameters.path,
        "endpoint": parameters.endpoint or default,
        "region": parameters.region,
        "access_key": parameters.credentials.access_key,
        "secret_key": parameters.credentials.secret_access_key,
        "guarded": bool(parameters.endpoint) and not info.trusted,
    }


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
