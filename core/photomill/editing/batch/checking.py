"""Checking a plan before it becomes a job."""

from photomill.components import Storage
from photomill.editing.batch.folders import originals_here, results_here
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import Destination, writable
from photomill.errors import InvalidInput, Unsupported
from photomill.sources.credentials import refuse_credentials
from photomill.sources.source import UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Namespace


def check_plan(plan: EditPlan, storages: Namespace, *, single: bool) -> None:
    """Make sure that a plan can be carried out.

    :raises InvalidInput: the plan is wrong.
    :raises SourceForbidden: an input is no URI of a storage that there is.
    :raises NotFound: no such storage.
    :raises Unsupported: a folder of a storage that cannot be listed, or a destination that is read-only.
    """
    if not plan.inputs:
        raise InvalidInput("expected at least one image", path="input")
    if single and (len(plan.inputs) > 1 or plan.is_folder(plan.uris[0])):
        raise InvalidInput("expected one image", path="input")
    style = plan.request.style
    if style is not None and isinstance(style.reference, UriSource):
        refuse_credentials(style.reference.uri, "style.reference")
    for uri in plan.uris:
        refuse_credentials(uri, "input")
    _check_destination(plan, storages, single=single)
    if not single:
        check_targets_apart(plan, storages)
    found: dict[str, Storage] = {}
    for uri in plan.uris:
        if uri.startswith("storage://"):
            name, _ = parse_storage_uri(uri)
            if name not in found:
                found[name] = storages.storage(name)
            if plan.is_folder(uri):
                _check_listing(name, found[name])


def check_targets_apart(plan: EditPlan, storages: Namespace) -> None:
    """Refuse results that would lie among their originals: the next run would take them for originals.

    A folder below that of the originals is left out when they are listed, and may hold the results.

    :raises InvalidInput: the destination is a folder of originals, or would put results into one.
    """
    for place in filter(plan.is_folder, plan.uris):
        if _among_stored(plan, place, storages) or _among_files(plan, place, storages):
            raise InvalidInput(
                f"the results would lie among the originals of {place}: choose another folder",
                path="destination",
            )


def _among_stored(plan: EditPlan, uri: str, storages: Namespace) -> bool:
    results = plan.folder()
    if results is None or plan.local_folder(uri) is not None:
        return False
    name, folder = parse_storage_uri(uri)
    if name != results.storage or not folder.startswith(results.key):
        return False
    below = folder.removeprefix(results.key)
    if not below or not plan.recursive:
        return not below
    return _holds_any(storages.storage(name), f"{folder}{below.partition('/')[0]}/")


def _among_files(plan: EditPlan, place: str, storages: Namespace) -> bool:
    results, originals = results_here(plan, storages), originals_here(plan, place, storages)
    if results is None or originals is None or not originals.is_relative_to(results):
        return False
    below = originals.relative_to(results).parts
    return not below or (plan.recursive and (originals / below[0]).exists())


def _holds_any(storage: Storage, folder: str) -> bool:
    return storage.can_list and next(iter(storage.list_objects(folder)), None) is not None


def _check_destination(plan: EditPlan, storages: Namespace, *, single: bool) -> None:
    uri = plan.destination
    destination = plan.folder() if not single or uri is None else Destination.parse(uri)
    if destination is None:
        return
    writable(storages.storage(destination.storage), destination)


def _check_listing(name: str, storage: Storage) -> None:
    if not storage.can_list:
        raise Unsupported(f"the storage {name!r} cannot be listed: name its images one by one")
