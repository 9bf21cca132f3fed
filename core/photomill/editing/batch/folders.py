"""Where the folders of a plan lie: one folder has several names where a storage is a folder of this machine."""

from pathlib import Path

from photomill.components import Storage
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import Destination
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Namespace


def originals_here(plan: EditPlan, place: str, storages: Namespace) -> Path | None:
    """The folder of this machine that an input of a plan means, resolved; None where it lies elsewhere.

    :param place: an input that is a folder.
    :raises NotFound: there is no such storage.
    """
    folder = plan.local_folder(place)
    if folder is not None:
        return folder.resolve()
    name, key = parse_storage_uri(place)
    return _folder(storages.storage(name), key)


def results_here(plan: EditPlan, storages: Namespace) -> Path | None:
    """The folder of this machine that the results go into, resolved; None where they go elsewhere.

    :raises NotFound: there is no such storage.
    """
    results = plan.folder()
    if results is None:
        return plan.local_results()
    return _folder(storages.storage(results.storage), results.key)


def results_in(plan: EditPlan, name: str, storages: Namespace) -> Destination | None:
    """The results as a folder of a storage, whatever the plan calls it; None where they go elsewhere.

    :param name: of the storage.
    :raises NotFound: there is no such storage.
    """
    results = plan.folder()
    if results is not None and results.storage == name:
        return results
    here, root = results_here(plan, storages), storages.storage(name).folder
    if here is None or root is None or not here.is_relative_to(root):
        return None
    below = "".join(f"{part}/" for part in here.relative_to(root).parts)
    return Destination(name, below, folder=True)


def _folder(storage: Storage, key: str) -> Path | None:
    return None if storage.folder is None else (storage.folder / key).resolve()
