"""What runs: its health, its plugins, its models, its keys, and the room that it takes. For administrators."""

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from photomill import (
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    DEFAULT_SCOPES,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    InvalidInput,
    Key,
    Model,
    ModelStatus,
    PluginInfo,
    __version__,
    list_plugins,
    offered_confinement,
)
from photomill_browser.dates import written_day
from photomill_browser.frame import Page, View, Visit
from photomill_browser.texts import texts_of

SCOPES = (
    *sorted(DEFAULT_SCOPES),
    IMAGE_EDITING_SCOPE,
    GROUPING_SCOPE,
    STORAGE_SCOPE,
    ALBUMS_SCOPE,
    ADMIN_SCOPE,
)


@frozen
class ModelName:
    name: str


@frozen
class NewKey:
    name: str
    scopes: tuple[str, ...]


@frozen
class KeyId:
    key: str


def show(visit: Visit) -> Any:
    """The server at a glance."""
    engine = visit.engine
    health = engine.health()
    models = [_model(model, status) for model, status in engine.models.list_all()]
    return {
        "version": __version__,
        "sandbox": offered_confinement(),
        "health": health,
        "healthy": all(part.ok for part in health.values()),
        "families": _families(list_plugins(engine.settings)),
        "models": [each for each in models if each["present"] or each["package"]],
        "keys": [_key(key, visit.key) for key in reversed(engine.keys.list_all())],
        "scopes": SCOPES,
        "usual": DEFAULT_SCOPES,
        "data": {"models": {each["name"]: each for each in models}},
    }


def measure(visit: Visit) -> Any:
    """The bytes below each folder of the data folder, and what is left on its disk."""
    root = visit.engine.settings.data_dir
    used: dict[str, int] = {}
    for entry in root.iterdir():
        # The catalog's files stand beside each other.
        name = f"{entry.name}/" if entry.is_dir() else texts_of("server")("files")
        used[name] = used.get(name, 0) + _bytes(entry)
    disk = shutil.disk_usage(root)
    parts = sorted(used.items(), key=lambda part: -part[1])
    return {"parts": parts, "free": disk.free, "total": disk.total}


def add_model(visit: Visit, asked: ModelName) -> Any:
    """Bring a model, and check that it is the expected one."""
    visit.engine.models.add(asked.name)
    return {"name": asked.name}


def remove_model(visit: Visit, asked: ModelName) -> Any:
    """Delete a model's files."""
    visit.engine.models.remove(asked.name)
    return {"name": asked.name}


def create_key(visit: Visit, asked: NewKey) -> Any:
    """Make a key; its secret is told this once."""
    if not asked.scopes:
        raise InvalidInput(texts_of("server")("no_scope"), path="scopes")
    made = visit.engine.keys.create(asked.name.strip(), scopes=asked.scopes)
    return {"secret": made.secret}


def revoke_key(visit: Visit, asked: KeyId) -> Any:
    """Make a key useless, at once and for ever."""
    if asked.key == visit.key.id:
        raise InvalidInput(texts_of("server")("own_key"), path="key")
    visit.engine.keys.revoke(asked.key)
    return {}


def _families(plugins: Iterable[PluginInfo]) -> dict[str, list[dict[str, str]]]:
    """The components by their family, those that are selected first."""
    families: dict[str, list[dict[str, str]]] = {}
    for plugin in plugins:
        origin = f"{plugin.distribution} {plugin.version}".strip() or plugin.module
        for component in plugin.components:
            families.setdefault(component.family, []).append(
                {
                    "use": component.use,
                    "selected": ", ".join(component.instances),
                    "origin": origin,
                    "unavailable": component.unavailable or "",
                }
            )
        if not plugin.components:
            families.setdefault("", []).append(
                {
                    "use": plugin.entry_point,
                    "selected": plugin.entry_point if plugin.loaded else "",
                    "origin": origin,
                    "unavailable": plugin.unavailable,
                }
            )
    return {
        family: sorted(found, key=lambda each: (not each["selected"], each["use"]))
        for family, found in sorted(families.items())
    }


def _model(model: Model, status: ModelStatus) -> dict[str, Any]:
    return {
        "name": model.name,
        "task": model.task,
        "licence": model.licence,
        "size": model.size if model.files else 0,
        "source": model.source,
        "package": "" if model.package is None else model.package.requirement,
        "present": status in (ModelStatus.PRESENT, ModelStatus.REMBG),
        "status": str(status),
        # What rembg downloaded is rembg's.
        "removable": status in (ModelStatus.PRESENT, ModelStatus.DAMAGED),
    }


def _key(key: Key, own: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "owner": key.owner,
        "scopes": sorted(key.scopes),
        "collections": key.collections,
        "created": written_day(datetime.fromtimestamp(key.created, UTC).date()),
        "revoked": key.revoked is not None,
        "own": key.id == own.id,
    }


def _bytes(path: Path) -> int:
    if not path.is_dir():
        return _size(path)
    return sum(_size(each) for each in path.rglob("*") if not each.is_dir())


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        # Others work in the folder meanwhile.
        return 0


PAGE = Page(
    "server",
    (
        View("/server", show, template="server.html"),
        View("/server/usage", measure),
        View("/server/models/add", add_model, verb="POST"),
        View("/server/models/remove", remove_model, verb="POST"),
        View("/server/keys/create", create_key, verb="POST"),
        View("/server/keys/revoke", revoke_key, verb="POST"),
    ),
    address="/server",
    scope=ADMIN_SCOPE,
    exclusive=True,
)
